// SPDX-License-Identifier: Apache-2.0
#include "engine/debug/tensor_difference.h"

#include <QtTest>

#include <cmath>
#include <limits>

using namespace orrery;
using graph::DataType;
using graph::Tensor;

namespace {

constexpr float notANumber = std::numeric_limits<float>::quiet_NaN();
constexpr float inf = std::numeric_limits<float>::infinity();

Tensor floats(std::vector<float> values)
{
    return Tensor::of<float>({static_cast<std::int64_t>(values.size())}, values);
}

debug::TensorDifference differenceOf(const Tensor& a, const Tensor& b)
{
    return debug::difference(a, b).releaseValue();
}

} // namespace

class TestDifference : public QObject {
    Q_OBJECT
private slots:
    void figuresAreThoseOfTheirDefinitions()
    {
        auto d = differenceOf(floats({1, 2, 3, 5}), floats({1, 4, 3, 4}));
        QCOMPARE(d.maxAbsolute, 2.0);
        QCOMPARE(d.meanAbsolute, 0.75);
        QCOMPARE(d.rms, std::sqrt(5.0 / 4));
        QCOMPARE(d.maxRelative, 0.5);
        QCOMPARE(d.relativeL2, std::sqrt(5.0 / 42));
        QCOMPARE(d.cosine, (1 + 8 + 9 + 20) / std::sqrt(39.0 * 42));
        QCOMPARE(d.worst, std::int64_t(1));
        QCOMPARE(d.different, std::int64_t(2));
        QCOMPARE(d.mismatches, std::int64_t(0));
    }

    void findsTheWorstInALongTensor()
    {
        std::vector<float> a(10'000, 1);
        std::vector<float> b = a;
        b[7'777] = 1.5f;
        b[9'999] = 1.25f;
        auto d = differenceOf(floats(a), floats(b));
        QCOMPARE(d.worst, std::int64_t(7'777));
        QCOMPARE(d.maxAbsolute, 0.5);
        QCOMPARE(d.different, std::int64_t(2));
        QCOMPARE(d.meanAbsolute, 0.75 / 10'000);
    }

    void equalTensorsDoNotDiffer()
    {
        auto d =
            differenceOf(floats({notANumber, inf, -inf, 0, 1}), floats({-notANumber, inf, -inf, -0.0f, 1}));
        QCOMPARE(d.mismatches, std::int64_t(0));
        QCOMPARE(d.different, std::int64_t(0));
        QCOMPARE(d.relativeL2, 0.0);
        QCOMPARE(d.cosine, 1.0);
        QCOMPARE(d.worst, std::int64_t(-1));
    }

    void nanAgainstANumberIsAMismatchAndSpoilsNoFigure()
    {
        auto d = differenceOf(floats({2, notANumber, inf, inf, 1}), floats({1, 1, 1, -inf, inf}));
        QCOMPARE(d.mismatches, std::int64_t(4));
        QCOMPARE(d.different, std::int64_t(5));
        QCOMPARE(d.worst, std::int64_t(1));
        QCOMPARE(d.maxAbsolute, 1.0);
        QCOMPARE(d.meanAbsolute, 1.0);
    }

    void zerosAgainstSomethingAreInfinitelyFarRelatively()
    {
        auto d = differenceOf(floats({1, 1}), floats({0, 0}));
        QCOMPARE(d.relativeL2, static_cast<double>(inf));
        QCOMPARE(d.cosine, 0.0);
        QCOMPARE(d.maxRelative, 0.0);
        QCOMPARE(differenceOf(floats({0, 0}), floats({-0.0f, 0})).relativeL2, 0.0);
    }

    void hugeAndTinyDoublesKeepTheirRatio()
    {
        for (double scale : {1e300, 1e-300}) {
            auto d = differenceOf(Tensor::of<double>({2}, {3 * scale, 4 * scale}),
                                  Tensor::of<double>({2}, {3 * scale, 5 * scale}));
            QVERIFY(std::abs(d.relativeL2 - 1 / std::sqrt(34.0)) < 1e-12);
            QVERIFY(std::abs(d.cosine - 29 / std::sqrt(25.0 * 34)) < 1e-12);
            QCOMPARE(d.worst, std::int64_t(1));
        }
    }

    void typesMayDiffer()
    {
        auto d = differenceOf(Tensor::of<std::int32_t>({2}, {1, 3}), Tensor::of<double>({2}, {1, 2.5}));
        QCOMPARE(d.maxAbsolute, 0.5);
    }

    void complexElementsOfEqualMagnitudeDiffer()
    {
        Tensor a = Tensor::allocate(DataType::Complex64, {2}).releaseValue();
        Tensor b = Tensor::allocate(DataType::Complex64, {2}).releaseValue();
        const float left[] = {1, 0, 0, 1};
        const float right[] = {1, 0, 0, -1};
        std::copy(std::begin(left), std::end(left), reinterpret_cast<float*>(a.mutableBytes()));
        std::copy(std::begin(right), std::end(right), reinterpret_cast<float*>(b.mutableBytes()));
        auto d = differenceOf(a, b);
        QCOMPARE(d.maxAbsolute, 2.0);
        QCOMPARE(d.worst, std::int64_t(1));
    }

    void stringsAreEqualOrNot()
    {
        auto d =
            differenceOf(Tensor::ofStrings({3}, {"a", "b", "c"}), Tensor::ofStrings({3}, {"a", "x", "y"}));
        QCOMPARE(d.mismatches, std::int64_t(2));
        QCOMPARE(d.worst, std::int64_t(1));
    }

    void shapesThatDifferAreRefusedByName()
    {
        auto d = debug::difference(floats({1, 2}), Tensor::of<float>({2, 1}, {1, 2}));
        QVERIFY(!d.ok());
        QCOMPARE(d.error().code, ErrorCode::Usage);
        QCOMPARE(QString::fromStdString(d.error().message), QString("shapes differ: 2 against 2×1"));
        QVERIFY(!debug::difference(floats({1}), Tensor::ofStrings({1}, {"1"})).ok());
        QVERIFY(!debug::difference(floats({}), Tensor::borrow(DataType::Float32, {0}, nullptr)).ok());
    }
};

QTEST_GUILESS_MAIN(TestDifference)
#include "test_difference.moc"
