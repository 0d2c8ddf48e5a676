// SPDX-License-Identifier: Apache-2.0
//
// Scopes become groups, collapsed groups become nodes, hubs become stubs, and no key is lost on the way.
#include "tests/unit/views/canvas/network_samples.h"
#include "views/canvas/groups.h"

#include <QTest>

#include <algorithm>
#include <set>

using namespace orrery::canvas;

namespace {

DisplayGraph withScopes(const std::vector<std::string>& scopes)
{
    samples::Builder builder;
    for (const std::string& scope : scopes)
        builder.add(NodeKind::Op, "Relu", "n", scope);
    return std::move(builder.graph);
}

std::vector<std::string> groupPath(const DisplayGraph& graph, std::uint32_t node)
{
    std::vector<std::string> path;
    for (std::uint32_t g = graph.nodes[node].group; g != noIndex; g = graph.groups[g].parent)
        path.insert(path.begin(), graph.groups[g].title);
    return path;
}

std::size_t countKind(const DisplayGraph& graph, NodeKind kind)
{
    return std::size_t(std::count_if(graph.nodes.begin(), graph.nodes.end(),
                                     [&](const DisplayNode& node) { return node.kind == kind; }));
}

} // namespace

class TestGroups : public QObject {
    Q_OBJECT

private slots:
    void scopesBecomeNestedGroups()
    {
        auto graph = withScopes({"/model/a", "model/a", "model//b/", "model/b", ""});
        groupByScope(graph);
        QCOMPARE(groupPath(graph, 0), (std::vector<std::string>{"model", "a"}));
        QCOMPARE(groupPath(graph, 1), (std::vector<std::string>{"model", "a"}));
        QCOMPARE(groupPath(graph, 3), (std::vector<std::string>{"model", "b"}));
        QCOMPARE(groupPath(graph, 4), std::vector<std::string>{});
        QCOMPARE(graph.groups.size(), 3u);
    }

    void groupsOfOneAreDissolvedAndChainsJoined()
    {
        auto graph = withScopes({"a/b/c/x", "a/b/c/y", "lonely/z"});
        groupByScope(graph);
        QCOMPARE(graph.groups.size(), 1u);
        QCOMPARE(groupPath(graph, 0), std::vector<std::string>{"a/b/c"});
        QCOMPARE(groupPath(graph, 2), std::vector<std::string>{});
    }

    void deepScopesAreBounded()
    {
        std::string deep;
        for (int i = 0; i < 10'000; ++i)
            deep += "s" + std::to_string(i) + "/";
        auto graph = withScopes({deep, deep + "x", deep + "y"});
        groupByScope(graph);
        QVERIFY(groupPath(graph, 0).size() <= 32);
        QCOMPARE(visibleGraph(graph).graph.nodes.size(), 3u);
    }

    void largeModelsOpenWithinTheBudget()
    {
        const auto graph = samples::transformer(440, 400);
        QVERIFY(graph.nodes.size() > 10'000);
        QVERIFY(
            std::any_of(graph.groups.begin(), graph.groups.end(), [](const auto& g) { return g.collapsed; }));
        const auto visible = visibleGraph(graph);
        QVERIFY(visible.graph.nodes.size() - countKind(visible.graph, NodeKind::Stub) <= 450);
    }

    void manyNodesWithoutScopesAreCutIntoPieces()
    {
        samples::Builder builder;
        std::uint32_t last = builder.add(NodeKind::GraphInput, "x", "", "");
        for (int i = 0; i < 50'000; ++i)
            last = builder.op("Relu", "", "", {last}, "");
        groupByScope(builder.graph);
        const auto visible = visibleGraph(builder.graph);
        QVERIFY(visible.graph.nodes.size() <= 420);
        QCOMPARE(countKind(visible.graph, NodeKind::GraphInput), 1u);
        // A chain of groups: all but the last pass one value on.
        QCOMPARE(visible.graph.edges.size(), visible.graph.nodes.size() - 1);
    }

    void collapsingKeepsEveryKeyReachable()
    {
        const auto graph = samples::transformer(6, 30);
        const auto visible = visibleGraph(graph);
        std::set<std::uint64_t> shown;
        for (const auto& node : visible.graph.nodes) {
            QVERIFY(shown.insert(node.key).second);
            QCOMPARE(visible.graph.nodes[node.id].key, node.key);
        }
        for (const auto& group : visible.graph.groups)
            QVERIFY(shown.insert(group.key).second);
        for (const auto& node : graph.nodes)
            QVERIFY(shown.contains(node.key) || shown.contains(visible.hiddenBy.at(node.key)));
        for (const auto& group : graph.groups)
            QVERIFY(shown.contains(group.key) || shown.contains(visible.hiddenBy.at(group.key)));
    }

    void togglingExpandsAndCollapses()
    {
        auto graph = withScopes({"a", "a", "b", "b"});
        groupByScope(graph);
        QCOMPARE(visibleGraph(graph).graph.nodes.size(), 4u);
        const auto one = visibleGraph(graph, {graph.groups[0].key});
        QCOMPARE(one.graph.nodes.size(), 3u);
        QCOMPARE(countKind(one.graph, NodeKind::Group), 1u);
        QCOMPARE(one.graph.groups.size(), 1u);
        QCOMPARE(one.graph.nodes[0].subtitle, std::string("2 nodes"));
        QCOMPARE(one.graph.nodes[0].lines, std::vector<std::string>{"2 Relu"});
    }

    void aMaskThatEveryLayerReadsBecomesStubs()
    {
        const auto graph = samples::transformer(12, 60);
        const auto visible = visibleGraph(graph);
        QVERIFY(visible.stubTargets.size() >= 10);
        for (auto [stub, producer] : visible.stubTargets) {
            QCOMPARE(visible.graph.nodes[stub].kind, NodeKind::Stub);
            const auto found =
                std::find_if(graph.nodes.begin(), graph.nodes.end(),
                             [&, key = producer](const auto& node) { return node.key == key; });
            QVERIFY(found != graph.nodes.end());
            QCOMPARE(found->subtitle, std::string("mask/Mul"));
        }
        // Every stub feeds exactly one consumer.
        std::vector<int> out(visible.graph.nodes.size(), 0);
        for (const auto& edge : visible.graph.edges)
            ++out[edge.from];
        for (auto [stub, producer] : visible.stubTargets)
            QCOMPARE(out[stub], 1);
    }

    void shapeArithmeticOfEveryBlockStandsBesideAStub()
    {
        // One Gather, from which every block derives a shape: Gather → Unsqueeze → Reshape of the block.
        samples::Builder builder;
        std::uint32_t last = builder.op("Input", "", "", {}, "");
        const std::uint32_t gather = builder.op("Gather", "Gather_1", "", {last}, "");
        std::vector<std::uint32_t> unsqueezes;
        for (int block = 0; block < 12; ++block) {
            for (int i = 0; i < 5; ++i)
                last = builder.op("MatMul", "", "", {last}, "");
            unsqueezes.push_back(builder.op("Unsqueeze", "", "", {gather}, ""));
            last = builder.op("Reshape", "", "", {last, unsqueezes.back()}, "");
        }
        const auto visible = visibleGraph(builder.graph);
        QVERIFY(visible.stubTargets.size() >= 10);
        for (auto [stub, producer] : visible.stubTargets)
            QCOMPARE(producer, builder.graph.nodes[gather].key);
        std::size_t direct = 0;
        for (const auto& edge : visible.graph.edges)
            direct += edge.from == gather;
        QCOMPARE(direct + visible.stubTargets.size(), unsqueezes.size());
        QVERIFY(direct <= 2); // only what is near the Gather
    }

    void groupsThatTheFlowKeepsLeavingAreDissolved()
    {
        // Names take turns along a chain; a sane group and one with a single way back stay.
        samples::Builder builder;
        std::uint32_t last = builder.op("Conv", "", "", {}, "");
        for (int i = 0; i < 20; ++i)
            last = builder.op("Conv", "", i % 2 ? "model" : "", {last}, "");
        for (int i = 0; i < 9; ++i)
            last = builder.op("Conv", "", "head", {last}, "");
        for (int i = 0; i < 9; ++i)
            last = builder.op("Conv", "", i < 4 || i > 4 ? "tail" : "", {last}, "");
        groupByScope(builder.graph);
        std::set<std::string> titles;
        for (const DisplayGroup& group : builder.graph.groups)
            titles.insert(group.title);
        QCOMPARE(titles, (std::set<std::string>{"head", "tail"}));
        for (const DisplayNode& node : builder.graph.nodes)
            QVERIFY(node.scope != "model" || node.group == noIndex);
    }

    void largeAndNestedBodiesStartCollapsed()
    {
        DisplayGraph graph;
        auto add = [&](const std::string& scope, std::uint32_t depth, int count) {
            for (int i = 0; i < count; ++i) {
                DisplayNode node;
                node.id = std::uint32_t(graph.nodes.size());
                node.key = node.id;
                node.title = "Add";
                node.scope = scope;
                node.bodyDepth = depth;
                graph.nodes.push_back(node);
            }
        };
        add("module", 0, 40);
        add("If_0/then_branch", 1, 31);
        add("If_0/else_branch", 1, 5);
        add("If_0/else_branch/If_1/then_branch", 2, 3);
        add("If_0/else_branch/If_1/else_branch", 2, 3);
        groupByScope(graph);
        auto collapsed = [&](std::size_t node) { return graph.groups[graph.nodes[node].group].collapsed; };
        QVERIFY(!collapsed(0));  // no body
        QVERIFY(collapsed(40));  // many nodes
        QVERIFY(!collapsed(71)); // few
        QVERIFY(collapsed(76));  // nested
        const auto visible = visibleGraph(graph);
        const auto& frames = visible.graph.groups;
        QVERIFY(std::any_of(frames.begin(), frames.end(), [](const auto& g) { return g.title == "If_0"; }));
        const auto box = std::find_if(visible.graph.nodes.begin(), visible.graph.nodes.end(),
                                      [](const auto& node) { return node.title == "then_branch"; });
        QVERIFY(box != visible.graph.nodes.end());
        QCOMPARE(box->subtitle, std::string("31 nodes"));
    }

    void aSkipConnectionIsNoHub()
    {
        samples::Builder builder;
        const std::uint32_t first = builder.op("Conv", "", "", {}, "");
        std::uint32_t last = first;
        for (int i = 0; i < 20; ++i)
            last = builder.op("Relu", "", "", {last}, "");
        builder.op("Concat", "", "", {last, first}, "");
        QVERIFY(visibleGraph(builder.graph).stubTargets.empty());
    }

    void groupBadgesAreTheWorstOfTheirMembers()
    {
        auto graph = withScopes({"a", "a", "b", "b"});
        graph.nodes[1].badge = Badge::Error;
        groupByScope(graph);
        QCOMPARE(graph.groups[graph.nodes[1].group].badge, Badge::Error);
        QCOMPARE(graph.groups[graph.nodes[2].group].badge, Badge::None);
    }
};

QTEST_GUILESS_MAIN(TestGroups)
#include "test_groups.moc"
