// SPDX-License-Identifier: Apache-2.0
#include "engine/debug/divergence.h"
#include "engine/formats/format.h"
#include "tests/unit/engine/debug/planted_fault.h"

#include <QtTest>

using namespace orrery;
using graph::Tensor;
using passes::OptimizeLevel;

namespace {

graph::Model sample(const char* name)
{
    auto model = formats::readModel(std::string(SAMPLE_GRAPHS) + "/" + name + ".onnxtxt");
    if (!model.ok())
        qFatal("%s", model.error().text().c_str());
    return model.releaseValue();
}

std::shared_ptr<const plan::Plan> planned(const graph::Model& model, OptimizeLevel level,
                                          const ops::OpRegistry& ops = ops::OpRegistry::builtin())
{
    auto plan = tests::planOf(model, level, ops);
    if (!plan.ok())
        qFatal("%s", plan.error().text().c_str());
    return plan.releaseValue();
}

std::string nodeName(const plan::Plan& plan, NodeId id) { return plan.graph().node(id).name; }

struct Gate final : exec::Gate {
    exec::GateAnswer ask(NodeId) override
    {
        return ++asked > 3 ? exec::GateAnswer::Stop : exec::GateAnswer::Go;
    }
    bool stopRequested() const override { return asked > 3; }
    int asked = 0;
};

} // namespace

class TestDivergence : public QObject {
    Q_OBJECT
private slots:
    void equalRunsDoNotDiverge_data() { samples(); }
    void equalRunsDoNotDiverge()
    {
        QFETCH(QString, name);
        graph::Model model = sample(name.toUtf8().constData());
        auto inputs = tests::randomInputs(model.graph).releaseValue();
        auto plan = planned(model, OptimizeLevel::None);
        auto report = debug::compareRuns(plan, plan, inputs, {}).releaseValue();
        QVERIFY(report.compared > 0);
        QCOMPARE(report.notCompared, std::uint64_t(0));
        QVERIFY(!report.first);
        for (const debug::NodeError& node : report.nodes) {
            QCOMPARE(node.total.different, std::int64_t(0));
            QCOMPARE(node.total.mismatches, std::int64_t(0));
            if (node.made)
                QCOMPARE(node.made->different, std::int64_t(0));
        }
    }

    void optimisingMovesNothingFar_data() { samples(); }
    void optimisingMovesNothingFar()
    {
        QFETCH(QString, name);
        graph::Model model = sample(name.toUtf8().constData());
        auto inputs = tests::randomInputs(model.graph).releaseValue();
        auto report = debug::compareRuns(planned(model, OptimizeLevel::All),
                                         planned(model, OptimizeLevel::None), inputs, {})
                          .releaseValue();
        QVERIFY(report.compared > 0);
        QVERIFY(!report.first);
    }

    void aFaultInOneKernelIsFoundAtItsNode_data()
    {
        QTest::addColumn<QString>("name");
        QTest::addColumn<QString>("node");
        QTest::addColumn<bool>("inBody");
        QTest::newRow("convolution") << "cifar10_cnn"
                                     << "conv2" << false;
        QTest::newRow("attention") << "transformer_block"
                                   << "scores" << false;
        QTest::newRow("recurrent") << "lstm"
                                   << "lstm" << false;
        QTest::newRow("loop") << "loop"
                              << "weighted" << true;
        QTest::newRow("scan") << "scan"
                              << "" << true;
    }
    void aFaultInOneKernelIsFoundAtItsNode()
    {
        QFETCH(QString, name);
        QFETCH(QString, node);
        QFETCH(bool, inBody);
        graph::Model model = sample(name.toUtf8().constData());
        if (node.isEmpty()) // the first float node of a body
            for (NodeId id : model.graph.liveNodes())
                if (node.isEmpty() && model.graph.node(id).region != model.graph.mainRegion() &&
                    model.graph.node(id).opType != "Identity")
                    node = QString::fromStdString(model.graph.node(id).name);
        auto inputs = tests::randomInputs(model.graph).releaseValue();
        ops::OpRegistry faulty = tests::withFault(node.toStdString());
        for (OptimizeLevel level : {OptimizeLevel::None, OptimizeLevel::All}) {
            auto subject = planned(model, level, faulty);
            auto report =
                debug::compareRuns(subject, planned(model, OptimizeLevel::None), inputs, {}).releaseValue();
            QVERIFY(report.first);
            const debug::NodeError& first = report.nodes[*report.first];
            const debug::NodeError& worst = report.nodes[report.ranked.front()];
            QCOMPARE(QString::fromStdString(nodeName(*subject, first.node)), node);
            QCOMPARE(QString::fromStdString(nodeName(*subject, worst.node)), node);
            QVERIFY(worst.made);
            QVERIFY(worst.made->relativeL2 > 1e-3);
            QCOMPARE(worst.inBody, inBody);
            for (std::size_t i : report.ranked) { // what others made is rounding
                const debug::NodeError& other = report.nodes[i];
                QVERIFY(other.node == worst.node || !other.made || other.made->relativeL2 < 1e-4);
            }
        }
    }

    void aFaultIsFoundAgainstRecordedTensors()
    {
        graph::Model model = sample("cifar10_cnn");
        auto inputs = tests::randomInputs(model.graph).releaseValue();
        auto recorded = tests::recordedValues(planned(model, OptimizeLevel::None), inputs).releaseValue();
        ops::OpRegistry faulty = tests::withFault("conv2");
        auto subject = planned(model, OptimizeLevel::None, faulty);
        auto report = debug::compareWithRecorded(subject, recorded, inputs, {}).releaseValue();
        QVERIFY(report.first);
        QCOMPARE(nodeName(*subject, report.nodes[*report.first].node), std::string("conv2"));
        QCOMPARE(nodeName(*subject, report.nodes[report.ranked.front()].node), std::string("conv2"));

        std::string output = model.graph.value(model.graph.main().outputs[0]).name;
        std::erase_if(recorded, [&](const auto& entry) { return entry.first != output; });
        report = debug::compareWithRecorded(subject, recorded, inputs, {}).releaseValue();
        QCOMPARE(report.compared, std::uint64_t(1));
        QVERIFY(report.notCompared > 1);
        QVERIFY(report.first);
        QVERIFY(!report.nodes[*report.first].made);
    }

    void roundingShowsWhatStoringInHalfPrecisionWouldDo()
    {
        graph::Model model = sample("cifar10_cnn");
        auto inputs = tests::randomInputs(model.graph).releaseValue();
        auto plan = planned(model, OptimizeLevel::None);
        double errors[3] = {};
        for (auto rounding : {debug::Rounding::None, debug::Rounding::Float16, debug::Rounding::BFloat16}) {
            debug::DivergenceOptions options;
            options.rounding = rounding;
            auto report = debug::compareRuns(plan, plan, inputs, options).releaseValue();
            for (const debug::NodeError& node : report.nodes)
                errors[static_cast<int>(rounding)] =
                    std::max(errors[static_cast<int>(rounding)], node.total.relativeL2);
        }
        QCOMPARE(errors[0], 0.0);
        QVERIFY(errors[1] > 1e-5 && errors[1] < 2e-3);
        QVERIFY(errors[2] > errors[1] && errors[2] < 2e-2);
    }

    void nanOnOneSideIsADivergence()
    {
        graph::Model model = sample("nan");
        auto inputs = tests::randomInputs(model.graph).releaseValue();
        auto plan = planned(model, OptimizeLevel::None);
        auto recorded = tests::recordedValues(plan, inputs).releaseValue();
        for (auto& [name, tensor] : recorded)
            if (tensor.type() == graph::DataType::Float32) {
                Tensor zeros = Tensor::allocate(tensor.type(), tensor.dims()).releaseValue();
                std::fill_n(zeros.mutableData<float>(), zeros.elementCount(), 0.0f);
                tensor = zeros;
            }
        debug::DivergenceOptions options;
        options.tolerance = 1e300;
        auto report = debug::compareWithRecorded(plan, recorded, inputs, options).releaseValue();
        QVERIFY(report.first);
        QVERIFY(report.nodes[*report.first].total.mismatches > 0);
    }

    void canBeStopped()
    {
        graph::Model model = sample("hang");
        auto inputs = tests::randomInputs(model.graph).releaseValue();
        auto plan = planned(model, OptimizeLevel::None);
        Gate gate;
        debug::DivergenceOptions options;
        options.gate = &gate;
        auto report = debug::compareRuns(plan, plan, inputs, options);
        QVERIFY(!report.ok());
        QCOMPARE(report.error().code, ErrorCode::Cancelled);
    }

    void tellsHowFarItIs()
    {
        graph::Model model = sample("loop");
        auto inputs = tests::randomInputs(model.graph).releaseValue();
        auto plan = planned(model, OptimizeLevel::None);
        std::vector<std::uint64_t> done;
        debug::DivergenceOptions options;
        options.progress = [&](std::uint64_t at, std::uint64_t total) {
            QCOMPARE(total, std::uint64_t(plan->mainBlock().instructions.size()));
            done.push_back(at);
        };
        QVERIFY(debug::compareRuns(plan, plan, inputs, options).ok());
        QCOMPARE(done.back(), std::uint64_t(plan->mainBlock().instructions.size()));
    }

private:
    static void samples()
    {
        QTest::addColumn<QString>("name");
        for (const char* name : {"cifar10_cnn", "transformer_block", "lstm", "loop", "scan", "function_call",
                                 "if_branch", "symbolic_reshape", "mlp", "random"})
            QTest::newRow(name) << name;
    }
};

QTEST_GUILESS_MAIN(TestDivergence)
#include "test_divergence.moc"
