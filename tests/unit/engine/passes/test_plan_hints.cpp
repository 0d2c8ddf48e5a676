// SPDX-License-Identifier: Apache-2.0
//
// Plan hints on small graphs: results that stay, to the bit where that is promised; hints that do not fit are
// told and leave the graph alone; hints and graphs that were made to be a burden are bearable.
#include "engine/graph/text.h"
#include "engine/graph/verify.h"
#include "tests/unit/engine/plan/text_model.h"

#include <QtTest>

#include <cmath>
#include <cstring>

using namespace orrery;
using passes::PlanHints;

namespace {

// A value that is needed twice, a chain with a fork, a body that reads from outside.
constexpr const char* various = R"(<ir_version: 8, opset_import: ["": 13]>
g (float[6,8] x) => (float[6,8] y, float[6,4] z, float[6,8] q)
<float[8,8] w, float[8,4] v, float one = {1.0}, bool yes = {1}> {
   r = Tanh (x)
   m = MatMul (r, r_t)
   r_t = Transpose <perm = [1, 0]> (x)
   n = MatMul (m, r)
   y = Add (n, r)
   h = Sigmoid (y)
   e = Erf (h)
   t = Add (e, one)
   u = Mul (h, t)
   z = ReduceSum <keepdims = 1> (u, axes)
   axes = Constant <value = int64[1] {1}> ()
   s = Softmax <axis = 1> (u)
   q = If (yes) <then_branch = a () => (float[6,8] a1) { a1 = Neg (s) }, else_branch = b () => (float[6,8] b1) { b1 = Abs (s) }>
})";

std::string sample()
{
    std::string text = various;
    auto drop = [&](const std::string& part, const std::string& by) {
        text.replace(text.find(part), part.size(), by);
    };
    drop("float[8,8] w, float[8,4] v, ", "");
    drop("float[6,4] z", "float[6,1] z");
    return text;
}

struct Followed {
    graph::Model before;
    graph::Model after;
    std::vector<Problem> problems;
    std::size_t count = 0;
};

Followed follow(const std::string& text, const PlanHints& hints)
{
    passes::PipelineOptions options;
    options.level = passes::OptimizeLevel::None;
    Followed result;
    result.before =
        test::valueOf(passes::compile(test::modelOf(text), options, ops::OpRegistry::builtin())).compute;
    result.after = result.before;
    result.count = test::valueOf(
        passes::applyPlanHints(result.after, hints, ops::OpRegistry::builtin(), result.problems));
    for (const Problem& problem : graph::verify(result.after))
        if (problem.severity == Severity::Error)
            qFatal("%s", problem.text.c_str());
    return result;
}

std::vector<std::vector<std::byte>> outputsOf(const std::string& text, const PlanHints& hints)
{
    return test::runOf(test::planOf(text, hints), {}).outputs;
}

double farthest(const std::vector<std::byte>& a, const std::vector<std::byte>& b)
{
    if (a.size() != b.size())
        return INFINITY;
    std::vector<float> x(a.size() / sizeof(float)), y(x.size());
    std::memcpy(x.data(), a.data(), a.size());
    std::memcpy(y.data(), b.data(), b.size());
    double worst = 0;
    for (std::size_t i = 0; i < x.size(); ++i)
        worst =
            std::max(worst, std::abs(double(x[i]) - double(y[i])) / std::max(1.0, std::abs(double(x[i]))));
    return worst;
}

QByteArray textsOf(const std::vector<Problem>& problems)
{
    QByteArray text;
    for (const Problem& problem : problems)
        text += QByteArray::fromStdString(problem.text) + "\n";
    return text;
}

} // namespace

class TestPlanHints : public QObject {
    Q_OBJECT

private slots:
    void computedAgainAndInAnotherOrderTheResultsAreTheSameBits()
    {
        PlanHints hints;
        hints.recompute = {{"r", {"n", "y"}}, {"h", {"u"}}, {"r/again", {"n"}}};
        hints.order = {"r_t", "r", "m", "s", "q"};
        Followed followed = follow(sample(), hints);
        QVERIFY2(followed.problems.empty(), textsOf(followed.problems));
        QCOMPARE(followed.count, std::size_t(4));
        QVERIFY(outputsOf(sample(), hints) == outputsOf(sample(), {}));
    }

    void heldNarrowerTheResultsStayWithinItsRounding_data()
    {
        QTest::addColumn<int>("type");
        QTest::addColumn<double>("bound");
        QTest::newRow("float16") << int(graph::DataType::Float16) << std::ldexp(1.0, -9);
        QTest::newRow("bfloat16") << int(graph::DataType::BFloat16) << std::ldexp(1.0, -6);
    }
    void heldNarrowerTheResultsStayWithinItsRounding()
    {
        QFETCH(int, type);
        QFETCH(double, bound);
        PlanHints hints;
        hints.hold = {{"y", static_cast<graph::DataType>(type), {"h"}}};
        auto before = outputsOf(sample(), {}), after = outputsOf(sample(), hints);
        QVERIFY(after.front() == before.front()); // y itself
        QVERIFY(after.back() != before.back());
        QVERIFY(farthest(before.back(), after.back()) < bound);
    }

    void inSlicesTheResultsAreTheSame_data()
    {
        QTest::addColumn<int>("axis");
        QTest::addColumn<int>("parts");
        QTest::addColumn<QString>("nodes");
        QTest::newRow("fork, halves") << 0 << 2 << "h e t u";
        QTest::newRow("fork, uneven") << 0 << 4 << "h e t u";
        QTest::newRow("fork, one row each") << -2 << 6 << "h e t u";
        QTest::newRow("other axis") << 1 << 3 << "h e t u";
        QTest::newRow("rows of a product") << 0 << 3 << "n y";
    }
    void inSlicesTheResultsAreTheSame()
    {
        QFETCH(int, axis);
        QFETCH(int, parts);
        QFETCH(QString, nodes);
        PlanHints hints;
        hints.chunk.push_back({{}, axis, parts});
        for (const QString& node : nodes.split(' '))
            hints.chunk.front().nodes.push_back(node.toStdString());
        Followed followed = follow(sample(), hints);
        QVERIFY2(followed.problems.empty(), textsOf(followed.problems));
        auto before = outputsOf(sample(), {}), after = outputsOf(sample(), hints);
        for (std::size_t i = 0; i < before.size(); ++i)
            QVERIFY2(farthest(before[i], after[i]) <= 1e-6, std::to_string(i).c_str());
    }

    void whatDoesNotFitIsToldAndLeftOut_data()
    {
        QTest::addColumn<QString>("hint");
        QTest::addColumn<QString>("said");
        QTest::newRow("recompute unknown") << "recompute nothing y"
                                           << "no value \"nothing\"";
        QTest::newRow("recompute input") << "recompute x r"
                                         << "no node makes it";
        QTest::newRow("recompute for who does not read") << "recompute r z"
                                                         << "takes no input \"r\"";
        QTest::newRow("recompute for nobody") << "recompute r"
                                              << "no reader of \"r\" is named";
        QTest::newRow("recompute body") << "recompute q y"
                                        << "it runs a body";
        QTest::newRow("recompute for a body") << "recompute s q"
                                              << "takes no input \"s\"";
        QTest::newRow("recompute into a body") << "recompute s a1"
                                               << "from another graph";
        QTest::newRow("hold unknown") << "hold nothing y"
                                      << "no value \"nothing\"";
        QTest::newRow("hold integers") << "hold axes z"
                                       << "float16 is not narrower than int64";
        QTest::newRow("hold constant") << "hold one t"
                                       << "it is a constant";
        QTest::newRow("chunk unknown") << "chunk h nothing"
                                       << "no node that makes \"nothing\"";
        QTest::newRow("chunk with a leak") << "chunk h e t"
                                           << "needed outside of the chain";
        QTest::newRow("chunk along what is summed") << "chunk n"
                                                    << "does not treat slices along axis 1 apart";
        QTest::newRow("chunk upside down") << "chunk e h"
                                           << "stands before what it reads";
        QTest::newRow("chunk twice") << "chunk h h"
                                     << "named twice";
        QTest::newRow("chunk control") << "chunk q"
                                       << "does not treat slices";
        QTest::newRow("order backwards") << "order y n"
                                         << "would read what \"n\" has not computed yet";
        QTest::newRow("order unknown") << "order nothing"
                                       << "1 of its 1 nodes are not in the main graph";
    }
    void whatDoesNotFitIsToldAndLeftOut()
    {
        QFETCH(QString, hint);
        QFETCH(QString, said);
        std::vector<std::string> words;
        for (const QString& word : hint.split(' '))
            words.push_back(word.toStdString());
        std::vector<std::string> rest(words.begin() + 1, words.end());
        std::vector<std::string> readers(rest.begin() + 1, rest.end());
        PlanHints hints;
        if (words.front() == "recompute")
            hints.recompute = {{rest.front(), readers}};
        else if (words.front() == "hold")
            hints.hold = {{rest.front(), graph::DataType::Float16, readers}};
        else if (words.front() == "chunk")
            hints.chunk = {{rest, 1, 2}};
        else
            hints.order = rest;
        Followed followed = follow(sample(), hints);
        QCOMPARE(followed.count, std::size_t(0));
        QCOMPARE(followed.problems.size(), std::size_t(1));
        QCOMPARE(followed.problems.front().severity, Severity::Warning);
        QCOMPARE(followed.problems.front().code, std::string("plan-hint"));
        QVERIFY2(QString::fromStdString(followed.problems.front().text).contains(said),
                 textsOf(followed.problems));
        QCOMPARE(graph::toText(followed.after.graph), graph::toText(followed.before.graph));
    }

    void partsAreAtLeastTwoAndNoMoreThanTheAxisIsLong()
    {
        for (std::int64_t parts :
             {std::int64_t(-1), std::int64_t(0), std::int64_t(1), std::int64_t(7), INT64_MAX}) {
            PlanHints hints;
            hints.chunk = {{{"h", "e", "t", "u"}, 0, parts}};
            Followed followed = follow(sample(), hints);
            QCOMPARE(followed.problems.size(), std::size_t(1));
            QVERIFY2(followed.problems.front().text.find("cannot be cut") != std::string::npos,
                     textsOf(followed.problems));
        }
        for (std::int64_t axis : {std::int64_t(2), std::int64_t(-3), INT64_MAX, INT64_MIN}) {
            PlanHints hints;
            hints.chunk = {{{"h"}, axis, 2}};
            QCOMPARE(follow(sample(), hints).problems.size(), std::size_t(1));
        }
    }

    void theOthersAreFollowedWhenOneIsNot()
    {
        PlanHints hints;
        hints.recompute = {{"nothing", {"y"}}, {"r", {"y", "nobody"}}};
        Followed followed = follow(sample(), hints);
        QCOMPARE(followed.count, std::size_t(1));
        QCOMPARE(followed.problems.size(), std::size_t(2));
        QVERIFY(graph::toText(followed.after.graph).find("r/again") != std::string::npos);
    }

    void partsOfAChainKeepTheirOriginsAndTypes()
    {
        PlanHints hints;
        hints.chunk = {{{"h", "e", "t", "u"}, 0, 4}};
        hints.hold = {{"y", graph::DataType::Float16, {"h"}}};
        hints.recompute = {{"h", {"e"}}};
        Followed followed = follow(sample(), hints);
        const graph::Graph& graph = followed.after.graph;
        for (NodeId id : graph.liveNodes()) {
            QVERIFY2(!graph.node(id).origins.empty(), graph.node(id).displayName().c_str());
            for (ValueId output : graph.node(id).outputs)
                QVERIFY(graph.value(output).type.shape && graph.value(output).type.shape->isStatic());
        }
    }

    void manyHintsAreBearable()
    {
        PlanHints hints;
        for (int i = 0; i < 200'000; ++i) {
            hints.recompute.push_back({"r", {"y", "n"}});
            hints.hold.push_back({"nothing", graph::DataType::Float16, {"y"}});
            hints.order.push_back("nobody" + std::to_string(i));
        }
        hints.hold.push_back({"y", graph::DataType::Float16, std::vector<std::string>(500'000, "h")});
        hints.chunk.push_back({std::vector<std::string>(300'000, "h"), 0, 2});
        Followed followed = follow(sample(), hints);
        QVERIFY(followed.problems.size() < 200);
        QVERIFY(followed.problems.back().text.find("more hints are not followed") != std::string::npos);
        QVERIFY(followed.after.graph.nodeCount() < followed.before.graph.nodeCount() + 10);
    }

    // Every part would copy all attributes and inputs of every node.
    void moreThanAGraphCanBearIsRefused()
    {
        std::string text =
            "<ir_version: 8, opset_import: [\"\": 13]>\ng (float[1000000] x) => (float[1000000] y) {\n"
            "a0 = Neg (x)\n";
        for (int i = 1; i < 20; ++i)
            text += "a" + std::to_string(i) + " = Abs (a" + std::to_string(i - 1) + ")\n";
        text += "y = Neg (a19)\n}";
        PlanHints hints;
        hints.chunk.push_back({{}, 0, 1000000});
        for (int i = 0; i < 20; ++i)
            hints.chunk.front().nodes.push_back("a" + std::to_string(i));
        Followed followed = follow(text, hints);
        QCOMPARE(followed.count, std::size_t(0));
        QVERIFY2(followed.problems.front().text.find("too large") != std::string::npos,
                 textsOf(followed.problems));
    }

    void theLongestChainAroundANodeGoesOverForks()
    {
        Followed followed = follow(sample(), {});
        const graph::Graph& graph = followed.before.graph;
        std::vector<graph::ValueType> types;
        NodeId erf;
        for (std::size_t i = 0; i < graph.valueSlots(); ++i) {
            types.push_back(graph.value(ValueId(i)).type);
            if (graph.value(ValueId(i)).name == "e")
                erf = graph.value(ValueId(i)).producer;
        }
        passes::ChunkHint chain = passes::chunkableChain(graph, erf, types);
        QCOMPARE(chain.axis, std::int64_t(0));
        QCOMPARE(chain.nodes, (std::vector<std::string>{"h", "e", "t", "u"}));
    }
};

QTEST_GUILESS_MAIN(TestPlanHints)
#include "test_plan_hints.moc"
