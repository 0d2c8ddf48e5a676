// SPDX-License-Identifier: Apache-2.0
//
// The peak told from shapes: by hand on a small graph, and against what an execution counts.
#include "engine/exec/execution.h"
#include "engine/passes/pipeline.h"
#include "engine/plan/predict_peak.h"

#include <QtTest>

using namespace orrery;
using graph::DataType;
using graph::Dim;
using graph::Shape;
using graph::ValueType;

namespace {

constexpr const char* wideNode = "wide_op";

// x [N, 4] → Concat(x, x, x) = wide [N, 12] → ReduceSum over the second axis = y [N, 1].
graph::Model widening(Dim batch)
{
    graph::Model model;
    model.irVersion = 8;
    model.opsets = {{"", 11}};
    graph::Graph& g = model.graph;
    const RegionId main = g.mainRegion();
    const ValueId x = g.addValue(main, "x", ValueType::tensor(DataType::Float32, Shape({batch, Dim(4)})));
    const ValueId wide = g.addValue(main, "wide");
    const ValueId y = g.addValue(main, "y");
    g.main().inputs = {x};
    g.main().outputs = {y};
    graph::Node concat;
    concat.opType = "Concat";
    concat.name = wideNode;
    concat.inputs = {x, x, x};
    concat.outputs = {wide};
    concat.setAttribute("axis", std::int64_t{1});
    g.addNode(main, std::move(concat));
    graph::Node sum;
    sum.opType = "ReduceSum";
    sum.name = "sum_op";
    sum.inputs = {wide};
    sum.outputs = {y};
    sum.setAttribute("axes", std::vector<std::int64_t>{1});
    g.addNode(main, std::move(sum));
    return model;
}

std::shared_ptr<const plan::Plan> planOf(const graph::Model& model)
{
    auto compiled = passes::compile(model, {}, ops::OpRegistry::builtin());
    if (!compiled.ok())
        qFatal("%s", compiled.error().text().c_str());
    const graph::Root root = compiled->compute.graph.mainRoot();
    auto plan = plan::Plan::create(std::move(compiled->compute), root, plan::BackendChoice::Auto,
                                   ops::OpRegistry::builtin());
    if (!plan.ok())
        qFatal("%s", plan.error().text().c_str());
    return plan.releaseValue();
}

} // namespace

class TestPredictPeak : public QObject {
    Q_OBJECT
private slots:
    void aPeakIsInputsAndWhatIsAliveAtOnce()
    {
        auto plan = planOf(widening(Dim::symbolic("N")));
        QCOMPARE(plan::symbolicDims(*plan), std::vector<std::string>{"N"});
        auto types = plan::inputTypesFor(*plan, {{"N", 10}});
        QVERIFY(types.ok());
        auto peak = plan::predictPeak(*plan, *types);
        QVERIFY(peak.ok());
        QCOMPARE(peak->inputBytes, 160);
        QCOMPARE(peak->liveBytes, 160 + 480 + 40);
        QCOMPARE(plan->graph().node(peak->node).name, std::string("sum_op"));
        QCOMPARE(peak->live.size(), std::size_t(3));
        QCOMPARE(plan->graph().value(peak->live.front().value).name, std::string("wide"));
        QCOMPARE(plan->graph().node(peak->live.front().producer).name, std::string(wideNode));
        QCOMPARE(plan->graph().node(peak->live.front().nextReader).name, std::string("sum_op"));
        QVERIFY(peak->unplanned.empty());
    }

    void anExecutionCountsTheSame()
    {
        auto plan = planOf(widening(Dim::symbolic("N")));
        for (std::int64_t batch : {1, 7, 64}) {
            auto types = plan::inputTypesFor(*plan, {{"N", batch}});
            auto peak = plan::predictPeak(*plan, *types);
            QVERIFY(peak.ok());
            auto execution = exec::Execution::create(plan, {});
            QVERIFY(execution.ok());
            auto input = graph::Tensor::allocate(DataType::Float32, {batch, 4});
            QVERIFY(input.ok());
            std::fill_n(input->mutableData<float>(), batch * 4, 1.0f);
            std::vector<graph::Tensor> inputs;
            inputs.push_back(input.releaseValue());
            QVERIFY((*execution)->start(std::move(inputs)).ok());
            QVERIFY((*execution)->run().ok());
            QCOMPARE(peak->liveBytes, (*execution)->memoryUse().peakLiveBytes);
        }
    }

    void aValueBeyondTheAddressSpaceIsNamedInsteadOfLeftOut()
    {
        auto plan = planOf(widening(Dim::symbolic("N")));
        for (std::int64_t batch : {std::int64_t{1} << 45, std::int64_t{1} << 62, INT64_MAX}) {
            auto types = plan::inputTypesFor(*plan, {{"N", batch}});
            QVERIFY(types.ok());
            auto peak = plan::predictPeak(*plan, *types);
            QVERIFY(!peak.ok());
            QCOMPARE(peak.error().code, ErrorCode::LimitReached);
        }
    }

    void whatForbidsANumberIsSaid()
    {
        auto symbolic = planOf(widening(Dim::symbolic("N")));
        auto misspelt = plan::inputTypesFor(*symbolic, {{"M", 2}});
        QVERIFY(!misspelt.ok());
        QVERIFY2(misspelt.error().text().find("\"M\"; it can be: N") != std::string::npos,
                 misspelt.error().text().c_str());
        auto missing = plan::inputTypesFor(*symbolic, {});
        QVERIFY(!missing.ok());
        QVERIFY2(missing.error().text().find("dim \"N\"") != std::string::npos,
                 missing.error().text().c_str());
        auto fixed = plan::inputTypesFor(*planOf(widening(Dim(3))), {{"N", 2}});
        QVERIFY(!fixed.ok());
        QVERIFY2(fixed.error().text().find("x is 3×4") != std::string::npos, fixed.error().text().c_str());
    }
};

QTEST_GUILESS_MAIN(TestPredictPeak)
#include "test_predict_peak.moc"
