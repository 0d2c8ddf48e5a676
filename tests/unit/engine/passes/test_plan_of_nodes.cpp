// SPDX-License-Identifier: Apache-2.0
//
// What the user wants of single nodes: kept apart from a pass, on fewer threads, out of place, by another
// kernel. What was asked for holds, the rest of the graph is as it would be, results stay, origins stay, and
// what cannot be done is told.
#include "engine/graph/text.h"
#include "engine/ops/kernel_choices.h"
#include "engine/passes/node_plan.h"
#include "engine/plan/memory_plan.h"
#include "tests/unit/engine/plan/text_model.h"

#include <QtTest>

#include <cmath>
#include <cstring>

using namespace orrery;
using passes::PlanHints;

namespace {

// One opportunity for each pass that can leave nodes alone, and a second one for fuse_activation.
constexpr const char* various = R"(<ir_version: 8, opset_import: ["": 13]>
g (float[1,3,6,6] x) => (float[1,3,6,6] y, float[1,3,6,6] z)
<float[3,1,3,3] w = {1, 2, 1, 2, 4, 2, 1, 2, 1,  0, 1, 0, 1, -4, 1, 0, 1, 0,  1, 0, -1, 2, 0, -2, 1, 0, -1},
 float[3] s = {0.5, 1, 2}, float[3] b = {0, 1, 0}, float[3] m = {0.1, 0, 1}, float[3] v = {1, 2, 0.5},
 float one = {1}, float two = {2}> {
   c = Conv <group = 3, pads = [1, 1, 1, 1]> (x, w)
   n = BatchNormalization (c, s, b, m, v)
   r = Relu (n)
   i = Identity (r)
   p = Transpose <perm = [0, 2, 3, 1]> (i)
   q = Transpose <perm = [0, 3, 1, 2]> (p)
   three = Add (one, two)
   t = Mul (q, three)
   d = Sigmoid (t)
   e = Sigmoid (t)
   y = Sub (d, e)
   a = Add (t, x)
   z = Relu (a)
})";

passes::Compiled compiled(const PlanHints& hints)
{
    passes::PipelineOptions options;
    options.hints = hints;
    return test::valueOf(passes::compile(test::modelOf(various), options, ops::OpRegistry::builtin()));
}

QStringList operators(const graph::Graph& graph)
{
    QStringList types;
    for (NodeId id : graph.liveNodes())
        types << QString::fromStdString(graph.node(id).opType);
    types.sort();
    return types;
}

PlanHints keepApart(const char* pass, std::vector<std::string> nodes)
{
    PlanHints hints;
    hints.keepApart = {{pass, std::move(nodes)}};
    return hints;
}

double farthest(const std::vector<std::byte>& a, const std::vector<std::byte>& b)
{
    std::vector<float> x(a.size() / sizeof(float)), y(b.size() / sizeof(float));
    std::memcpy(x.data(), a.data(), a.size());
    std::memcpy(y.data(), b.data(), b.size());
    double worst = x.size() == y.size() ? 0 : INFINITY;
    for (std::size_t i = 0; i < x.size() && i < y.size(); ++i)
        worst = std::max(worst, std::abs(double(x[i]) - double(y[i])));
    return worst;
}

double apart(const PlanHints& hints)
{
    const auto before = test::runOf(test::planOf(various, {}), {}).outputs;
    const auto after = test::runOf(test::planOf(various, hints), {}).outputs;
    double worst = 0;
    for (std::size_t i = 0; i < before.size(); ++i)
        worst = std::max(worst, farthest(before[i], after[i]));
    return worst;
}

const plan::Instruction& instructionOf(const plan::Plan& plan, const char* output)
{
    for (const plan::Instruction& instruction : plan.mainBlock().instructions)
        if (plan.graph().value(plan.graph().node(instruction.node).outputs[0]).name == output)
            return instruction;
    qFatal("no instruction makes %s", output);
}

} // namespace

class TestPlanOfNodes : public QObject {
    Q_OBJECT

private slots:
    void aPassLeavesAloneWhatIsKeptApartFromIt_data()
    {
        QTest::addColumn<QString>("pass");
        QTest::addColumn<QString>("node");
        QTest::addColumn<QString>("stays"); // an operator that would be gone
        QTest::newRow("fusion with a norm, by the conv") << "fuse_conv_batch_norm"
                                                         << "c"
                                                         << "BatchNormalization";
        QTest::newRow("fusion with a norm, by the norm") << "fuse_conv_batch_norm"
                                                         << "n"
                                                         << "BatchNormalization";
        QTest::newRow("fusion, by the conv") << "fuse_activation"
                                             << "c"
                                             << "Relu";
        QTest::newRow("fusion, by the activation") << "fuse_activation"
                                                   << "r"
                                                   << "Relu";
        QTest::newRow("identity") << "remove_identity"
                                  << "i"
                                  << "Identity";
        QTest::newRow("pair, by its first") << "cancel_pairs"
                                            << "p"
                                            << "Transpose";
        QTest::newRow("pair, by its second") << "cancel_pairs"
                                             << "q"
                                             << "Transpose";
        QTest::newRow("constants") << "fold_constants"
                                   << "three"
                                   << "Add";
        QTest::newRow("duplicates, by the first") << "merge_duplicates"
                                                  << "d"
                                                  << "Sigmoid";
        QTest::newRow("duplicates, by the second") << "merge_duplicates"
                                                   << "e"
                                                   << "Sigmoid";
    }
    void aPassLeavesAloneWhatIsKeptApartFromIt()
    {
        QFETCH(QString, pass);
        QFETCH(QString, node);
        QFETCH(QString, stays);
        const PlanHints hints = keepApart(pass.toUtf8().constData(), {node.toStdString()});
        const passes::Compiled without = compiled({}), with = compiled(hints);
        QVERIFY(with.problems.size() == without.problems.size());
        const QStringList before = operators(without.compute.graph), after = operators(with.compute.graph);
        QVERIFY2(after.count(stays) > before.count(stays), qPrintable(after.join(' ')));
        for (NodeId id : with.compute.graph.liveNodes())
            QVERIFY(!with.compute.graph.node(id).origins.empty());
        QVERIFY2(apart(hints) < 1e-4, qPrintable(QString::number(apart(hints))));
    }

    void theOtherNodesAreFusedAllTheSame()
    {
        const QStringList types = operators(compiled(keepApart("fuse_activation", {"c"})).compute.graph);
        QVERIFY2(types.contains("FusedAdd") && types.contains("Conv") && !types.contains("FusedConv"),
                 qPrintable(types.join(' ')));
    }

    void nodesThatWereMergedAreKeptApartByEachOfThem()
    {
        const passes::Compiled with = compiled(keepApart("fuse_activation", {"n"}));
        QVERIFY(operators(with.compute.graph).contains("Conv")); // that the norm is in
        const graph::Graph& graph = with.compute.graph;
        for (NodeId id : graph.liveNodes())
            if (graph.node(id).opType == "Conv")
                QCOMPARE(graph.node(id).origins.size(), std::size_t(2));
    }

    void aPassTellsWhatItTouched()
    {
        const passes::Compiled result = compiled({});
        const graph::Model model = test::modelOf(various);
        auto touched = [&](std::string_view pass) {
            QStringList names;
            for (const passes::PassRecord& record : result.passes)
                if (record.name == pass)
                    for (NodeId id : record.touched)
                        names << QString::fromStdString(
                            model.graph.value(model.graph.node(id).outputs[0]).name);
            names.sort();
            return names.join(' ');
        };
        QCOMPARE(touched("fuse_conv_batch_norm"), QString("c n"));
        QVERIFY2(touched("fuse_activation").contains("a") && touched("fuse_activation").contains("z") &&
                     touched("fuse_activation").contains("c"),
                 qPrintable(touched("fuse_activation")));
        QCOMPARE(touched("merge_duplicates"), QString("d e"));
        QCOMPARE(touched("infer_shapes"), QString());
    }

    void onFewerThreadsTheResultIsTheSame()
    {
        PlanHints hints;
        hints.threads = {{"t", 3}, {"t", 1}};
        const auto plan = test::planOf(various, hints);
        const plan::Instruction& limited = instructionOf(*plan, "t");
        QCOMPARE(limited.threadsOf(8), 1);
        QCOMPARE(limited.kernelName, std::string("eigen.Mul on 1 thread"));
        QCOMPARE(instructionOf(*plan, "y").threadsOf(8), 8);
        QCOMPARE(apart(hints), 0.0);
    }

    void outOfPlaceAnOutputHasItsOwnBytes()
    {
        PlanHints hints;
        hints.outOfPlace = {"y"};
        for (bool isAsked : {false, true}) {
            const auto plan = test::planOf(various, isAsked ? hints : PlanHints());
            const auto memory = test::valueOf(plan::planMemory(*plan, test::typesOf(*plan, {})));
            const graph::Node& node = plan->graph().node(instructionOf(*plan, "y").node);
            const bool isShared =
                memory.bufferOf[node.outputs[0].index()] == memory.bufferOf[node.inputs[0].index()];
            QCOMPARE(isShared, !isAsked);
        }
        QCOMPARE(apart(hints), 0.0);
    }

    void aDepthwiseConvCanBeAProductOfMatrices()
    {
        PlanHints hints;
        hints.kernel = {{"i", "product"}};
        const graph::Graph& graph = compiled({}).compute.graph;
        std::size_t withChoice = 0;
        std::string name;
        for (NodeId id : graph.liveNodes())
            if (const auto choices = ops::kernelChoices(graph, graph.node(id)); !choices.empty()) {
                ++withChoice;
                name = graph.value(graph.node(id).outputs[0]).name;
                QCOMPARE(choices.front(), ops::directKernel);
            }
        QCOMPARE(withChoice, std::size_t(1));
        hints.kernel = {{name, "product"}};
        const auto plan = test::planOf(various, hints);
        QCOMPARE(instructionOf(*plan, name.c_str()).kernelName, std::string("eigen.FusedConv.product"));
        QVERIFY(
            test::runOf(plan, {}).memory.peakLiveBytes !=
            test::runOf(test::planOf(various, {}), {}).memory.peakLiveBytes); // it needs another work space
        QVERIFY2(apart(hints) < 1e-4, qPrintable(QString::number(apart(hints))));
    }

    void copiesOfANodeRunAsItDoes()
    {
        PlanHints hints;
        hints.threads = {{"t", 1}};
        hints.recompute = {{"t", {"y"}}};
        hints.recompute.front().readers = {"z"};
        const passes::Compiled result = compiled(hints);
        std::size_t limited = 0;
        for (NodeId id : result.compute.graph.liveNodes())
            limited += passes::nodePlanOf(result.compute.graph.node(id)).threads == 1 ? 1 : 0;
        QCOMPARE(limited, std::size_t(2));
    }

    void whatCannotBeDoneIsTold_data()
    {
        QTest::addColumn<PlanHints>("hints");
        QTest::addColumn<QString>("said");
        PlanHints hints = keepApart("fuse_activation", {"nothing"});
        QTest::newRow("no such node") << hints << "the model has no node that makes \"nothing\"";
        hints = keepApart("remove_dead", {"c"});
        QTest::newRow("a pass that cannot") << hints << "no pass \"remove_dead\" leaves single nodes alone";
        hints = keepApart("", {});
        QTest::newRow("no pass") << hints << "no pass \"\"";
        hints = {};
        hints.threads = {{"nothing", 1}};
        QTest::newRow("threads of nothing") << hints << "no node that makes \"nothing\"";
        hints.threads = {{"t", 0}};
        QTest::newRow("no threads") << hints << "expected 1 thread or more, found 0";
        hints.threads = {{"t", INT64_MIN}};
        QTest::newRow("fewer than no threads") << hints << "expected 1 thread or more";
        hints = {};
        hints.outOfPlace = {"p"};
        QTest::newRow("a node that is gone") << hints << "no node that makes \"p\"";
        hints = {};
        hints.kernel = {{"t", "product"}};
        QTest::newRow("one kernel only") << hints << "there is one kernel for Mul only";
    }
    void whatCannotBeDoneIsTold()
    {
        QFETCH(PlanHints, hints);
        QFETCH(QString, said);
        const passes::Compiled without = compiled({}), with = compiled(hints);
        QCOMPARE(with.problems.size(), without.problems.size() + 1);
        const auto told = std::find_if(with.problems.begin(), with.problems.end(),
                                       [](const Problem& problem) { return problem.code == "plan-hint"; });
        QVERIFY(told != with.problems.end());
        QVERIFY2(QString::fromStdString(told->text).contains(said), told->text.c_str());
        QCOMPARE(graph::toText(with.compute.graph), graph::toText(without.compute.graph));
    }

    void manyAreBearable()
    {
        PlanHints hints;
        for (int i = 0; i < 200'000; ++i) {
            hints.keepApart.push_back({"fuse_activation", {"c", "nobody" + std::to_string(i)}});
            hints.threads.push_back({"t", i});
            hints.outOfPlace.push_back("nobody");
            hints.kernel.push_back({"y", std::string(30, 'k')});
        }
        const passes::Compiled result = compiled(hints);
        QVERIFY(result.problems.size() < 500);
        QVERIFY(operators(result.compute.graph).contains("Conv"));
    }
};

QTEST_GUILESS_MAIN(TestPlanOfNodes)
#include "test_plan_of_nodes.moc"
