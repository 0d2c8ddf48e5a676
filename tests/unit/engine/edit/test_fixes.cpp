// SPDX-License-Identifier: Apache-2.0
//
// Fixes: what is offered for a problem takes it away, in one step that can be taken back; what is best for
// the readers, too, comes first.
#include "engine/edit/fixes.h"
#include "engine/formats/schema_check.h"
#include "engine/graph/verify.h"
#include "engine/passes/infer.h"
#include "tests/unit/engine/plan/text_model.h"

#include <QtTest>
#include <fmt/format.h>

#include <algorithm>

using namespace orrery;

namespace {

const ops::OpRegistry& builtin() { return ops::OpRegistry::builtin(); }

std::vector<Problem> problemsOf(const graph::Model& model)
{
    std::vector<Problem> all = graph::verify(model);
    const passes::Inference inference = passes::inferTypes(model, builtin());
    all.insert(all.end(), inference.problems.begin(), inference.problems.end());
    const auto demanded = formats::checkSchemas(model, inference.types, inference.problems);
    all.insert(all.end(), demanded.begin(), demanded.end());
    return all;
}

const Problem* find(const std::vector<Problem>& problems, const std::string& code)
{
    auto found = std::find_if(problems.begin(), problems.end(),
                              [&](const Problem& problem) { return problem.code == code; });
    return found == problems.end() ? nullptr : &*found;
}

graph::Graph typed(const graph::Model& model)
{
    graph::Graph graph = model.graph;
    const auto types = passes::inferTypes(model, builtin()).types;
    for (std::size_t i = 0; i < graph.valueSlots(); ++i)
        if (graph.contains(ValueId(i)))
            graph.value(ValueId(i)).type = types[i];
    return graph;
}

std::string model(const char* signature, const char* constants, const char* nodes, int opset = 13)
{
    return fmt::format("<ir_version: 8, opset_import: [\"\": {}]>\ng {}\n{} {{\n{}\n}}", opset, signature,
                       constants, nodes);
}

} // namespace

class TestFixes : public QObject {
    Q_OBJECT
private slots:
    void theBestFixTakesTheProblemAway_data()
    {
        QTest::addColumn<QString>("text");
        QTest::addColumn<QString>("code");
        QTest::addColumn<QString>("title");
        auto row = [](const char* name, const std::string& text, const char* code, const char* title) {
            QTest::newRow(name) << QString::fromStdString(text) << code << title;
        };
        row("types", model("(float[4] x, int64[4] i) => (float[4] y)", "", "y = Add(x, i)"), "shape-mismatch",
            "Insert Cast to float at input 1");
        row("types, and who reads it",
            model("(float[4] x, int64[4] i) => (float[4] y)", "<float[4] c = {1,2,3,4}>",
                  "s = Add(x, i)\ny = Mul(s, c)"),
            "shape-mismatch", "Insert Cast to float at input 1");
        row("a condition", model("(float[4] x, float[4] c) => (float[4] y)", "", "y = Where(c, x, x)"),
            "shape-mismatch", "Insert Cast to bool at input 0");
        row("a bias to channels",
            model("(float[N,64,8,8] x, float[64] b) => (float[N,64,8,8] y)", "", "y = Add(x, b)"),
            "shape-mismatch", "Insert Unsqueeze of axes 1, 2 at input 1");
        row("the same before opset 13",
            model("(float[N,64,8,8] x, float[64] b) => (float[N,64,8,8] y)", "", "y = Add(x, b)", 12),
            "shape-mismatch", "Insert Unsqueeze of axes 1, 2 at input 1");
        row("a transposed weight",
            model("(float[N,64] x, float[10,64] w) => (float[N,10] y)", "", "y = Gemm(x, w)"),
            "shape-mismatch", "Set transB to 1");
        row("a matrix the wrong way",
            model("(float[N,64] x, float[10,64] w) => (float[N,10] y)", "", "y = MatMul(x, w)"),
            "shape-mismatch", "Insert Transpose to [1, 0] at input 1");
        row("a picture into a layer",
            model("(float[N,4,3,3] x, float[36,10] w) => (float[N,10] y)", "", "y = Gemm(x, w)"),
            "shape-mismatch", "Insert Flatten at input 0");
        row("channels last",
            model("(float[N,32,32,3] x, float[8,3,3,3] w) => (float[N,8,30,30] y)", "", "y = Conv(x, w)"),
            "shape-mismatch", "Insert Transpose to [0, 3, 1, 2] at input 0");
        row("an axis that is not there",
            model("(float[N,3] x, float[N,3] z) => (float[N,6] y)", "", "y = Concat<axis=3>(x, z)"),
            "shape-mismatch", "Set axis to 1");
        row("nothing gives it", model("(float[4] x) => (float[4] y)", "", "y = Add(x, lost)"),
            "missing-input", "Make \"lost\" a graph input");
        row("declared otherwise", model("(float[4] x) => (float[5] y)", "", "y = Relu(x)"),
            "declared-type-mismatch", "Declare \"y\" as float 4");
        row("out of order", model("(float[4] x) => (float[4] y)", "", "y = Relu(h)\nh = Exp(x)"),
            "unsorted-nodes", "Sort the nodes");
        row("nobody reads it", model("(float[4] x) => (float[4] y)", "", "h = Exp(x)\ny = Relu(x)"),
            "dead-node", "Delete the node");
        row("the same name twice",
            model("(float[4] x) => (float[4] y)", "", "[a] h = Exp(x)\n[a] y = Relu(h)"),
            "duplicate-node-name", "Rename to \"a_1\"");
        row("an attribute that is not there",
            model("(float[4] x) => (float[4] y)", "", "y = Relu<axis=1>(x)"), "unknown-attribute",
            "Remove the attribute \"axis\"");
        row("an output without a type", model("(float[4] x) => (y)", "", "y = Relu(x)"), "untyped-value",
            "Declare \"y\" as float 4");
        row("another opset", model("(float[4] x) => (float[4] y)", "", "y = Gelu(x)", 19), "unknown-op",
            "Convert the model to opset 20");
    }
    void theBestFixTakesTheProblemAway()
    {
        QFETCH(QString, text);
        QFETCH(QString, code);
        QFETCH(QString, title);
        const graph::Model before = test::modelOf(text.toStdString().c_str());
        const auto problems = problemsOf(before);
        const Problem* problem = find(problems, code.toStdString());
        QVERIFY2(problem != nullptr, "the model does not have the problem");
        const auto fixes = edit::fixesFor(before, typed(before), builtin(), *problem);
        QVERIFY(!fixes.empty());
        QCOMPARE(QString::fromStdString(fixes.front().title), title);
        for (const edit::Fix& fix : fixes) {
            graph::Model after = before;
            auto back = graph::apply(after, fix.edit);
            QVERIFY2(back.ok(), fix.title.c_str());
            const auto left = problemsOf(after);
            const Problem* still = find(left, code.toStdString());
            QVERIFY2(still == nullptr || still->nodeId != problem->nodeId, fix.title.c_str());
            test::valueOf(graph::apply(after, *back));
            QVERIFY(graph::equal(after, before));
        }
    }

    void whatNothingHelpsGetsNoFix()
    {
        const graph::Model hopeless =
            test::modelOf(model("(float[3] x, float[5] z) => (float[5] y)", "", "y = Add(x, z)").c_str());
        const auto problems = problemsOf(hopeless);
        for (const edit::Fix& fix : edit::fixesFor(hopeless, typed(hopeless), builtin(), problems.front()))
            QVERIFY2(fix.title.starts_with("Insert Unsqueeze"), fix.title.c_str()); // broadcast to 3×5
        Problem unknown;
        unknown.code = "no-such-code";
        QVERIFY(edit::fixesFor(hopeless, typed(hopeless), builtin(), unknown).empty());
        unknown.code = "shape-mismatch";
        unknown.nodeId = NodeId(77);
        QVERIFY(edit::fixesFor(hopeless, typed(hopeless), builtin(), unknown).empty());
    }
};

QTEST_GUILESS_MAIN(TestFixes)
#include "test_fixes.moc"
