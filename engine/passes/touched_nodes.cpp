// SPDX-License-Identifier: Apache-2.0
#include "engine/passes/touched_nodes.h"

#include <algorithm>

namespace orrery::passes {

void TouchedNodes::remember(const graph::Graph& graph)
{
    m_seen.clear();
    m_seen.resize(graph.nodeSlots());
    for (NodeId id : graph.liveNodes()) {
        const graph::Node& node = graph.node(id);
        m_seen[id.index()] = {node.origins, node.opType, node.attributes.size()};
    }
}

std::vector<NodeId> TouchedNodes::since(const graph::Graph& graph)
{
    std::vector<NodeId> touched;
    const auto add = [&touched](const std::vector<NodeId>& origins) {
        touched.insert(touched.end(), origins.begin(), origins.end());
    };
    for (std::size_t i = 0; i < m_seen.size(); ++i)
        if (!graph.contains(NodeId(i)))
            add(m_seen[i].origins);
    for (NodeId id : graph.liveNodes()) {
        const graph::Node& node = graph.node(id);
        const Seen* before = id.index() < m_seen.size() ? &m_seen[id.index()] : nullptr;
        if (before == nullptr || before->origins != node.origins || before->opType != node.opType ||
            before->attributes != node.attributes.size())
            add(node.origins);
    }
    std::sort(touched.begin(), touched.end());
    touched.erase(std::unique(touched.begin(), touched.end()), touched.end());
    remember(graph);
    return touched;
}

} // namespace orrery::passes
