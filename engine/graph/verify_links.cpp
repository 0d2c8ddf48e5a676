// SPDX-License-Identifier: Apache-2.0
//
// Checks of the arena itself. A file cannot break these; a pass or an edit can.
#include "engine/graph/verify_checks.h"

#include <fmt/format.h>

#include <algorithm>

namespace orrery::graph {
namespace {

template<class Id>
bool inRange(Id id, std::size_t slots)
{
    return id.valid() && id.index() < slots;
}

bool usable(const Graph& graph, ValueId id) { return !id.valid() || graph.contains(id); }

void deadReferences(const Graph& graph, ProblemList& problems)
{
    for (std::size_t i = 0; i < graph.nodeSlots(); ++i) {
        const Node& node = graph.node(NodeId(i));
        if (!node.alive)
            continue;
        for (auto* list : {&node.inputs, &node.outputs})
            for (ValueId id : *list)
                if (!usable(graph, id))
                    problems.add(Severity::Error, &node,
                                 fmt::format("it refers to removed value #{}", id.value),
                                 "undo the last change");
        for (RegionId region : node.regions())
            if (!inRange(region, graph.regionSlots()) || !graph.region(region).alive)
                problems.add(Severity::Error, &node,
                             fmt::format("it refers to removed region #{}", region.value),
                             "undo the last change");
    }
    for (std::size_t i = 0; i < graph.regionSlots(); ++i) {
        const Region& region = graph.region(RegionId(i));
        if (!region.alive)
            continue;
        for (auto* list : {&region.inputs, &region.outputs, &region.initializers, &region.valueInfos})
            for (ValueId id : *list)
                if (!graph.contains(id))
                    problems.add(Severity::Error, nullptr,
                                 fmt::format("region #{} lists removed value #{}", i, id.value),
                                 "undo the last change");
        for (NodeId id : region.nodes)
            if (!graph.contains(id))
                problems.add(Severity::Error, nullptr,
                             fmt::format("region #{} lists removed node #{}", i, id.value),
                             "undo the last change");
    }
}

void regionLinks(const Graph& graph, ProblemList& problems)
{
    std::vector<int> listed(graph.nodeSlots(), 0);
    for (std::size_t i = 0; i < graph.regionSlots(); ++i) {
        const Region& region = graph.region(RegionId(i));
        if (!region.alive)
            continue;
        for (NodeId id : region.nodes)
            if (graph.contains(id)) {
                ++listed[id.index()];
                if (graph.node(id).region != region.id)
                    problems.add(Severity::Error, &graph.node(id),
                                 fmt::format("region #{} lists it, but it says region #{}", i,
                                             graph.node(id).region.value),
                                 "undo the last change");
            }
        if (i == 0)
            continue;
        if (!graph.contains(region.parent)) {
            problems.add(Severity::Error, nullptr, fmt::format("region #{} has no parent node", i),
                         "undo the last change");
            continue;
        }
        auto regions = graph.node(region.parent).regions();
        if (std::count(regions.begin(), regions.end(), region.id) != 1)
            problems.add(
                Severity::Error, &graph.node(region.parent),
                fmt::format("region #{} names it as its parent, but no attribute holds the region", i),
                "undo the last change");
        RegionId outer = region.id;
        std::size_t steps = 0;
        for (; outer.valid() && steps <= graph.regionSlots(); ++steps) {
            NodeId parent = graph.region(outer).parent;
            outer =
                parent.valid() && parent.index() < graph.nodeSlots() ? graph.node(parent).region : RegionId();
        }
        if (outer.valid())
            problems.add(Severity::Error, &graph.node(region.parent),
                         fmt::format("region #{} is inside of itself", i), "undo the last change");
    }
    for (std::size_t i = 0; i < graph.nodeSlots(); ++i)
        if (graph.node(NodeId(i)).alive && listed[i] != 1)
            problems.add(Severity::Error, &graph.node(NodeId(i)),
                         fmt::format("it is listed by {} regions, expected 1", listed[i]),
                         "undo the last change");
}

void producerLinks(const Graph& graph, ProblemList& problems)
{
    std::vector<NodeId> producer(graph.valueSlots());
    for (std::size_t i = 0; i < graph.nodeSlots(); ++i) {
        const Node& node = graph.node(NodeId(i));
        if (!node.alive)
            continue;
        for (ValueId id : node.outputs) {
            if (!id.valid() || !graph.contains(id))
                continue;
            if (producer[id.index()].valid())
                problems.add(Severity::Error, &node,
                             fmt::format("it makes {}, which {} makes, too", quotedName(graph.value(id).name),
                                         graph.node(producer[id.index()]).displayName()),
                             "give every output a value of its own");
            producer[id.index()] = node.id;
            if (graph.value(id).region != node.region)
                problems.add(
                    Severity::Error, &node,
                    fmt::format("its output {} belongs to another region", quotedName(graph.value(id).name)),
                    "undo the last change");
        }
    }
    for (std::size_t i = 0; i < graph.valueSlots(); ++i) {
        const Value& value = graph.value(ValueId(i));
        if (value.alive && value.producer != producer[i])
            problems.add(Severity::Error, producer[i].valid() ? &graph.node(producer[i]) : nullptr,
                         fmt::format("value {} does not name the node that makes it", quotedName(value.name)),
                         "undo the last change");
    }
}

constexpr GraphCheck table[] = {
    {"dead-reference", "Nodes and regions refer to what is alive only.", deadReferences},
    {"wrong-region",
     "Every node is in one region; every region but the main one in one attribute of its parent.",
     regionLinks},
    {"wrong-producer", "Every value has at most one producer, in its own region, and names it.",
     producerLinks},
};

} // namespace

std::span<const GraphCheck> linkChecks() { return table; }

} // namespace orrery::graph
