// SPDX-License-Identifier: Apache-2.0
#include "engine/debug/extract.h"
#include "engine/formats/format.h"
#include "engine/graph/verify.h"
#include "tests/unit/engine/debug/planted_fault.h"

#include <QTemporaryDir>
#include <QtTest>

using namespace orrery;
using graph::Model;
using graph::Tensor;

namespace {

Model sample(const std::string& name)
{
    auto model = formats::readModel(std::string(SAMPLE_GRAPHS) + "/" + name + ".onnxtxt");
    if (!model.ok())
        qFatal("%s", model.error().text().c_str());
    return model.releaseValue();
}

NodeId named(const Model& model, std::string_view name)
{
    for (NodeId id : model.graph.liveNodes())
        if (model.graph.node(id).name == name)
            return id;
    qFatal("no such node");
}

std::set<NodeId> nodesNamed(const Model& model, std::initializer_list<const char*> names)
{
    std::set<NodeId> nodes;
    for (const char* name : names)
        nodes.insert(named(model, name));
    return nodes;
}

QStringList names(const Model& model, const std::vector<ValueId>& values)
{
    QStringList result;
    for (ValueId id : values)
        result << QString::fromStdString(model.graph.value(id).name);
    return result;
}

void expectSound(const Model& model)
{
    for (const Problem& problem : graph::verify(model))
        if (problem.severity == Severity::Error)
            QFAIL(problem.text.c_str());
}

// What the part computes from the whole model's values is what the whole computes.
void expectSameResults(const Model& whole, const Model& part)
{
    auto plan = tests::planOf(whole, passes::OptimizeLevel::None, ops::OpRegistry::builtin());
    QVERIFY2(plan.ok(), plan.ok() ? "" : plan.error().text().c_str());
    auto inputs = tests::randomInputs(whole.graph).releaseValue();
    auto values = tests::recordedValues(*plan, inputs).releaseValue();
    for (std::size_t i = 0; i < inputs.size(); ++i)
        values[whole.graph.value(whole.graph.mainRoot().inputs[i]).name] = inputs[i];
    auto partPlan = tests::planOf(part, passes::OptimizeLevel::None, ops::OpRegistry::builtin());
    QVERIFY2(partPlan.ok(), partPlan.ok() ? "" : partPlan.error().text().c_str());
    std::vector<Tensor> partInputs;
    for (ValueId id : part.graph.mainRoot().inputs)
        partInputs.push_back(values.at(part.graph.value(id).name));
    auto results = tests::recordedValues(*partPlan, partInputs);
    QVERIFY2(results.ok(), results.ok() ? "" : results.error().text().c_str());
    for (ValueId id : part.graph.main().outputs) {
        const std::string& name = part.graph.value(id).name;
        QVERIFY2(results->at(name).identicalTo(values.at(name)), name.c_str());
    }
}

} // namespace

class TestExtract : public QObject {
    Q_OBJECT
private slots:
    void aMiddlePartGetsInputsAndOutputs()
    {
        Model model = sample("cifar10_cnn");
        Model part = debug::extract(model, nodesNamed(model, {"conv2", "relu2"})).releaseValue();
        expectSound(part);
        QCOMPARE(names(part, part.graph.main().inputs), QStringList{"pool1_out"});
        QCOMPARE(names(part, part.graph.main().outputs), QStringList{"relu2_out"});
        QCOMPARE(names(part, part.graph.main().initializers), (QStringList{"conv2_w", "conv2_b"}));
        QCOMPARE(part.graph.nodeCount(), std::size_t(2));
        QCOMPARE(part.opsets, model.opsets);
        QCOMPARE(part.graph.value(part.graph.main().inputs[0]).type.element, graph::DataType::Float32);
        QVERIFY(part.graph.value(part.graph.main().inputs[0]).type.shape);
        expectSameResults(model, part);
    }

    void whatOthersReadInBetweenBecomesAnOutputToo()
    {
        Model model = sample("transformer_block");
        Model part = debug::extract(model, nodesNamed(model, {"norm1", "attention_q"})).releaseValue();
        expectSound(part);
        QCOMPARE(names(part, part.graph.main().inputs), QStringList{"x"});
        QCOMPARE(names(part, part.graph.main().outputs), (QStringList{"n1", "q"})); // n1 is read by two more
        expectSameResults(model, part);
    }

    void aPartWithAHoleReadsWhatTheHoleMakes()
    {
        Model model = sample("cifar10_cnn");
        Model part = debug::extract(model, nodesNamed(model, {"conv1", "pool1"})).releaseValue();
        expectSound(part);
        QCOMPARE(names(part, part.graph.main().inputs), (QStringList{"x", "relu1_out"}));
        QCOMPARE(names(part, part.graph.main().outputs), (QStringList{"conv1_out", "pool1_out"}));
        expectSameResults(model, part);
    }

    void givenTensorsBecomeConstants()
    {
        Model model = sample("cifar10_cnn");
        auto values =
            tests::recordedValues(
                tests::planOf(model, passes::OptimizeLevel::None, ops::OpRegistry::builtin()).releaseValue(),
                tests::randomInputs(model.graph).releaseValue())
                .releaseValue();
        ValueId between = model.graph.node(named(model, "conv2")).inputs[0];
        Model part = debug::extract(model, nodesNamed(model, {"conv2"}), {{between, values.at("pool1_out")}})
                         .releaseValue();
        expectSound(part);
        QVERIFY(part.graph.main().inputs.empty());
        QVERIFY(part.graph.value(between).isConstant());
        expectSameResults(model, part);
        // An input of the model, too.
        ValueId x = model.graph.main().inputs[0];
        Tensor zeros = Tensor::allocate(graph::DataType::Float32, {1, 3, 32, 32}).releaseValue();
        std::fill_n(zeros.mutableData<float>(), zeros.elementCount(), 0.0f);
        part = debug::extract(model, nodesNamed(model, {"conv1"}), {{x, zeros}}).releaseValue();
        expectSound(part);
        QVERIFY(part.graph.main().inputs.empty());
    }

    void bodiesComeWithWhatTheyCapture_data()
    {
        QTest::addColumn<QString>("name");
        QTest::addColumn<QString>("node");
        QTest::newRow("loop") << "loop"
                              << "sum";
        QTest::newRow("scan") << "scan"
                              << "average";
    }
    void bodiesComeWithWhatTheyCapture()
    {
        QFETCH(QString, name);
        QFETCH(QString, node);
        Model model = sample(name.toStdString());
        Model part = debug::extract(model, {named(model, node.toStdString())}).releaseValue();
        expectSound(part);
        if (name == "loop")
            QCOMPARE(names(part, part.graph.main().inputs), QStringList{"squared"});
        QVERIFY(part.graph.nodeCount() > 3);
        expectSameResults(model, part);
    }

    void functionsStayWhereTheyAreCalled()
    {
        Model model = sample("function_call");
        QVERIFY(!model.functions.empty());
        std::set<NodeId> calls, others;
        for (NodeId id : model.graph.main().nodes) {
            const graph::Node& node = model.graph.node(id);
            (model.findFunction(node.domain, node.opType, node.overload) != nullptr ? calls : others)
                .insert(id);
        }
        Model part = debug::extract(model, {*calls.rbegin()}).releaseValue();
        expectSound(part);
        QVERIFY(!part.functions.empty());
        expectSameResults(model, part);
        if (!others.empty()) {
            Model plain = debug::extract(model, others).releaseValue();
            expectSound(plain);
            QVERIFY(plain.functions.empty());
        }
    }

    void everySingleNodeOfASampleCanBeTakenOut_data()
    {
        QTest::addColumn<QString>("name");
        for (const char* name : {"cifar10_cnn", "transformer_block", "lstm", "loop", "scan", "function_call",
                                 "symbolic_reshape", "mlp"})
            QTest::newRow(name) << name;
    }
    void everySingleNodeOfASampleCanBeTakenOut()
    {
        QFETCH(QString, name);
        Model model = sample(name.toStdString());
        QTemporaryDir folder;
        for (NodeId id : model.graph.main().nodes) {
            Model part = debug::extract(model, {id}).releaseValue();
            expectSound(part);
            expectSameResults(model, part);
            std::string path = folder.filePath("part.onnx").toStdString();
            auto written = formats::writeModel(part, path);
            QVERIFY2(written.ok(), written.ok() ? "" : written.error().text().c_str());
            auto again = formats::readModel(path);
            QVERIFY2(again.ok(), again.ok() ? "" : again.error().text().c_str());
            expectSound(*again);
            expectSameResults(model, *again);
        }
    }

    void theWholeStaysTheWhole()
    {
        Model model = sample("transformer_block");
        std::set<NodeId> all(model.graph.main().nodes.begin(), model.graph.main().nodes.end());
        Model part = debug::extract(model, all).releaseValue();
        expectSound(part);
        QCOMPARE(part.graph.main().inputs, model.graph.main().inputs);
        QCOMPARE(part.graph.main().outputs, model.graph.main().outputs);
        QCOMPARE(part.graph.main().initializers, model.graph.main().initializers);
    }

    // What it reads of the bodies and graphs around it are inputs.
    void aNodeOfABodyIsAPartOfItsOwn()
    {
        Model model = sample("loop");
        Model part = debug::extract(model, {named(model, "accumulate")}).releaseValue();
        expectSound(part);
        QCOMPARE(part.graph.nodeCount(), std::size_t(1));
        QCOMPARE(part.graph.main().inputs.size() + part.graph.main().initializers.size(),
                 model.graph.node(named(model, "accumulate")).inputs.size());
    }

    void nothingAndNodesOfDifferentGraphsAreRefused()
    {
        Model model = sample("loop");
        QCOMPARE(debug::extract(model, {}).error().code, ErrorCode::Usage);
        auto mixed = debug::extract(model, {named(model, "accumulate"), model.graph.main().nodes.front()});
        QVERIFY(!mixed.ok());
        QVERIFY(mixed.error().message.find("different graphs") != std::string::npos);
        QVERIFY(!debug::extract(model, {NodeId(std::size_t(9999))}).ok());
    }
};

QTEST_GUILESS_MAIN(TestExtract)
#include "test_extract.moc"
