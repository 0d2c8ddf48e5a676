// SPDX-License-Identifier: Apache-2.0
#include "engine/edit/border.h"

#include "engine/edit/builder.h"
#include "engine/graph/order.h"

#include <algorithm>
#include <unordered_set>

namespace orrery::edit {

Result<Border> borderOf(const graph::Graph& graph, const std::set<NodeId>& nodes)
{
    if (nodes.empty())
        return refused("no node is chosen");
    for (NodeId id : nodes)
        TRY(needNode(graph, id));
    Border border;
    border.region = graph.node(*nodes.begin()).region;
    const graph::Region& region = graph.region(border.region);
    for (NodeId id : region.nodes) {
        if (nodes.count(id) != 0)
            border.nodes.push_back(id);
        else if (border.nodes.size() < nodes.size())
            ++border.place;
    }
    if (border.nodes.size() != nodes.size())
        return refused("the nodes lie in different graphs; choose those of one");

    std::unordered_set<ValueId> made, seen, readInside, readOutside;
    for (NodeId id : border.nodes)
        for (ValueId output : graph.node(id).outputs)
            if (output.valid() && made.insert(output).second)
                border.made.push_back(output);
    for (NodeId id : region.nodes)
        for (ValueId value : graph::valuesRead(graph, id)) {
            const bool chosen = nodes.count(id) != 0;
            (chosen ? readInside : readOutside).insert(value);
            if (chosen && made.count(value) == 0 && seen.insert(value).second)
                border.read.push_back(value);
        }
    readOutside.insert(region.outputs.begin(), region.outputs.end());
    auto take = [&](auto&& isOutput) {
        for (ValueId value : border.made)
            (isOutput(value) ? border.outputs : border.inner).push_back(value);
    };
    take([&](ValueId value) { return readOutside.count(value) != 0; });
    if (border.outputs.empty()) {
        border.inner.clear();
        take([&](ValueId value) { return readInside.count(value) == 0; });
    }
    return border;
}

Result<void> checkConvex(const graph::Graph& graph, const Border& border)
{
    const std::unordered_set<NodeId> chosen(border.nodes.begin(), border.nodes.end());
    std::vector<ValueId> open = border.read;
    std::unordered_set<NodeId> seen;
    while (!open.empty()) {
        const NodeId maker = graph.value(open.back()).producer;
        open.pop_back();
        if (!maker.valid() || graph.node(maker).region != border.region || !seen.insert(maker).second)
            continue;
        if (chosen.count(maker) != 0)
            return refused("what is between the chosen nodes must be chosen, too: another node reads its "
                           "output, and one of them depends on that",
                           graph.node(maker).displayName());
        const auto read = graph::valuesRead(graph, maker);
        open.insert(open.end(), read.begin(), read.end());
    }
    return {};
}

} // namespace orrery::edit
