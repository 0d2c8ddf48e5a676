// SPDX-License-Identifier: Apache-2.0
//
// What each action of the user makes of a graph, as text; that undo gives back an equal model; and that
// incremental inference knows what full inference knows.
#include "engine/edit/actions.h"
#include "engine/edit/difference.h"
#include "engine/edit/history.h"
#include "engine/graph/verify.h"
#include "engine/passes/function_body.h"
#include "engine/passes/incremental_infer.h"

#include <QTest>

using namespace orrery;
using namespace orrery::edit;
using graph::Graph;
using graph::Model;

namespace {

// x → Relu "relu" → r → Add(r, w) "add" → s → Sigmoid "sig" → y; If(flag) "if" { Neg(r) → n } → z
struct Sample {
    Model model;
    ValueId x, r, w, s, y, flag, z, n;
    NodeId relu, add, sig, branch, neg;
    RegionId body;

    Sample()
    {
        model.irVersion = 8;
        model.opsets = {{"", 17}};
        Graph& g = model.graph;
        RegionId main = g.mainRegion();
        x = g.addValue(main, "x", type({4, 3}));
        r = g.addValue(main, "r");
        w = g.addConstant(main, "w", graph::Tensor::of<float>({3}, {1, 2, 3}));
        s = g.addValue(main, "s");
        y = g.addValue(main, "y", type({4, 3}));
        flag = g.addConstant(main, "flag", graph::Tensor::scalar(true));
        z = g.addValue(main, "z");
        g.main().inputs = {x};
        g.main().outputs = {y, z};
        relu = node("Relu", "relu", {x}, {r}, main);
        add = node("Add", "add", {r, w}, {s}, main);
        sig = node("Sigmoid", "sig", {s}, {y}, main);
        branch = node("If", "if", {flag}, {z}, main);
        body = g.addRegion(branch, "then_branch");
        g.node(branch).setAttribute("then_branch", body);
        n = g.addValue(body, "n");
        neg = node("Neg", "neg", {r}, {n}, body);
        g.region(body).outputs = {n};
        RegionId other = g.addRegion(branch, "else_branch");
        g.node(branch).setAttribute("else_branch", other);
        ValueId m = g.addValue(other, "m");
        node("Abs", "abs", {r}, {m}, other);
        g.region(other).outputs = {m};
    }

    static graph::ValueType type(graph::Dims dims)
    {
        return graph::ValueType::tensor(graph::DataType::Float32, graph::Shape::of(dims));
    }

    NodeId node(std::string op, std::string name, std::vector<ValueId> in, std::vector<ValueId> out,
                RegionId region)
    {
        graph::Node made;
        made.opType = std::move(op);
        made.name = std::move(name);
        made.inputs = std::move(in);
        made.outputs = std::move(out);
        return model.graph.addNode(region, std::move(made));
    }
};

std::string names(const Graph& graph, const std::vector<ValueId>& ids)
{
    std::string text;
    for (ValueId id : ids)
        text += (text.empty() ? "" : ",") + (id.valid() ? graph.value(id).name : "_");
    return text;
}

// "r=Relu(x); z=If(flag){n=Neg(r); ->n}; x->y,z"
std::string text(const Graph& graph, RegionId id = RegionId(0))
{
    const graph::Region& region = graph.region(id);
    std::string result;
    for (NodeId nodeId : region.nodes) {
        const graph::Node& node = graph.node(nodeId);
        result += names(graph, node.outputs) + "=" + (node.domain.empty() ? "" : node.domain + ".") +
                  node.opType + "(" + names(graph, node.inputs) + ")";
        for (RegionId inner : node.regions())
            result += "{" + text(graph, inner) + "}";
        result += "; ";
    }
    return result + names(graph, region.inputs) + "->" + names(graph, region.outputs);
}

const std::string rest = "z=If(flag){n=Neg(r); ->n}{m=Abs(r); ->m}; x->y,z";

std::vector<std::string> errorsOf(const Model& model)
{
    std::vector<std::string> errors;
    for (const Problem& problem : graph::verify(model))
        if (problem.severity == Severity::Error)
            errors.push_back(problem.code + ": " + problem.text);
    return errors;
}

// Applies it, compares, checks that both kinds of inference agree, undoes it and compares.
void check(const Sample& sample, const Result<graph::Edit>& edit, const std::string& expected,
           std::size_t errors = 0)
{
    QVERIFY2(edit.ok(), edit.ok() ? "" : edit.error().text().c_str());
    QVERIFY(!graph::editName(*edit).empty());
    History history(sample.model);
    passes::IncrementalInference inference(history.model(), ops::OpRegistry::builtin());
    auto touched = history.apply(*edit);
    QVERIFY2(touched.ok(), touched.ok() ? "" : touched.error().text().c_str());
    QCOMPARE(QString::fromStdString(text(history.model().graph)), QString::fromStdString(expected));
    auto found = errorsOf(history.model());
    QVERIFY2(found.size() == errors, found.empty() ? "" : found.front().c_str());
    inference.update(history.model(), *touched);
    passes::Inference full = passes::inferTypes(history.model(), ops::OpRegistry::builtin());
    QVERIFY(inference.types() == full.types);
    auto undone = history.undo();
    QVERIFY(undone.ok());
    QVERIFY(graph::equal(history.model(), sample.model));
    inference.update(history.model(), *undone);
    full = passes::inferTypes(history.model(), ops::OpRegistry::builtin());
    for (std::size_t i = 0; i < full.types.size(); ++i)
        if (history.model().graph.contains(ValueId(i)))
            QVERIFY(inference.types()[i] == full.types[i]);
}

void refuses(const Result<graph::Edit>& edit, const char* says)
{
    QVERIFY(!edit.ok());
    QVERIFY2(edit.error().text().find(says) != std::string::npos, edit.error().text().c_str());
}

} // namespace

class TestActions : public QObject {
    Q_OBJECT

private slots:
    void insertsOnAnEdge()
    {
        Sample s;
        check(s, insertOnEdge(s.model, {s.add, RegionId(0), 0}, {"Neg"}),
              "r=Relu(x); neg_1_out=Neg(r); s=Add(neg_1_out,w); y=Sigmoid(s); " + rest);
        refuses(insertOnEdge(s.model, {s.add, RegionId(0), 5}, {"Neg"}), "input 5");
        refuses(insertOnEdge(s.model, {s.add, RegionId(0), 0}, {""}), "operator");
    }

    void insertsInABody()
    {
        Sample s;
        check(s, insertOnEdge(s.model, {s.neg, s.body, 0}, {"Tanh"}),
              "r=Relu(x); s=Add(r,w); y=Sigmoid(s); z=If(flag){tanh_out=Tanh(r); n=Neg(tanh_out); "
              "->n}{m=Abs(r); ->m}; x->y,z");
    }

    void aGraphOutputKeepsItsNameWhenSomethingIsInsertedBeforeIt()
    {
        Sample s;
        check(s, insertOnEdge(s.model, {NodeId(), RegionId(0), 0}, {"Neg"}),
              "r=Relu(x); s=Add(r,w); y_in=Sigmoid(s); " + rest.substr(0, rest.find("x->")) +
                  "y=Neg(y_in); x->y,z");
    }

    void insertsForAllReaders()
    {
        Sample s;
        check(s, insertAfter(s.model, s.r, {"Tanh"}),
              "r=Relu(x); tanh_out=Tanh(r); s=Add(tanh_out,w); y=Sigmoid(s); "
              "z=If(flag){n=Neg(tanh_out); ->n}{m=Abs(tanh_out); ->m}; x->y,z");
    }

    void bypassMakesAnIdentity()
    {
        Sample s;
        check(s, bypass(s.model, s.add), "r=Relu(x); s=Identity(r); y=Sigmoid(s); " + rest);
        refuses(bypass(s.model, s.branch, 0), "body");
        refuses(bypass(s.model, s.add, 2), "input 2");
    }

    void deletesWithReconnection()
    {
        Sample s;
        check(s, deleteNodes(s.model, {s.add}, Reconnect::Yes), "r=Relu(x); y=Sigmoid(r); " + rest);
        check(s, deleteNodes(s.model, {s.add, s.relu}, Reconnect::Yes),
              "y=Sigmoid(x); z=If(flag){n=Neg(x); ->n}{m=Abs(x); ->m}; x->y,z");
    }

    void aDeletedNodesGraphOutputIsMadeByWhatStandsForIt()
    {
        Sample s;
        check(s, deleteNodes(s.model, {s.sig}, Reconnect::Yes), "r=Relu(x); y=Add(r,w); " + rest);
        // Down to the graph input, which cannot make it.
        check(s, deleteNodes(s.model, {s.sig, s.add, s.relu}, Reconnect::Yes),
              "y=Identity(x); z=If(flag){n=Neg(x); ->n}{m=Abs(x); ->m}; x->y,z");
    }

    void deletesWithoutReconnection()
    {
        Sample s;
        check(s, deleteNodes(s.model, {s.add}, Reconnect::No), "r=Relu(x); y=Sigmoid(s); " + rest, 1);
        check(s, deleteNodes(s.model, {s.branch}, Reconnect::No),
              "r=Relu(x); s=Add(r,w); y=Sigmoid(s); x->y,z", 1);
    }

    void deletingTakesConstantsThatNothingReadsAnyMore()
    {
        Sample s;
        History history(s.model);
        auto edit = deleteNodes(s.model, {s.add}, Reconnect::Yes);
        QVERIFY(edit.ok() && history.apply(*edit).ok());
        QVERIFY(!history.model().graph.contains(s.w));
        QVERIFY(!history.model().graph.contains(s.s));
        QCOMPARE(history.model().graph.main().initializers.size(), std::size_t(1));
    }

    void replacesAnOperator()
    {
        Sample s;
        check(s, replaceOperator(s.model, s.add, "Mul", "", {}),
              "r=Relu(x); s=Mul(r,w); y=Sigmoid(s); " + rest);
        auto compatible = compatibleOperators(s.model, s.relu, ops::OpRegistry::builtin());
        QVERIFY(std::any_of(compatible.begin(), compatible.end(),
                            [](const ops::OpSpec* spec) { return spec->name == "Tanh"; }));
        QVERIFY(std::none_of(compatible.begin(), compatible.end(), [](const ops::OpSpec* spec) {
            return spec->name == "Add" || spec->name == "Relu" || spec->name == "If";
        }));
    }

    void connectsAndDisconnects()
    {
        Sample s;
        check(s, edit::connect(s.model, s.add, 1, s.x), "r=Relu(x); s=Add(r,x); y=Sigmoid(s); " + rest);
        check(s, edit::connect(s.model, s.sig, 2, s.x), "r=Relu(x); s=Add(r,w); y=Sigmoid(s,_,x); " + rest);
        check(s, edit::disconnect(s.model, s.add, 1), "r=Relu(x); s=Add(r); y=Sigmoid(s); " + rest);
        check(s, edit::disconnect(s.model, s.add, 0), "r=Relu(x); s=Add(_,w); y=Sigmoid(s); " + rest);
        refuses(edit::connect(s.model, s.relu, 0, s.s), "depends on it");
        refuses(edit::connect(s.model, s.relu, 0, s.z), "depends on it"); // by capture
        refuses(edit::connect(s.model, s.neg, 0, s.z), "depends on it");  // the body's own node
        refuses(edit::connect(s.model, s.add, 0, s.n), "subgraph");
        refuses(edit::connect(s.model, s.add, 1'000'000, s.x), "input 1000000");
    }

    void renames()
    {
        Sample s;
        check(s, renameValue(s.model, s.r, "hidden"),
              "hidden=Relu(x); s=Add(hidden,w); y=Sigmoid(s); "
              "z=If(flag){n=Neg(hidden); ->n}{m=Abs(hidden); ->m}; x->y,z");
        refuses(renameValue(s.model, s.r, "y"), "named \"y\" already");
        refuses(renameValue(s.model, s.r, "n"), "named \"n\" already"); // would be hidden in the body
        QVERIFY(renameValue(s.model, s.n, "m").ok());                   // of the other branch
        refuses(renameNode(s.model, s.add, "relu"), "named \"relu\" already");
        QVERIFY(renameNode(s.model, s.add, "sum").ok());
    }

    void inputsAndOutputsComeAndGo()
    {
        Sample s;
        const std::string nodes =
            "r=Relu(x); s=Add(r,w); y=Sigmoid(s); z=If(flag){n=Neg(r); ->n}{m=Abs(r); ->m}; ";
        check(s, addInput(s.model, RegionId(0), "x", Sample::type({1})), nodes + "x,x_1->y,z");
        check(s, removeInput(s.model, s.x), nodes + "->y,z", 1);
        check(s, addOutput(s.model, RegionId(0), s.s), nodes + "x->y,z,s");
        check(s, removeOutput(s.model, RegionId(0), 1), nodes + "x->y");
        check(s, initializerToInput(s.model, s.w), nodes + "x,w->y,z");
        refuses(removeInput(s.model, s.w), "no graph input");
        refuses(addOutput(s.model, RegionId(0), s.y), "already");
    }

    void setsAttributesAndTensors()
    {
        Sample s;
        History history(s.model);
        QVERIFY(history.apply(*setAttribute(history.model(), s.add, "axis", std::int64_t{2})).ok());
        QVERIFY(history.apply(*setAttribute(history.model(), s.add, "axis", std::int64_t{3})).ok());
        QCOMPARE(history.model().graph.node(s.add).intAttribute("axis", 0), std::int64_t(3));
        QCOMPARE(history.model().graph.node(s.add).attributes.size(), std::size_t(1));
        QVERIFY(history.apply(*setAttribute(history.model(), s.add, "axis", std::monostate())).ok());
        QVERIFY(history.model().graph.node(s.add).attributes.empty());
        refuses(setAttribute(history.model(), s.add, "axis", std::monostate()), "axis");
        auto tensor = graph::Tensor::of<float>({4, 3}, std::vector<float>(12, 1));
        QVERIFY(history.apply(*setInitializer(history.model(), s.w, tensor)).ok());
        QCOMPARE(QString::fromStdString(history.model().graph.value(s.w).type.text()), QString("float 4×3"));
        refuses(setInitializer(history.model(), s.r, tensor), "is made by relu");
        QVERIFY(history.goTo(0).ok());
        QVERIFY(graph::equal(history.model(), s.model));
    }

    void aDimGetsANameAndANumberAgain()
    {
        Sample s;
        History history(s.model);
        auto edit = makeSymbolic(s.model, ops::OpRegistry::builtin(), 0, "batch");
        QVERIFY(edit.ok() && history.apply(*edit).ok());
        QCOMPARE(QString::fromStdString(history.model().graph.value(s.x).type.text()),
                 QString("float batch×3"));
        QCOMPARE(QString::fromStdString(history.model().graph.value(s.y).type.text()),
                 QString("float batch×3"));
        edit = makeStatic(history.model(), "batch", 4);
        QVERIFY(edit.ok() && history.apply(*edit).ok());
        QVERIFY(graph::equal(history.model(), s.model));
        refuses(makeStatic(history.model(), "batch", 4), "batch");
        refuses(makeSymbolic(s.model, ops::OpRegistry::builtin(), 0, "no name"), "letters");
    }

    void duplicates()
    {
        Sample s;
        check(s, duplicate(s.model, {s.relu, s.add}),
              "r=Relu(x); s=Add(r,w); r_1=Relu(x); s_1=Add(r_1,w); y=Sigmoid(s); " + rest);
        check(s, duplicate(s.model, {s.branch}),
              "r=Relu(x); s=Add(r,w); y=Sigmoid(s); z=If(flag){n=Neg(r); ->n}{m=Abs(r); ->m}; "
              "z_1=If(flag){n_1=Neg(r); ->n_1}{m_1=Abs(r); ->m_1}; x->y,z");
        refuses(duplicate(s.model, {s.relu, s.neg}), "different graphs");
    }

    void pastesWithBoundInputsAndUniqueNames()
    {
        Sample s;
        Sample snippet;
        const std::string own =
            "r=Relu(x); s=Add(r,w); y=Sigmoid(s); z=If(flag){n=Neg(r); ->n}{m=Abs(r); ->m}; ";
        auto copy = [&](const std::string& x, const std::string& constants = "") {
            return "r_1=Relu(" + x + "); s_1=Add(r_1,w" + constants + "); y_1=Sigmoid(s_1); z_1=If(flag" +
                   constants + "){n_1=Neg(r_1); ->n_1}{m_1=Abs(r_1); ->m_1}; ";
        };
        check(s, paste(s.model, snippet.model), own + copy("x") + "x->y,z"); // equal constants are shared
        PasteOptions options;
        options.bind["x"] = s.y;
        check(s, paste(s.model, snippet.model, options), own + copy("y") + "x->y,z");
        check(s, merge(s.model, snippet.model), own + copy("x_1", "_1") + "x,x_1->y,z,y_1,z_1");
        snippet.model.graph.value(snippet.w).initializer->tensor = graph::Tensor::of<float>({3}, {1, 2, 4});
        snippet.model.graph.value(snippet.flag).initializer->tensor = graph::Tensor::scalar(false);
        check(s, paste(s.model, snippet.model), own + copy("x", "_1") + "x->y,z");
    }

    void aNameBindsOnlyWhereTheTypeFits()
    {
        Sample s;
        Sample snippet;
        PasteNotes notes;
        PasteOptions options;
        options.notes = &notes;
        snippet.model.graph.value(snippet.x).type = graph::ValueType::tensor(graph::DataType::Int64);
        auto edit = paste(s.model, snippet.model, options);
        QVERIFY(edit.ok());
        QCOMPARE(notes.open, std::vector<std::string>{"x"});
        QVERIFY(notes.connected.empty());
        QCOMPARE(notes.shared.size(), std::size_t(2));
        History history(s.model);
        QVERIFY(history.apply(*edit).ok());
        QCOMPARE(history.model().graph.main().inputs.size(), std::size_t(2));
    }

    // In a body, what the node around it makes cannot be read, whatever its name.
    void aNameDoesNotBindToWhatDependsOnTheBody()
    {
        Sample s;
        Model piece;
        piece.irVersion = 8;
        ValueId read = piece.graph.addValue(piece.graph.mainRegion(), "z");
        ValueId made = piece.graph.addValue(piece.graph.mainRegion(), "copy");
        graph::Node node;
        node.opType = "Neg";
        node.inputs = {read};
        node.outputs = {made};
        piece.graph.addNode(piece.graph.mainRegion(), node);
        PasteNotes notes;
        PasteOptions options;
        options.region = s.body;
        options.notes = &notes;
        auto edit = paste(s.model, piece, options);
        QVERIFY(edit.ok());
        QCOMPARE(notes.open, std::vector<std::string>{"z"});
        History history(s.model);
        QVERIFY(history.apply(*edit).ok());
    }

    void pastedFunctionsAndImportsCome()
    {
        Sample s;
        Sample snippet;
        auto grouped = groupAsFunction(snippet.model, {snippet.relu, snippet.add}, "block", "local");
        QVERIFY(grouped.ok() && graph::apply(snippet.model, *grouped).ok());
        History history(s.model);
        auto edit = paste(s.model, snippet.model);
        QVERIFY(edit.ok() && history.apply(*edit).ok());
        QVERIFY(history.model().findFunction("local", "block") != nullptr);
        QCOMPARE(history.model().opsetVersion("local"), std::int64_t(1));
        edit = paste(history.model(), snippet.model); // known by now
        QVERIFY(edit.ok() && history.apply(*edit).ok());
        QCOMPARE(history.model().functions.size(), std::size_t(1));
        graph::Node& inside = snippet.model.functions[0].body.node(NodeId(0));
        inside.opType = "Tanh";
        edit = paste(history.model(), snippet.model); // another of that name
        QVERIFY(edit.ok() && history.apply(*edit).ok());
        QCOMPARE(history.model().functions.size(), std::size_t(2));
        QCOMPARE(history.model().functions[1].name, std::string("block_1"));
        std::size_t calls = 0;
        for (NodeId id : history.model().graph.liveNodes())
            calls += history.model().graph.node(id).opType == "block_1" ? 1 : 0;
        QCOMPARE(calls, std::size_t(1));
    }

    void groupsAsAFunctionAndInlinesIt()
    {
        Sample s;
        auto edit = groupAsFunction(s.model, {s.relu, s.add}, "block", "local");
        check(s, edit, "r,s=local.block(x,w); y=Sigmoid(s); " + rest);
        History history(s.model);
        QVERIFY(history.apply(*edit).ok());
        QCOMPARE(QString::fromStdString(text(history.model().functions[0].body)),
                 QString("r=Relu(x); s=Add(r,w); x,w->r,s"));
        NodeId call = history.model().graph.main().nodes.front();
        auto inlined = inlineFunction(history.model(), call);
        QVERIFY2(inlined.ok() && history.apply(*inlined).ok(), "inline");
        QCOMPARE(QString::fromStdString(text(history.model().graph)),
                 QString::fromStdString("r=Relu(x); s=Add(r,w); y=Sigmoid(s); " + rest));
        QVERIFY(errorsOf(history.model()).empty());
        refuses(groupAsFunction(s.model, {s.relu, s.sig}, "block", "local"), "between the chosen nodes");
        refuses(groupAsFunction(s.model, {s.relu}, "block", ""), "domain of its own");
        refuses(inlineFunction(s.model, s.relu), "calls no function");
    }

    void anInlinedFunctionsAttributesAreTheCalls()
    {
        Sample s;
        graph::Function function;
        function.name = "act";
        function.domain = "local";
        function.attributes = {"slope"};
        Graph& body = function.body;
        ValueId in = body.addValue(RegionId(0), "in");
        ValueId out = body.addValue(RegionId(0), "out");
        body.main().inputs = {in};
        body.main().outputs = {out, in};
        graph::Node leaky;
        leaky.opType = "LeakyRelu";
        leaky.inputs = {in};
        leaky.outputs = {out};
        leaky.setAttribute("alpha", std::monostate());
        leaky.attributes[0].reference = "slope";
        body.addNode(RegionId(0), leaky);
        s.model.functions.push_back(function);
        s.model.opsets.push_back({"local", 1});
        graph::Attribute slope;
        slope.name = "slope";
        slope.value = 0.5f;
        auto call = addNode(s.model, RegionId(0), {"act", "local", {slope}, "call", {s.x}, 2});
        QVERIFY(call.ok() && graph::apply(s.model, *call).ok());
        NodeId id = s.model.graph.main().nodes.back();
        auto inlined = inlineFunction(s.model, id);
        QVERIFY2(inlined.ok(), inlined.ok() ? "" : inlined.error().text().c_str());
        History history(s.model);
        QVERIFY(history.apply(*inlined).ok());
        const Graph& graph = history.model().graph;
        const graph::Node& copied = graph.node(graph.main().nodes[4]);
        QCOMPARE(copied.floatAttribute("alpha", 0), 0.5f);
        QVERIFY(copied.attributes[0].reference.empty());
        QCOMPARE(graph.node(graph.main().nodes[5]).opType, std::string("Identity")); // in, handed on
    }

    void whatAPassDoesToACopyBecomesOneEdit()
    {
        Sample s;
        auto grouped = groupAsFunction(s.model, {s.relu, s.add}, "block", "local");
        QVERIFY(grouped.ok() && graph::apply(s.model, *grouped).ok());
        Model changed = s.model;
        QVERIFY(passes::replaceCalls(changed, passes::CallForm::Inlined).ok());
        changed.graph.removeNode(s.branch);
        changed.graph.main().outputs.pop_back();
        changed.doc = "inlined";
        auto edit = difference(s.model, changed, "Inline all");
        QVERIFY2(edit.ok(), edit.ok() ? "" : edit.error().text().c_str());
        QCOMPARE(graph::editName(*edit), std::string("Inline all"));
        History history(s.model);
        QVERIFY(history.apply(*edit).ok());
        QCOMPARE(QString::fromStdString(text(history.model().graph)),
                 QString::fromStdString(text(changed.graph)));
        QCOMPARE(history.model().doc, std::string("inlined"));
        QVERIFY(errorsOf(history.model()).empty());
        QVERIFY(history.undo().ok());
        QVERIFY(graph::equal(history.model(), s.model));
    }

    void sortsAndNames()
    {
        Sample s;
        std::swap(s.model.graph.main().nodes[0], s.model.graph.main().nodes[2]);
        check(s, sortNodes(s.model, RegionId(0)), "r=Relu(x); s=Add(r,w); y=Sigmoid(s); " + rest);
        s.model.graph.node(s.add).name.clear();
        s.model.graph.value(s.s).name.clear();
        History history(s.model);
        QVERIFY(history.apply(*nameUnnamed(s.model)).ok());
        QCOMPARE(history.model().graph.node(s.add).name, std::string("add"));
        QVERIFY(!history.model().graph.value(s.s).name.empty());
    }
};

QTEST_APPLESS_MAIN(TestActions)
#include "test_actions.moc"
