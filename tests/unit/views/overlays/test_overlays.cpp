// SPDX-License-Identifier: Apache-2.0
#include "views/overlays/overlay.h"

#include <QTest>

#include <algorithm>

using namespace orrery;
using overlays::KeysAre;
using trace_db::node_stats::Row;

namespace {

const overlays::OverlaySpec& spec(std::string_view id)
{
    static const auto specs = overlays::overlaySpecs();
    return *std::find_if(specs.begin(), specs.end(), [&](const auto& s) { return s.id == id; });
}

canvas::DisplayGraph display(const std::vector<std::pair<std::uint64_t, std::string>>& nodes)
{
    canvas::DisplayGraph graph;
    for (const auto& [key, title] : nodes) {
        canvas::DisplayNode node;
        node.id = std::uint32_t(graph.nodes.size());
        node.key = key;
        node.title = title;
        graph.nodes.push_back(node);
    }
    return graph;
}

Row row(std::uint32_t node, std::int64_t calls, std::int64_t selfNs, std::int64_t peakBytes = 0)
{
    Row made;
    made.node = node;
    made.calls = calls;
    made.selfNs = selfNs;
    made.peakBytes = peakBytes;
    return made;
}

// A compute graph with one fused node that came from the dataflow nodes 0 (Conv) and 1 (Relu), and one Add
// from 2.
graph::Graph computeGraph()
{
    graph::Graph graph;
    graph::Node fused;
    fused.opType = "FusedConv";
    fused.domain = "orrery";
    fused.origins = {NodeId(std::size_t(0)), NodeId(std::size_t(1))};
    graph.addNode(graph.mainRegion(), fused);
    graph::Node add;
    add.opType = "Add";
    add.origins = {NodeId(std::size_t(2))};
    graph.addNode(graph.mainRegion(), add);
    return graph;
}

} // namespace

class TestOverlays : public QObject {
    Q_OBJECT

private slots:
    void everySpecIsComplete()
    {
        for (const auto& each : overlays::overlaySpecs()) {
            QVERIFY(!each.id.empty() && !each.title.empty() && !each.toolTip.empty());
            QVERIFY(!each.notMeasured.empty());
            QVERIFY(each.paint != nullptr || (each.values != nullptr && each.format != nullptr));
        }
    }

    void timeIsTheMeanPerRun()
    {
        trace_db::latency::Row latency;
        latency.steps = 4;
        const std::vector<Row> rows = {row(0, 4, 4'000'000), row(1, 8, 12'000'000)};
        const auto values = spec("time").values({rows, latency});
        QCOMPARE(values.byNode.at(0), 1e6);
        QCOMPARE(values.byNode.at(1), 3e6);
        auto graph = display({{0, "Conv"}, {1, "Add"}, {2, "Mul"}});
        const graph::Graph compute = computeGraph();
        overlays::applyOverlay(graph, spec("time"), &values, KeysAre::ComputeNodes, &compute);
        QCOMPARE(graph.nodes[1].overlay.heat, 1.0f);
        QCOMPARE(graph.nodes[0].overlay.label, std::string("1.00 ms · 25.0 %"));
        QCOMPARE(graph.legend.maximum, std::string("3.00 ms"));
        QVERIFY(!graph.nodes[2].overlay.measured);
    }

    void noiseHasNoHeat()
    {
        overlays::OverlayValues values{"t", {{0, 1000.0}, {1, 9.0}}};
        auto graph = display({{0, "Conv"}, {1, "Add"}});
        const graph::Graph compute = computeGraph();
        overlays::applyOverlay(graph, spec("time"), &values, KeysAre::ComputeNodes, &compute);
        QCOMPARE(graph.nodes[1].overlay.heat, 0.0f);
        QVERIFY(graph.nodes[1].overlay.measured);
    }

    void aFusedNodeIsCountedOnceInTheDataflowGraph()
    {
        overlays::OverlayValues values{"t", {{0, 3e6}, {1, 1e6}}};
        auto graph = display({{0, "Conv"}, {1, "Relu"}, {2, "Add"}});
        const graph::Graph compute = computeGraph();
        overlays::applyOverlay(graph, spec("time"), &values, KeysAre::DataflowNodes, &compute);
        QCOMPARE(graph.nodes[0].overlay.label, std::string("3.00 ms · 75.0 %"));
        QVERIFY(!graph.nodes[1].overlay.measured);
        QCOMPARE(graph.nodes[1].overlay.label, std::string("in Conv"));
        QCOMPARE(graph.nodes[2].overlay.label, std::string("1.00 ms · 25.0 %"));
    }

    void groupsSumTimesAndTakeTheLargestMemory()
    {
        const graph::Graph compute = computeGraph();
        for (auto [id, expected] :
             {std::pair("time", "4.00 ms · 100.0 %"), std::pair("memory", "2.86 MiB")}) {
            auto graph = display({{0, "Conv"}, {1, "Add"}});
            graph.groups.push_back(
                {canvas::groupKey(0), canvas::noIndex, "head", false, canvas::Badge::None, {}});
            graph.nodes[0].group = graph.nodes[1].group = 0;
            overlays::OverlayValues values{"t", {{0, 3e6}, {1, 1e6}}};
            overlays::applyOverlay(graph, spec(id), &values, KeysAre::ComputeNodes, &compute);
            QCOMPARE(graph.groups[0].overlay.label, std::string(expected));
        }
    }

    void whatHoldsNothingIsMeasuredAndPlain()
    {
        overlays::OverlayValues values{"t", {{0, 4096.0}, {1, 0.0}}};
        auto graph = display({{0, "Conv"}, {1, "Add"}});
        const graph::Graph compute = computeGraph();
        overlays::applyOverlay(graph, spec("peak"), &values, KeysAre::ComputeNodes, &compute);
        QCOMPARE(graph.nodes[0].overlay.label, std::string("4.00 KiB · 100.0 %"));
        QVERIFY(graph.nodes[1].overlay.measured);
        QCOMPARE(graph.nodes[1].overlay.label, std::string());
        QCOMPARE(graph.nodes[1].overlay.heat, 0.0f);
    }

    void growthIsShownWhereTheHeapWasWatched()
    {
        using Memory = trace_db::memory_by_node::Row;
        const std::vector<Memory> memory = {
            {0, 0, 0, 2048.0, true}, {1, 0, 0, -64.0, true}, {2, 0, 0, 512.0, false}};
        const auto values = spec("growth").values({{}, {}, memory});
        QCOMPARE(values.byNode.size(), std::size_t(2));
        auto graph = display({{0, "Leaks"}, {1, "Shrinks"}, {2, "Unwatched"}});
        const graph::Graph compute = computeGraph();
        overlays::applyOverlay(graph, spec("growth"), &values, KeysAre::ComputeNodes, &compute);
        QCOMPARE(graph.nodes[0].overlay.label, std::string("2.00 KiB per step · 100.0 %"));
        QCOMPARE(graph.nodes[0].overlay.heat, 1.0f);
        QVERIFY(graph.nodes[1].overlay.measured);
        QCOMPARE(graph.nodes[1].overlay.heat, 0.0f);
        QVERIFY(!graph.nodes[2].overlay.measured);
    }

    void withoutNumbersNothingIsMeasured()
    {
        auto graph = display({{0, "Conv"}});
        overlays::applyOverlay(graph, spec("memory"), nullptr, KeysAre::DataflowNodes, nullptr);
        QVERIFY(!graph.nodes[0].overlay.measured);
        QVERIFY(graph.legend.shown());
        QVERIFY(graph.legend.title.find("not measured") != std::string::npos);
    }
};

QTEST_GUILESS_MAIN(TestOverlays)
#include "test_overlays.moc"
