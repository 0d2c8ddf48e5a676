// SPDX-License-Identifier: Apache-2.0
//
// Kahn's algorithm with a min-heap over file positions, so that a graph that is sorted already keeps its
// order. Linear in nodes and uses but for the heap. A cycle is shown by walking backwards from any node that
// was never freed.
#include "engine/graph/order.h"

#include <queue>

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

namespace orrery::graph {
namespace {

Error cycleError(const Graph& graph, const std::vector<NodeId>& nodes,
                 const std::vector<std::vector<std::size_t>>& predecessors,
                 const std::vector<std::size_t>& waiting)
{
    std::size_t at = 0;
    while (waiting[at] == 0)
        ++at;
    std::vector<std::size_t> path;
    std::vector<bool> seen(nodes.size(), false);
    while (!seen[at]) {
        seen[at] = true;
        path.push_back(at);
        for (std::size_t p : predecessors[at])
            if (waiting[p] != 0) {
                at = p;
                break;
            }
    }
    path.erase(path.begin(), std::find(path.begin(), path.end(), at));
    std::reverse(path.begin(), path.end());
    std::string text = "the graph has a cycle: ";
    for (std::size_t i = 0; i < path.size() && i < 8; ++i)
        text += graph.node(nodes[path[i]]).displayName() + " → ";
    text += path.size() > 8 ? "…" : graph.node(nodes[path.front()]).displayName();
    return Error{ErrorCode::BadModel, text, graph.node(nodes[path.front()]).displayName()};
}

} // namespace

std::vector<ValueId> valuesRead(const Graph& graph, NodeId id)
{
    const Node& node = graph.node(id);
    std::vector<ValueId> result;
    for (ValueId input : node.inputs)
        if (input.valid())
            result.push_back(input);
    std::vector<RegionId> pending = node.regions();
    if (pending.empty())
        return result;
    std::unordered_set<RegionId> inside;
    std::vector<ValueId> read;
    while (!pending.empty()) {
        const Region& region = graph.region(pending.back());
        pending.pop_back();
        if (!inside.insert(region.id).second)
            continue;
        read.insert(read.end(), region.outputs.begin(), region.outputs.end());
        for (NodeId innerId : region.nodes) {
            const Node& inner = graph.node(innerId);
            read.insert(read.end(), inner.inputs.begin(), inner.inputs.end());
            auto nested = inner.regions();
            pending.insert(pending.end(), nested.begin(), nested.end());
        }
    }
    std::unordered_set<ValueId> seen(result.begin(), result.end());
    for (ValueId value : read)
        if (value.valid() && !inside.contains(graph.value(value).region) && seen.insert(value).second)
            result.push_back(value);
    return result;
}

Result<std::vector<NodeId>> topologicalOrder(const Graph& graph, RegionId regionId)
{
    const std::vector<NodeId>& nodes = graph.region(regionId).nodes;
    std::unordered_map<NodeId, std::size_t> position;
    for (std::size_t i = 0; i < nodes.size(); ++i)
        position.emplace(nodes[i], i);

    std::vector<std::vector<std::size_t>> successors(nodes.size());
    std::vector<std::vector<std::size_t>> predecessors(nodes.size());
    std::vector<std::size_t> waiting(nodes.size(), 0);
    for (std::size_t i = 0; i < nodes.size(); ++i)
        for (ValueId value : valuesRead(graph, nodes[i])) {
            auto producer = position.find(graph.value(value).producer);
            if (producer == position.end())
                continue;
            successors[producer->second].push_back(i);
            predecessors[i].push_back(producer->second);
            ++waiting[i];
        }

    std::priority_queue<std::size_t, std::vector<std::size_t>, std::greater<>> ready;
    for (std::size_t i = 0; i < nodes.size(); ++i)
        if (waiting[i] == 0)
            ready.push(i);
    std::vector<NodeId> order;
    order.reserve(nodes.size());
    while (!ready.empty()) {
        std::size_t i = ready.top();
        ready.pop();
        order.push_back(nodes[i]);
        for (std::size_t next : successors[i])
            if (--waiting[next] == 0)
                ready.push(next);
    }
    if (order.size() != nodes.size())
        return cycleError(graph, nodes, predecessors, waiting);
    return order;
}

} // namespace orrery::graph
