// SPDX-License-Identifier: Apache-2.0
//
// Every law that verify() knows: a graph that keeps it passes, one that breaks it is told so, by that code.
#include "engine/graph/text.h"
#include "engine/graph/verify.h"

#include <QTest>

#include <functional>
#include <map>
#include <set>

using namespace orrery;
using namespace orrery::graph;

namespace {

// x → Relu "relu" → r → Add(r, w) "add" → y
struct Sample {
    Model model;
    ValueId x, r, w, y;
    NodeId relu, add;

    Sample()
    {
        model.opsets = {{"", 13}};
        Graph& g = model.graph;
        RegionId main = g.mainRegion();
        x = g.addValue(main, "x", ValueType::tensor(DataType::Float32, Shape::of({2})));
        r = g.addValue(main, "r");
        y = g.addValue(main, "y");
        w = g.addConstant(main, "w", Tensor::of<float>({2}, {1, 2}));
        g.main().inputs = {x};
        g.main().outputs = {y};
        relu = node("Relu", "relu", {x}, {r});
        add = node("Add", "add", {r, w}, {y});
    }

    NodeId node(std::string op, std::string name, std::vector<ValueId> in, std::vector<ValueId> out,
                RegionId region = RegionId(0))
    {
        Node n;
        n.opType = std::move(op);
        n.name = std::move(name);
        n.inputs = std::move(in);
        n.outputs = std::move(out);
        return model.graph.addNode(region, std::move(n));
    }

    // An If after r, with one subgraph that computes `inner` from r.
    RegionId branch(const std::string& inner)
    {
        Graph& g = model.graph;
        ValueId out = g.addValue(RegionId(0), "branch_out");
        NodeId parent = node("If", "if", {r}, {out});
        RegionId region = g.addRegion(parent, "then_branch");
        g.node(parent).setAttribute("then_branch", region);
        ValueId value = g.addValue(region, inner);
        node("Neg", "neg", {r}, {value}, region);
        g.region(region).outputs = {value};
        g.main().outputs.push_back(out);
        return region;
    }
};

Function function(const std::string& name, const std::vector<std::string>& calls)
{
    Function f;
    f.name = name;
    f.domain = "local";
    f.opsets = {{"", 13}, {"local", 1}};
    ValueId at = f.body.addValue(RegionId(0), "in");
    f.body.main().inputs = {at};
    int i = 0;
    for (const std::string& call : calls) {
        ValueId out = f.body.addValue(RegionId(0), "v" + std::to_string(i++));
        Node n;
        n.opType = call;
        n.domain = call == "Relu" ? "" : "local";
        n.inputs = {at};
        n.outputs = {out};
        f.body.addNode(RegionId(0), std::move(n));
        at = out;
    }
    f.body.main().outputs = {at};
    return f;
}

const std::map<std::string, std::function<void(Sample&)>> breakers{
    {"dead-reference", [](Sample& s) { s.model.graph.removeValue(s.r); }},
    {"wrong-region", [](Sample& s) { s.model.graph.main().nodes.push_back(s.relu); }},
    {"wrong-producer", [](Sample& s) { s.model.graph.value(s.r).producer = s.add; }},
    {"missing-input", [](Sample& s) { s.model.graph.removeNode(s.relu); }},
    {"missing-output", [](Sample& s) { s.model.graph.removeNode(s.add); }},
    {"out-of-scope",
     [](Sample& s) {
         RegionId region = s.branch("inner");
         s.model.graph.node(s.add).inputs[1] = s.model.graph.region(region).outputs[0];
     }},
    {"double-source", [](Sample& s) { s.model.graph.main().inputs.push_back(s.r); }},
    {"cycle", [](Sample& s) { s.model.graph.node(s.relu).inputs[0] = s.y; }},
    {"unsorted-nodes",
     [](Sample& s) { std::swap(s.model.graph.main().nodes[0], s.model.graph.main().nodes[1]); }},
    {"duplicate-value-name", [](Sample& s) { s.model.graph.value(s.r).name = "x"; }},
    {"shadowed-name", [](Sample& s) { s.branch("x"); }},
    {"duplicate-node-name", [](Sample& s) { s.model.graph.node(s.add).name = "relu"; }},
    {"bad-node", [](Sample& s) { s.model.graph.node(s.add).opType.clear(); }},
    {"bad-initializer",
     [](Sample& s) { s.model.graph.value(s.w).type = ValueType::tensor(DataType::Float32, Shape::of({3})); }},
    {"empty-graph", [](Sample& s) { s.model.graph.main().outputs.clear(); }},
    {"dead-node",
     [](Sample& s) { s.node("Neg", "unused", {s.r}, {s.model.graph.addValue(RegionId(0), "n")}); }},
    {"duplicated-node",
     [](Sample& s) {
         ValueId again = s.model.graph.addValue(RegionId(0), "again");
         s.node("Relu", "relu2", {s.x}, {again});
         s.model.graph.main().outputs.push_back(again);
     }},
    {"unused-initializer",
     [](Sample& s) { s.model.graph.addConstant(RegionId(0), "unused", Tensor::scalar(1.0f)); }},
    {"missing-opset-import", [](Sample& s) { s.model.opsets.clear(); }},
    {"bad-opset-import",
     [](Sample& s) {
         s.model.opsets.push_back({"ai.onnx", 12});
     }},
    {"duplicate-function",
     [](Sample& s) {
         s.model.functions = {function("f", {"Relu"}), function("f", {"Relu"})};
     }},
    {"recursive-function",
     [](Sample& s) {
         s.model.functions = {function("f", {"g"}), function("g", {"h"}), function("h", {"f"})};
     }},
    {"inline-budget",
     [](Sample& s) {
         for (int i = 0; i < 64; ++i)
             s.model.functions.push_back(
                 function("f" + std::to_string(i),
                          i == 63 ? std::vector<std::string>{"Relu"}
                                  : std::vector<std::string>(2, "f" + std::to_string(i + 1))));
         s.model.opsets.push_back({"local", 1});
         s.model.graph.node(s.relu).domain = "local";
         s.model.graph.node(s.relu).opType = "f0";
     }},
    {"attribute-reference",
     [](Sample& s) {
         Attribute attribute;
         attribute.name = "alpha";
         attribute.reference = "alpha";
         s.model.graph.node(s.relu).attributes.push_back(attribute);
     }},
};

const Problem* find(const std::vector<Problem>& problems, const std::string& code)
{
    for (const Problem& problem : problems)
        if (problem.code == code)
            return &problem;
    return nullptr;
}

} // namespace

class TestVerify : public QObject {
    Q_OBJECT

private slots:
    void aGoodGraphPasses();
    void everyLawIsChecked_data();
    void everyLawIsChecked();
    void recursionThroughASubgraphIsFound();
    void problemsNameNodeAndRemedy();
    void problemsOfOneKindAreCapped();
    void longChainsNeedNoStack();
    void textShowsTheGraph();
};

void TestVerify::aGoodGraphPasses()
{
    Sample sample;
    auto problems = verify(sample.model);
    QVERIFY2(problems.empty(), problems.empty() ? "" : problems.front().text.c_str());
    sample.branch("inner");
    problems = verify(sample.model);
    QVERIFY2(problems.empty(), problems.empty() ? "" : problems.front().text.c_str());
}

void TestVerify::everyLawIsChecked_data()
{
    QTest::addColumn<QString>("code");
    for (const CheckInfo& check : checks())
        QTest::newRow(check.code.c_str()) << QString::fromStdString(check.code);
}

void TestVerify::everyLawIsChecked()
{
    QFETCH(QString, code);
    auto breaker = breakers.find(code.toStdString());
    QVERIFY2(breaker != breakers.end(), "there is no graph that breaks this law; add one");
    Sample sample;
    breaker->second(sample);
    auto problems = verify(sample.model);
    const Problem* problem = find(problems, code.toStdString());
    QVERIFY2(problem != nullptr, problems.empty() ? "nothing found" : problems.front().text.c_str());
    QVERIFY(!problem->text.empty());
}

void TestVerify::recursionThroughASubgraphIsFound()
{
    Sample sample;
    Function f = function("f", {"Relu"});
    NodeId parent = f.body.main().nodes.front();
    RegionId region = f.body.addRegion(parent, "then_branch");
    f.body.node(parent).setAttribute("then_branch", region);
    ValueId out = f.body.addValue(region, "out");
    Node call;
    call.opType = "f";
    call.domain = "local";
    call.outputs = {out};
    f.body.addNode(region, std::move(call));
    f.body.region(region).outputs = {out};
    sample.model.functions = {f};
    const auto problems = verify(sample.model);
    const Problem* problem = find(problems, "recursive-function");
    QVERIFY(problem != nullptr);
    QVERIFY2(problem->text.find("f → f") != std::string::npos, problem->text.c_str());
}

void TestVerify::problemsNameNodeAndRemedy()
{
    Sample sample;
    sample.model.graph.removeNode(sample.relu);
    const auto problems = verify(sample.model);
    const Problem* problem = find(problems, "missing-input");
    QVERIFY(problem != nullptr);
    QCOMPARE(problem->node, std::string("add"));
    QCOMPARE(problem->nodeId, sample.add);
    QVERIFY(problem->text.find("\"r\"") != std::string::npos);
    QVERIFY(!problem->remedy.empty());
}

void TestVerify::problemsOfOneKindAreCapped()
{
    Sample sample;
    for (int i = 0; i < 5000; ++i)
        sample.model.graph.addConstant(RegionId(0), "u" + std::to_string(i), Tensor::scalar(1.0f));
    auto problems = verify(sample.model);
    QCOMPARE(problems.size(), std::size_t(101));
    QVERIFY(problems.back().text.find("4900 more") != std::string::npos);
}

void TestVerify::longChainsNeedNoStack()
{
    Sample sample;
    Graph& g = sample.model.graph;
    ValueId at = sample.y;
    for (int i = 0; i < 200'000; ++i) {
        ValueId next = g.addValue(RegionId(0), "c" + std::to_string(i));
        sample.node("Relu", "", {at}, {next});
        at = next;
    }
    g.main().outputs = {at};
    for (int i = 0; i < 2000; ++i)
        sample.model.functions.push_back(function(
            "f" + std::to_string(i), {i + 1 < 2000 ? "f" + std::to_string(i + 1) : std::string("Relu")}));
    QVERIFY(!hasErrors(verify(sample.model)));
}

void TestVerify::textShowsTheGraph()
{
    Sample sample;
    sample.model.graph.node(sample.relu).setAttribute("shape", std::vector<std::int64_t>{3, 3});
    sample.branch("inner");
    QCOMPARE(QString::fromStdString(toText(sample.model.graph)),
             QString("graph (%x: float 2) -> (%y, %branch_out)\n"
                     "  const %w: float 2 = [1, 2]\n"
                     "  %r = Relu(%x) {shape=[3, 3]} \"relu\"\n"
                     "  %y = Add(%r, %w) \"add\"\n"
                     "  %branch_out = If(%r) {then_branch=graph} \"if\"\n"
                     "    then_branch () -> (%inner)\n"
                     "      %inner = Neg(%r) \"neg\"\n"));
}

QTEST_GUILESS_MAIN(TestVerify)
#include "test_verify.moc"
