// SPDX-License-Identifier: Apache-2.0
#include "views/document/renumber_origins.h"

#include <algorithm>
#include <string_view>
#include <unordered_map>

namespace orrery::document {
namespace {

std::string_view nameOfResult(const graph::Graph& graph, NodeId node)
{
    for (ValueId output : graph.node(node).outputs)
        if (output.valid())
            return graph.value(output).name;
    return {};
}

bool isSame(const graph::Graph& a, NodeId inA, const graph::Graph& b, NodeId inB)
{
    return a.node(inA).opType == b.node(inB).opType && nameOfResult(a, inA) == nameOfResult(b, inB);
}

} // namespace

std::shared_ptr<const graph::Graph>
withOriginsIn(const graph::Graph& shown, std::shared_ptr<const graph::Graph> compute, const graph::Graph& ran)
{
    const std::vector<NodeId> nodes = ran.liveNodes();
    if (std::all_of(nodes.begin(), nodes.end(),
                    [&](NodeId node) { return shown.contains(node) && isSame(ran, node, shown, node); }))
        return compute;
    std::unordered_map<std::string_view, NodeId> named;
    for (NodeId node : shown.liveNodes())
        if (const std::string_view name = nameOfResult(shown, node); !name.empty())
            named.try_emplace(name, node);
    auto result = std::make_shared<graph::Graph>(*compute);
    for (NodeId id : result->liveNodes()) {
        std::vector<NodeId> origins;
        for (NodeId origin : result->node(id).origins) {
            auto found = ran.contains(origin) ? named.find(nameOfResult(ran, origin)) : named.end();
            if (found != named.end() && isSame(ran, origin, shown, found->second))
                origins.push_back(found->second);
        }
        std::sort(origins.begin(), origins.end());
        result->node(id).origins = std::move(origins);
    }
    return result;
}

} // namespace orrery::document
