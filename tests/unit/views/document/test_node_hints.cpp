// SPDX-License-Identifier: Apache-2.0
//
// Plan hints of selected nodes: what is wanted of them is what was chosen for them, one wish replaces the one
// before, hints about other nodes stay, and what is taken back leaves nothing.
#include "engine/plan/suggest_candidates.h"
#include "tests/unit/engine/plan/text_model.h"
#include "views/document/node_hints.h"

#include <QtTest>

using namespace orrery;
using document::hintedNodes;
using document::NodeHints;
using document::NodeWish;
using document::PlaceWish;
using passes::PlanHints;

namespace {

constexpr const char* text = R"(<ir_version: 8, opset_import: ["": 13]>
g (float[1,2,4,4] x) => (float[1,2,4,4] y)
<float[2,2,1,1] w = {1, 2, 3, 4}> {
   c = Conv (x, w)
   r = Relu (c)
   a = Tanh (r)
   b = Sigmoid (r)
   y = Add (a, b)
})";

struct Both {
    graph::Graph dataflow = test::modelOf(text).graph;
    graph::Graph compute;

    explicit Both(const PlanHints& hints = {})
    {
        passes::PipelineOptions options;
        options.hints = hints;
        auto compiled =
            test::valueOf(passes::compile(test::modelOf(text), options, ops::OpRegistry::builtin()));
        for (const Problem& problem : compiled.problems)
            if (problem.code == "plan-hint")
                qFatal("%s", problem.text.c_str());
        compute = std::move(compiled.compute.graph);
    }
    std::vector<NodeId> nodes(std::initializer_list<const char*> names) const
    {
        std::vector<NodeId> found;
        for (const char* name : names)
            for (NodeId id : compute.liveNodes())
                if (plan::hintName(compute, id) == name)
                    found.push_back(id);
        if (found.size() != names.size())
            qFatal("a node is not there");
        return found;
    }
    NodeHints of(std::initializer_list<const char*> names) const { return {dataflow, compute, nodes(names)}; }
};

} // namespace

class TestNodeHints : public QObject {
    Q_OBJECT

private slots:
    void wishesAreWhatWasChosen()
    {
        const Both both;
        const NodeHints hints = both.of({"a", "b"});
        PlanHints now = hints.withThreads(hints.withPlace({}, PlaceWish::OutOfPlace), 1);
        now = hints.withHeld(hints.withKernel(now, "product"), graph::DataType::BFloat16);
        for (NodeId node : hints.nodes()) {
            const NodeWish wish = hints.wish(now, node);
            QCOMPARE(wish.threads, std::int64_t(1));
            QVERIFY(wish.place == PlaceWish::OutOfPlace);
            QCOMPARE(wish.kernel, std::string("product"));
            QVERIFY(wish.held == graph::DataType::BFloat16);
            QVERIFY(!wish.isComputedAgain && wish.keptApartFrom.empty());
        }
        QVERIFY(hints.without(now).empty());
        QVERIFY(hints.only(now) == now);
        const NodeHints other = both.of({"y"});
        QVERIFY(other.wish(now, other.nodes().front()) == NodeWish());
        QVERIFY(other.without(now) == now);
        QVERIFY(other.only(now).empty());
    }

    void aWishTakesThePlaceOfTheOneBefore()
    {
        const Both both;
        const NodeHints two = both.of({"a", "b"}), one = both.of({"a"});
        const PlanHints now = one.withThreads(two.withThreads({}, 1), 4);
        QCOMPARE(now.threads.size(), std::size_t(2));
        QCOMPARE(one.wish(now, one.nodes().front()).threads, std::int64_t(4));
        QCOMPARE(two.wish(now, two.nodes().back()).threads, std::int64_t(1));
        QCOMPARE(one.withThreads(now, 0).threads.size(), std::size_t(1));
        QVERIFY(two.withPlace(two.withPlace({}, PlaceWish::JoinInputs), PlaceWish::OutOfPlace)
                    .joinInPlace.empty());
    }

    void aMergedNodeIsKeptApartAndLetGoAsAllThatItStandsFor()
    {
        const Both fused;
        const NodeHints whole = fused.of({"r"});
        const PlanHints now = whole.withPass({}, "fuse_activation", false);
        QCOMPARE(now.keepApart.size(), std::size_t(1));
        QCOMPARE(now.keepApart.front().nodes, (std::vector<std::string>{"c", "r"}));
        const Both apart(now);
        for (const char* part : {"c", "r"}) {
            const NodeHints one = apart.of({part});
            QVERIFY(one.wish(now, one.nodes().front()).keptApartFrom.contains("fuse_activation"));
            QVERIFY(one.withPass(now, "fuse_activation", true).empty());
            QVERIFY(!one.withPass(now, "remove_identity", true).empty());
        }
        QCOMPARE(hintedNodes(apart.dataflow, apart.compute, now).size(), std::size_t(2));
        QCOMPARE(hintedNodes(fused.dataflow, fused.compute, now).size(), std::size_t(1));
    }

    // What hints add to the graph is not taken for what the model has.
    void precisionAndComputingAgainTakeTurns()
    {
        const Both plain;
        PlanHints now = plain.of({"r"}).withHeld({}, graph::DataType::Float16);
        QCOMPARE(now.hold.front().readers, (std::vector<std::string>{"a", "b"}));
        for (int round = 0; round < 2; ++round) {
            const Both held(now);
            now = held.of({"r"}).withHeld(now, graph::DataType::BFloat16);
            QCOMPARE(now.hold.size(), std::size_t(1));
            QCOMPARE(now.hold.front().readers, (std::vector<std::string>{"a", "b"}));
            const Both again(now);
            now = again.of({"r"}).withRecompute(now, true);
            QVERIFY(now.hold.empty());
            QCOMPARE(now.recompute.size(), std::size_t(1));
            QCOMPARE(now.recompute.front().readers, (std::vector<std::string>{"a", "b"}));
        }
        const Both last(now);
        QVERIFY(last.of({"r"}).withRecompute(now, false).empty());
    }

    void oneReaderIsNoReasonToComputeAgain()
    {
        const Both both;
        QVERIFY(both.of({"a"}).withRecompute({}, true).empty());
    }
};

QTEST_GUILESS_MAIN(TestNodeHints)
#include "test_node_hints.moc"
