// SPDX-License-Identifier: Apache-2.0
#include "engine/debug/tensor_statistics.h"

#include <QtTest>

#include <cmath>
#include <limits>
#include <random>

using namespace orrery;
using graph::DataType;
using graph::Tensor;

namespace {

constexpr float notANumber = std::numeric_limits<float>::quiet_NaN();
constexpr float inf = std::numeric_limits<float>::infinity();

Tensor bytesOf(DataType type, graph::Dims dims, std::vector<unsigned char> bytes)
{
    Tensor tensor = Tensor::allocate(type, std::move(dims)).releaseValue();
    CHECK(tensor.byteSize() == bytes.size());
    std::copy(bytes.begin(), bytes.end(), reinterpret_cast<unsigned char*>(tensor.mutableBytes()));
    return tensor;
}

// The slow and plain way, in long double.
debug::TensorStatistics expected(const std::vector<double>& values)
{
    debug::TensorStatistics s;
    s.elements = static_cast<std::int64_t>(values.size());
    long double sum = 0, squares = 0, deviations = 0;
    for (std::size_t i = 0; i < values.size(); ++i) {
        double x = values[i];
        auto at = static_cast<std::int64_t>(i);
        if (std::isnan(x)) {
            s.firstNan = s.nans++ == 0 ? at : s.firstNan;
            continue;
        }
        if (std::isinf(x)) {
            s.firstInfinity = s.infinities++ == 0 ? at : s.firstInfinity;
            continue;
        }
        s.zeros += x == 0;
        if (s.finite == 0 || x < s.min) {
            s.min = x;
            s.minAt = at;
        }
        if (s.finite == 0 || x > s.max) {
            s.max = x;
            s.maxAt = at;
        }
        ++s.finite;
        sum += x;
        squares += static_cast<long double>(x) * x;
    }
    if (s.finite == 0)
        return s;
    long double mean = sum / s.finite;
    for (double x : values)
        if (std::isfinite(x))
            deviations += (x - mean) * (x - mean);
    s.mean = static_cast<double>(mean);
    s.std = static_cast<double>(std::sqrt(deviations / s.finite));
    s.l2 = static_cast<double>(std::sqrt(squares));
    return s;
}

bool close(double a, double b) { return a == b || std::abs(a - b) <= 1e-12 * std::abs(b); }

void compare(const debug::TensorStatistics& found, const debug::TensorStatistics& wanted)
{
    QCOMPARE(found.elements, wanted.elements);
    QCOMPARE(found.nans, wanted.nans);
    QCOMPARE(found.infinities, wanted.infinities);
    QCOMPARE(found.zeros, wanted.zeros);
    QCOMPARE(found.finite, wanted.finite);
    QCOMPARE(found.min, wanted.min);
    QCOMPARE(found.max, wanted.max);
    QCOMPARE(found.firstNan, wanted.firstNan);
    QCOMPARE(found.firstInfinity, wanted.firstInfinity);
    QCOMPARE(found.minAt, wanted.minAt);
    QCOMPARE(found.maxAt, wanted.maxAt);
    QVERIFY2(close(found.mean, wanted.mean), qPrintable(QString::number(found.mean, 'g', 17)));
    QVERIFY2(close(found.std, wanted.std), qPrintable(QString::number(found.std, 'g', 17)));
    QVERIFY2(close(found.l2, wanted.l2), qPrintable(QString::number(found.l2, 'g', 17)));
}

template<class T>
std::vector<double> asDoubles(const std::vector<T>& values)
{
    return std::vector<double>(values.begin(), values.end());
}

} // namespace

class TestStatistics : public QObject {
    Q_OBJECT
private slots:
    void agreesWithThePlainWayAtEveryLength()
    {
        std::mt19937 random(7);
        std::normal_distribution<float> normal(3, 2);
        for (std::int64_t n : {0, 1, 2, 3, 5, 7, 8, 9, 15, 16, 17, 31, 100, 2047, 2048, 2049, 6200}) {
            std::vector<float> values(static_cast<std::size_t>(n));
            for (float& x : values)
                x = random() % 5 == 0 ? 0.0f : normal(random);
            compare(debug::statistics(Tensor::of<float>({n}, values)), expected(asDoubles(values)));
            auto doubles = asDoubles(values);
            compare(debug::statistics(Tensor::of<double>({n}, doubles)), expected(doubles));
        }
    }

    void leavesOutWhatIsNotFiniteWhereverItLies()
    {
        std::mt19937 random(11);
        const float specials[] = {notANumber, inf, -inf, -notANumber};
        for (int round = 0; round < 200; ++round) {
            std::vector<float> values(random() % 5000);
            for (float& x : values)
                x = static_cast<float>(random() % 2001) - 1000;
            for (unsigned k = random() % 4; k > 0 && !values.empty(); --k)
                values[random() % values.size()] = specials[random() % 4];
            auto n = static_cast<std::int64_t>(values.size());
            compare(debug::statistics(Tensor::of<float>({n}, values)), expected(asDoubles(values)));
        }
    }

    void hasNoFiguresWhereNothingIsFinite()
    {
        auto s = debug::statistics(Tensor::of<float>({3}, {notANumber, inf, -inf}));
        QCOMPARE(s.finite, std::int64_t(0));
        QCOMPARE(s.nans, std::int64_t(1));
        QCOMPARE(s.infinities, std::int64_t(2));
        QCOMPARE(s.firstInfinity, std::int64_t(1));
        QCOMPARE(s.minAt, std::int64_t(-1));
        QCOMPARE(s.mean, 0.0);
    }

    void keepsDigitsFarFromZeroAndOverManyElements()
    {
        std::vector<float> values(3'000'000);
        for (std::size_t i = 0; i < values.size(); ++i)
            values[i] = 1e6f + static_cast<float>(i % 3) * 0.125f;
        compare(debug::statistics(Tensor::of<float>({3'000'000}, values)), expected(asDoubles(values)));
    }

    void survivesTheLargestAndSmallestDoubles()
    {
        auto large = debug::statistics(Tensor::of<double>({2}, {1.5e308, -1.5e308}));
        QCOMPARE(large.mean, 0.0);
        QCOMPARE(large.std, 1.5e308);
        auto small = debug::statistics(Tensor::of<double>({2}, {3e-300, -3e-300}));
        QCOMPARE(small.std, 3e-300);
        auto floats = debug::statistics(Tensor::of<float>({2}, {3e38f, -3e38f}));
        QCOMPARE(floats.std, static_cast<double>(3e38f));
    }

    void readsEveryElementType()
    {
        auto values = [](const Tensor& t) {
            std::vector<double> all;
            for (std::int64_t i = 0; i < t.elementCount(); ++i)
                all.push_back(debug::element(t, i));
            return all;
        };
        using List = std::vector<double>;
        QCOMPARE(values(Tensor::of<std::int64_t>({2}, {-5, 1LL << 40})), (List{-5, 1099511627776.0}));
        QCOMPARE(values(Tensor::of<std::uint8_t>({2}, {0, 255})), (List{0, 255}));
        QCOMPARE(values(bytesOf(DataType::Bool, {3}, {0, 1, 7})), (List{0, 1, 1}));
        // 1, -2, the smallest denormal, 65504
        QCOMPARE(values(bytesOf(DataType::Float16, {4}, {0, 0x3c, 0, 0xc0, 1, 0, 0xff, 0x7b})),
                 (List{1, -2, std::ldexp(1, -24), 65504}));
        QCOMPARE(values(bytesOf(DataType::BFloat16, {2}, {0x80, 0x3f, 0x20, 0xc1})), (List{1, -10}));
        QCOMPARE(values(bytesOf(DataType::Float8E4M3FN, {4}, {0x38, 0x7e, 0x01, 0xb8})),
                 (List{1, 448, std::ldexp(1, -9), -1}));
        QCOMPARE(values(bytesOf(DataType::Float8E4M3FNUZ, {3}, {0x40, 0x7f, 0x01})),
                 (List{1, 240, std::ldexp(1, -10)}));
        QCOMPARE(values(bytesOf(DataType::Float8E5M2, {4}, {0x3c, 0x7b, 0x01, 0xfc})),
                 (List{1, 57344, std::ldexp(1, -16), -INFINITY}));
        QCOMPARE(values(bytesOf(DataType::Float8E5M2FNUZ, {3}, {0x40, 0x7f, 0x01})),
                 (List{1, 57344, std::ldexp(1, -17)}));
        QCOMPARE(values(bytesOf(DataType::Int4, {3}, {0x87, 0x0f})), (List{7, -8, -1}));
        QCOMPARE(values(bytesOf(DataType::UInt4, {3}, {0x87, 0x0f})), (List{7, 8, 15}));
        QCOMPARE(
            values(bytesOf(DataType::Float4E2M1, {16}, {0x10, 0x32, 0x54, 0x76, 0x98, 0xba, 0xdc, 0xfe})),
            (List{0, .5, 1, 1.5, 2, 3, 4, 6, -0.0, -.5, -1, -1.5, -2, -3, -4, -6}));
        Tensor complex = Tensor::allocate(DataType::Complex64, {1}).releaseValue();
        reinterpret_cast<float*>(complex.mutableBytes())[0] = 3;
        reinterpret_cast<float*>(complex.mutableBytes())[1] = -4;
        QCOMPARE(values(complex), (List{5}));
        QVERIFY(std::isnan(debug::element(bytesOf(DataType::Float8E4M3FN, {1}, {0x7f}), 0)));
        QVERIFY(std::isnan(debug::element(bytesOf(DataType::Float8E4M3FNUZ, {1}, {0x80}), 0)));
        QVERIFY(std::isnan(debug::element(Tensor::ofStrings({1}, {"1"}), 0)));
        QVERIFY(std::isnan(debug::element(Tensor(), 0)));
    }

    void stringsAndUndefinedTensorsHaveNoFigures()
    {
        auto s = debug::statistics(Tensor::ofStrings({2}, {"a", "b"}));
        QCOMPARE(s.elements, std::int64_t(2));
        QCOMPARE(s.finite, std::int64_t(0));
        QVERIFY(debug::histogram(Tensor::ofStrings({1}, {"a"}), 4).counts.empty());
        QCOMPARE(debug::statistics(Tensor()).finite, std::int64_t(0));
    }

    void histogramCountsEveryFiniteElementOnce()
    {
        auto h = debug::histogram(Tensor::of<float>({8}, {0, 1, 2, 3, 4, notANumber, inf, 3.999f}), 4);
        QCOMPARE(h.low, 0.0);
        QCOMPARE(h.high, 4.0);
        QCOMPARE(h.counts, (std::vector<std::int64_t>{1, 1, 1, 3}));
        QCOMPARE(debug::histogram(Tensor::of<float>({3}, {2, 2, 2}), 3).counts,
                 (std::vector<std::int64_t>{3, 0, 0}));
        auto wide = debug::histogram(Tensor::of<double>({3}, {-1.7e308, 0, 1.7e308}), 2);
        QCOMPARE(wide.counts, (std::vector<std::int64_t>{1, 2}));
        QVERIFY(debug::histogram(Tensor::of<float>({1}, {1}), 0).counts.empty());
        QCOMPARE(debug::histogram(Tensor::of<float>({1}, {1}), 1 << 30).counts.size(),
                 std::size_t(debug::maxHistogramBins));
    }

    void flatIndicesUnfold()
    {
        QCOMPARE(debug::indexOf({2, 3, 4}, 23), (graph::Dims{1, 2, 3}));
        QCOMPARE(debug::indexOf({2, 3, 4}, 4), (graph::Dims{0, 1, 0}));
        QCOMPARE(debug::indexOf({}, 0), graph::Dims{});
        QCOMPARE(debug::indexOf({2, 0}, 0), (graph::Dims{0, 0}));
    }
};

QTEST_GUILESS_MAIN(TestStatistics)
#include "test_statistics.moc"
