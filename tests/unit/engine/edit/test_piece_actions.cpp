// SPDX-License-Identifier: Apache-2.0
//
// Pieces as text: taken out, put in another's place, brought to another version of the operators.
#include "engine/debug/extract.h"
#include "engine/edit/actions.h"
#include "engine/edit/history.h"
#include "engine/edit/leave_out.h"
#include "engine/edit/pieces.h"
#include "engine/formats/model_text.h"
#include "engine/graph/verify.h"
#include "engine/passes/infer.h"

#include <QTest>

using namespace orrery;
using graph::Model;

namespace {

Model fromText(const char* text)
{
    auto read = formats::modelFromText(text);
    if (!read.ok())
        qFatal("%s", read.error().text().c_str());
    return std::move(read->model);
}

std::string nodesOf(const Model& model)
{
    auto text = formats::textOf(model);
    if (!text.ok())
        return text.error().text();
    std::string body = text->substr(text->find("{\n") + 2);
    return body.substr(0, body.find("\n}"));
}

NodeId named(const Model& model, std::string_view name)
{
    for (NodeId id : model.graph.liveNodes())
        if (model.graph.node(id).name == name)
            return id;
    return {};
}

graph::Graph typedGraph(const Model& model)
{
    graph::Graph typed = model.graph;
    const auto inferred = passes::inferTypes(model, ops::OpRegistry::builtin());
    for (std::size_t i = 0; i < typed.valueSlots(); ++i)
        typed.value(ValueId(i)).type = inferred.types[i];
    return typed;
}

std::size_t errors(const Model& model)
{
    std::size_t count = 0;
    for (const Problem& problem : graph::verify(model))
        count += problem.severity == Severity::Error ? 1 : 0;
    return count;
}

constexpr char chain[] = R"(<ir_version: 8, opset_import: ["" : 17]>
chain (float[2,3] x) => (float[2,3] y) <float[3] bias = {1, 2, 3}> {
   [first] a = Relu (x)
   [second] b = Add (a, bias)
   [third] c = Sigmoid (b)
   [last] y = Tanh (c)
})";

constexpr char branches[] = R"(<ir_version: 8, opset_import: ["" : 17]>
branches (bool c, float[4] x) => (float[4] y) {
   [pick] y = If (c) <then_branch = yes () => (float[4] p) {
      [double] d = Add (x, x)
      [minus] p = Neg (d)
   }, else_branch = no () => (float[4] q) { [keep] q = Identity (x) }>
})";

} // namespace

class TestPieceActions : public QObject {
    Q_OBJECT
private slots:
    void aPieceInThePlaceOfNodesIsConnectedByNameAndByOrder()
    {
        const Model model = fromText(chain);
        const Model piece = fromText(R"(<ir_version: 8, opset_import: ["" : 17]>
            other (float[2,3] in) => (float[2,3] c) { h = Abs (in)  c = Sqrt (h) })");
        auto match = edit::matchPiece(model, typedGraph(model),
                                      {named(model, "second"), named(model, "third")}, piece);
        QVERIFY2(match.ok(), match.ok() ? "" : match.error().text().c_str());
        QVERIFY(match->misfits.empty());
        QVERIFY(!match->inputs[0].byName && match->outputs[0].byName);
        edit::History history(model);
        auto edit = edit::replaceNodes(model, piece, *match);
        QVERIFY2(edit.ok(), edit.ok() ? "" : edit.error().text().c_str());
        QVERIFY(history.apply(*edit).ok());
        QCOMPARE(
            nodesOf(history.model()),
            std::string("   [first] a = Relu (x)\n   h = Abs (a)\n   c = Sqrt (h)\n   [last] y = Tanh (c)"));
        QVERIFY(history.model().graph.main().initializers.empty()); // nobody else read the bias
        QCOMPARE(errors(history.model()), std::size_t(0));
        QVERIFY(history.undo().ok());
        QVERIFY(graph::equal(history.model(), model));
    }

    void whatDoesNotFitIsSaidFirst()
    {
        const Model model = fromText(chain);
        const Model piece = fromText(R"(<ir_version: 8, opset_import: ["" : 17]>
            other (int64[7] k) => (int64[7] m) { m = Neg (k) })");
        auto match = edit::matchPiece(model, typedGraph(model), {named(model, "second")}, piece);
        QVERIFY(match.ok());
        QCOMPARE(match->misfits.size(), std::size_t(3));
        QVERIFY(match->misfits[0].find("\"k\"") != std::string::npos);
        QVERIFY(match->misfits[1].find("\"b\"") != std::string::npos);
        QVERIFY(match->misfits[2].find("\"a\"") != std::string::npos);
        edit::History history(model);
        auto edit = edit::replaceNodes(model, piece, *match);
        QVERIFY(edit.ok() && history.apply(*edit).ok()); // and can be done all the same
    }

    void nodesWithAHoleBetweenThemCannotBeReplaced()
    {
        const Model model = fromText(chain);
        auto match =
            edit::matchPiece(model, typedGraph(model), {named(model, "first"), named(model, "third")}, model);
        QVERIFY(!match.ok());
        QVERIFY(match.error().message.find("between") != std::string::npos);
    }

    void aPartOfABodyIsAModelOfItsOwn()
    {
        const Model model = fromText(branches);
        auto part = debug::extract(model, {named(model, "minus"), named(model, "double")});
        QVERIFY2(part.ok(), part.ok() ? "" : part.error().text().c_str());
        QCOMPARE(QString::fromStdString(nodesOf(*part)),
                 QString("   [\"double\"] d = Add (x, x)\n   [minus] p = Neg (d)"));
        QCOMPARE(part->graph.main().inputs.size(), std::size_t(1));
        QCOMPARE(part->graph.main().outputs.size(), std::size_t(1));
        QCOMPARE(part->graph.nodeCount(), std::size_t(2));
        QCOMPARE(errors(*part), std::size_t(0));
        QVERIFY(!debug::extract(model, {named(model, "minus"), named(model, "keep")}).ok());
    }

    void aPieceOfAnotherVersionIsConvertedOrRefused()
    {
        const Model model = fromText(chain);
        Model piece = fromText(R"(<ir_version: 8, opset_import: ["" : 12]>
            old (float[2,3] x) => (float[2,1] y) { y = ReduceSum <axes = [1]> (x) })");
        auto converted = edit::inOpsetsOf(piece, model, ops::OpRegistry::builtin());
        QVERIFY2(converted.ok(), converted.ok() ? "" : converted.error().text().c_str());
        QVERIFY(converted->has_value());
        QCOMPARE((*converted)->opsetVersion(""), std::int64_t(17));
        QCOMPARE((*converted)->graph.node((*converted)->graph.main().nodes.back()).inputs.size(),
                 std::size_t(2));
        piece.opsets = {{"", 3}};
        auto refused = edit::inOpsetsOf(piece, model, ops::OpRegistry::builtin());
        QVERIFY(refused.ok() || refused.error().message.find("version 3") != std::string::npos);
    }

    // Typed by somebody: nodes alone, without a header.
    void aListOfNodesIsAPiece()
    {
        const Model piece = fromText("h = Relu (x)\n[two] k, l = Split <axis = 0> (h)");
        QCOMPARE(piece.graph.main().nodes.size(), std::size_t(2));
        edit::PasteNotes notes;
        edit::PasteOptions options;
        options.notes = &notes;
        const Model model = fromText(chain);
        edit::History history(model);
        auto edit = edit::paste(model, piece, options);
        QVERIFY(edit.ok() && history.apply(*edit).ok());
        QCOMPARE(notes.connected, std::vector<std::string>{"x"});
        QVERIFY(fromText("# only a graph\ng (float x) => (float y) { y = Neg (x) }").graph.nodeCount() == 1);
    }

    void errorsInTextNameTheirPlace()
    {
        auto read = formats::modelFromText("a = Relu (x)\nb = Add (a,, ]");
        QVERIFY(!read.ok());
        const auto place = formats::placeInText(read.error());
        QVERIFY(place && place->line == 2 && place->column > 10);
        for (const char* text : {"", "hello", "<", "a =", "g () => () {", "\x01\x02", "a = Relu (x", "= ="})
            QVERIFY2(!formats::modelFromText(text).ok() || *text == '\0', text);
    }

    void largeConstantsAreInputsOfTheText()
    {
        Model model = fromText(chain);
        const auto left = edit::leaveOut(model, edit::LeftOutAs::Inputs, [](const graph::Tensor& tensor) {
            return tensor.elementCount() < 2;
        });
        QCOMPARE(left.tensors, std::size_t(1));
        QCOMPARE(left.bytes, std::int64_t(12));
        const Model back = fromText(formats::textOf(model).releaseValue().c_str());
        QCOMPARE(back.graph.main().inputs.size(), std::size_t(2));
        QCOMPARE(errors(back), std::size_t(0));
        // Back into the model that it came from, the constant is found by name.
        const Model whole = fromText(chain);
        edit::PasteNotes notes;
        edit::PasteOptions options;
        options.notes = &notes;
        QVERIFY(edit::paste(whole, back, options).ok());
        QCOMPARE(notes.connected, (std::vector<std::string>{"x", "bias"}));
    }
};

QTEST_APPLESS_MAIN(TestPieceActions)
#include "test_piece_actions.moc"
