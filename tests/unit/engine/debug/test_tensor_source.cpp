// SPDX-License-Identifier: Apache-2.0
//
// Values of constants from expressions: functions that make numbers, and how the result is made to fit the
// type and shape that are wanted.
#include "engine/debug/tensor_source.h"

#include <QTest>

#include <cmath>
#include <numeric>

using namespace orrery;
using namespace orrery::debug;
using graph::DataType;
using graph::Dims;
using graph::Tensor;

namespace {

using List = std::vector<double>;

struct Fixture {
    graph::Model model;
    Tensor now = Tensor::of<float>({2, 3}, {1, 2, 3, 4, 5, 6});

    Fixture() { model.graph.addConstant(model.graph.mainRegion(), "w", Tensor::of<float>({3}, {1, 2, 3})); }

    Result<Tensor> make(std::string_view text, WantedTensor wanted = {}) const
    {
        return tensorFromExpression(text, wanted, now, model, ops::OpRegistry::builtin());
    }
    List numbers(std::string_view text, WantedTensor wanted = {}) const
    {
        auto tensor = make(text, wanted);
        return tensor.ok() ? tensor->toDoubles().releaseValue() : List{NAN};
    }
    QString error(std::string_view text, WantedTensor wanted = {}) const
    {
        auto tensor = make(text, wanted);
        return tensor.ok() ? QString() : QString::fromStdString(tensor.error().text());
    }
};

struct Moments {
    double mean = 0, deviation = 0;
};

Moments momentsOf(const List& list)
{
    Moments m;
    m.mean = std::accumulate(list.begin(), list.end(), 0.0) / double(list.size());
    for (double x : list)
        m.deviation += (x - m.mean) * (x - m.mean);
    m.deviation = std::sqrt(m.deviation / double(list.size()));
    return m;
}

} // namespace

class TestTensorSource : public QObject {
    Q_OBJECT
private slots:
    void theTensorItHasAndOthersByName()
    {
        Fixture f;
        QCOMPARE(f.numbers("x*0.5"), (List{0.5, 1, 1.5, 2, 2.5, 3}));
        QCOMPARE(f.numbers("w + 1"), (List{2, 3, 4}));
        QCOMPARE(f.numbers("x*0 + w"), (List{1, 2, 3, 1, 2, 3}));
        QVERIFY(f.error("nothing").contains("no constant \"nothing\""));
    }

    void aNumberFillsTheShape()
    {
        Fixture f;
        QCOMPARE(f.numbers("0.25", {DataType::Float32, Dims{2, 2}}), (List{0.25, 0.25, 0.25, 0.25}));
        QCOMPARE(f.make("7", {DataType::Int64, Dims{3}})->type(), DataType::Int64);
        QCOMPARE(f.numbers("-1", {DataType::Int64, Dims{}}), List{-1});
        QCOMPARE(f.make("1", {DataType::Float16, Dims{0, 4}})->dims(), (Dims{0, 4}));
    }

    void shapesAreTakenFromWhatIsWanted()
    {
        Fixture f;
        const WantedTensor wanted{DataType::Float32, Dims{4, 5}};
        for (const char* text : {"zeros()", "random(seed=1)", "normal(seed=3)", "he(seed=2)", "glorot()",
                                 "uniform(low=-1, high=1)", "full(2)", "arange()"})
            QCOMPARE(f.make(text, wanted)->dims(), (Dims{4, 5}));
        QCOMPARE(f.numbers("arange()", {DataType::Float32, Dims{2, 2}}), (List{0, 1, 2, 3}));
        QCOMPARE(f.numbers("arange(2, 8, 3)"), (List{2, 5}));
        QCOMPARE(f.numbers("arange(0, 1, 0.5)"), (List{0, 0.5}));
        QCOMPARE(f.numbers("arange(3)", {DataType::Int64, Dims{3, 1}}), (List{0, 1, 2}));
        QCOMPARE(f.make("zeros(64,3,3,3)")->dims(), (Dims{64, 3, 3, 3}));
        QCOMPARE(f.numbers("[1, 2, 3]", {DataType::Float32, Dims{2, 3}}), (List{1, 2, 3, 1, 2, 3}));
    }

    void distributionsAreWhatTheySay()
    {
        Fixture f;
        const WantedTensor wanted{DataType::Float32, Dims{200, 100}};
        const Moments normal = momentsOf(f.numbers("normal(mean=2, std=0.5, seed=9)", wanted));
        QVERIFY(std::abs(normal.mean - 2) < 0.02 && std::abs(normal.deviation - 0.5) < 0.02);
        const Moments uniform = momentsOf(f.numbers("uniform(-1, 3, 9)", wanted));
        QVERIFY(std::abs(uniform.mean - 1) < 0.05 && std::abs(uniform.deviation - 4 / std::sqrt(12)) < 0.05);
        const Moments he = momentsOf(f.numbers("he(1)", wanted)); // fan-in 100
        QVERIFY(std::abs(he.deviation - std::sqrt(2.0 / 100)) < 0.01);
        const Moments glorot = momentsOf(f.numbers("glorot(1)", wanted));
        QVERIFY(std::abs(glorot.deviation - std::sqrt(6.0 / 300) / std::sqrt(3)) < 0.01);
        QCOMPARE(f.numbers("normal(seed=4)", wanted), f.numbers("normal(0, 1, 4)", wanted));
        QVERIFY(f.numbers("normal(seed=4)", wanted) != f.numbers("normal(seed=5)", wanted));
    }

    void whatDoesNotFitIsSaid()
    {
        Fixture f;
        QCOMPARE(f.error("[1, 2, 3]", {DataType::Float32, Dims{4}}), QString("expected 4, found 3"));
        QCOMPARE(f.error("x", {DataType::Float32, Dims{3, 2}}), QString("expected 3×2, found 2×3"));
        QVERIFY(f.error("[1, 2]", {DataType::Int32, Dims{3, 3, 1}}).contains("expected 3×3×1, found 2"));
        QVERIFY(f.error("0.5", {DataType::Int64, Dims{2}}).contains("0.5"));
        QVERIFY(f.error("300", {DataType::UInt8, Dims{1}}).contains("300"));
        QVERIFY(f.error("normal(sigma=1)").contains("sigma"));
        QVERIFY(f.error("random(seed=0.5)").contains("seed"));
        QVERIFY(f.error("arange()").contains("arange(10)"));
        QVERIFY(f.error("arange(0, 10, 0)").contains("never"));
        QVERIFY(f.error("zeros()", {DataType::Float32, Dims{1 << 20, 1 << 20}}).contains("too large"));
        QVERIFY(
            !f.error("0", {DataType::Float32, Dims{std::int64_t(1) << 40, std::int64_t(1) << 40}}).isEmpty());
    }
};

QTEST_GUILESS_MAIN(TestTensorSource)
#include "test_tensor_source.moc"
