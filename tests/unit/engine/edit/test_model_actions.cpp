// SPDX-License-Identifier: Apache-2.0
//
// What forms do to the model as a whole and to open inputs: each is applied, looked at, undone and compared;
// and what is expected of an input that is open.
#include "engine/edit/expected_input.h"
#include "engine/edit/history.h"
#include "engine/edit/model_actions.h"
#include "engine/edit/templates.h"
#include "engine/graph/verify.h"
#include "engine/passes/infer.h"

#include <QTest>

#include <functional>

using namespace orrery;
using namespace orrery::edit;
using graph::Model;

namespace {

Model sample(Template kind = Template::Cnn)
{
    auto model = makeTemplate(defaultsOf(kind));
    return model.releaseValue();
}

void check(const Model& model, const Result<graph::Edit>& edit, const std::function<void(const Model&)>& look)
{
    QVERIFY2(edit.ok(), edit.ok() ? "" : edit.error().text().c_str());
    QVERIFY(!graph::editName(*edit).empty());
    History history(model);
    QVERIFY(history.apply(*edit).ok());
    QVERIFY(!graph::equal(history.model(), model));
    look(history.model());
    QVERIFY(history.undo().ok());
    QVERIFY(graph::equal(history.model(), model));
}

void refuses(const Result<graph::Edit>& edit, const char* says)
{
    QVERIFY(!edit.ok());
    QVERIFY2(edit.error().text().find(says) != std::string::npos, edit.error().text().c_str());
}

NodeId named(const Model& model, std::string_view name)
{
    for (NodeId id : model.graph.liveNodes())
        if (model.graph.node(id).name == name)
            return id;
    return {};
}

// The model with inferred types, and the node's input `slot` taken away.
graph::Graph typedWithout(Model& model, NodeId node, std::size_t slot)
{
    model.graph.node(node).inputs[slot] = ValueId();
    graph::Graph typed = model.graph;
    const auto types = passes::inferTypes(model, ops::OpRegistry::builtin()).types;
    for (std::size_t i = 0; i < types.size(); ++i)
        if (types[i].kind != graph::TypeKind::Unknown)
            typed.value(ValueId(i)).type = types[i];
    return typed;
}

QString expectedText(Template kind, std::string_view node, std::size_t slot)
{
    Model model = sample(kind);
    const NodeId id = named(model, node);
    const ExpectedInput expected = expectedInput(typedWithout(model, id, slot), id, slot);
    return QString::fromStdString(expected.name + ": " + std::string(graph::name(expected.type)) + " " +
                                  (expected.shape ? expected.shape->text() : "?"));
}

} // namespace

class TestModelActions : public QObject {
    Q_OBJECT
private slots:
    void inputsAndOutputsAreMoved()
    {
        Model model = sample();
        const RegionId main = model.graph.mainRegion();
        const ValueId extra =
            model.graph.addValue(main, "mask", graph::ValueType::tensor(graph::DataType::Bool));
        model.graph.main().inputs.push_back(extra);
        check(model, moveInput(model, main, 1, 0), [&](const Model& after) {
            QCOMPARE(after.graph.main().inputs.front(), extra);
            QCOMPARE(after.graph.main().inputs.size(), std::size_t(2));
        });
        refuses(moveInput(model, main, 2, 0), "place 2");
        refuses(moveOutput(model, main, 0, 1), "place 1");
    }

    void fieldsOfTheModel()
    {
        const Model model = sample();
        graph::ModelFields fields = graph::fieldsOf(model);
        fields.producerName = "somebody";
        fields.metadata = {{"licence", "free"}};
        fields.doc = "a model";
        check(model, setModelFields(model, fields), [](const Model& after) {
            QCOMPARE(after.producerName, std::string("somebody"));
            QCOMPARE(after.metadata.size(), std::size_t(1));
            QCOMPARE(after.doc, std::string("a model"));
        });
        fields.irVersion = -1;
        refuses(setModelFields(model, fields), "IR version");
        check(model, setGraphFields(model, model.graph.mainRegion(), "other", "notes"),
              [](const Model& after) {
                  QCOMPARE(after.graph.main().name, std::string("other"));
                  QCOMPARE(after.graph.main().doc, std::string("notes"));
              });
        check(model, setNodeDoc(model, named(model, "conv1"), "the first"), [](const Model& after) {
            QCOMPARE(after.graph.node(named(after, "conv1")).doc, std::string("the first"));
        });
    }

    void operatorSets()
    {
        const Model model = sample();
        check(model, setOpset(model, "", 18),
              [](const Model& after) { QCOMPARE(after.opsetVersion(""), std::int64_t(18)); });
        check(model, setOpset(model, "ai.onnx", 16), [](const Model& after) {
            QCOMPARE(after.opsetVersion(""), std::int64_t(16));
            QCOMPARE(after.opsets.size(), std::size_t(1));
        });
        check(model, setOpset(model, "com.example", 1),
              [](const Model& after) { QCOMPARE(after.opsetVersion("com.example"), std::int64_t(1)); });
        check(model, setOpset(model, "", 0),
              [](const Model& after) { QCOMPARE(after.opsetVersion(""), std::int64_t(0)); });
        refuses(setOpset(model, "com.example", 0), "not imported");
        refuses(setOpset(model, "", -3), "-3");
    }

    void aConstantFillsAnOpenInput()
    {
        Model model = sample();
        const NodeId conv = named(model, "conv2");
        model.graph.node(conv).inputs.resize(1);
        auto tensor = graph::Tensor::of<float>({2}, {1, 2});
        check(model, addConstantInput(model, conv, 2, "bias", tensor), [&](const Model& after) {
            const graph::Node& node = after.graph.node(conv);
            QCOMPARE(node.inputs.size(), std::size_t(3));
            QVERIFY(!node.inputs[1].valid());
            const graph::Value& made = after.graph.value(node.inputs[2]);
            QCOMPARE(made.name, std::string("bias"));
            QVERIFY(made.initializer && made.initializer->tensor.identicalTo(tensor));
            QVERIFY(made.type == graph::ValueType::tensor(graph::DataType::Float32, graph::Shape::of({2})));
        });
        refuses(addConstantInput(model, conv, 1, "weight", {}), "known type");
        refuses(addConstantInput(model, conv, 1 << 20, "weight", tensor), "cannot have an input");
    }

    void openInputsAreExpectedToFit()
    {
        QCOMPARE(expectedText(Template::Cnn, "conv1", 1), QString("conv1_weight: float ?×3×3×3"));
        QCOMPARE(expectedText(Template::Cnn, "conv2", 1), QString("conv2_weight: float ?×32×3×3"));
        QCOMPARE(expectedText(Template::Cnn, "conv2", 2), QString("conv2_bias: float 64"));
        QCOMPARE(expectedText(Template::Cnn, "classify", 1), QString("classify_weight: float ?×128"));
        QCOMPARE(expectedText(Template::Cnn, "classify", 2), QString("classify_bias: float 10"));
        QCOMPARE(expectedText(Template::Transformer, "norm", 1), QString("norm_scale: float 128"));
        QCOMPARE(expectedText(Template::Transformer, "block1_expand", 1),
                 QString("block1_expand_weight: float 128×?"));
        QCOMPARE(expectedText(Template::Transformer, "block1_expand_add", 1),
                 QString("block1_expand_add_constant: float 512"));
        QCOMPARE(expectedText(Template::Lstm, "lstm1", 1), QString("lstm1_weight: float 1×256×32"));
        QCOMPARE(expectedText(Template::Lstm, "lstm1", 3), QString("lstm1_bias: float 1×512"));
        QCOMPARE(expectedText(Template::Lstm, "lstm1_squeeze", 1), QString("lstm1_squeeze_axes: int64 ?"));
    }
};

QTEST_GUILESS_MAIN(TestModelActions)
#include "test_model_actions.moc"
