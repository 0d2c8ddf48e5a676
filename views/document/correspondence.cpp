// SPDX-License-Identifier: Apache-2.0
#include "views/document/correspondence.h"

#include <algorithm>

namespace orrery::document {

Correspondence::Correspondence(const graph::Graph& compute)
{
    for (NodeId id : compute.liveNodes())
        for (NodeId origin : compute.node(id).origins) {
            m_toDataflow[id.value].push_back(origin.value);
            m_toCompute[origin.value].push_back(id.value);
        }
}

std::vector<std::uint64_t> Correspondence::keysIn(GraphStage stage, const CurrentNode& node) const
{
    if (!node.valid())
        return {};
    if (node.stage == stage || !node.isNode())
        return {node.key};
    const auto& map = stage == GraphStage::Compute ? m_toCompute : m_toDataflow;
    auto found = map.find(std::uint32_t(node.key));
    return found == map.end() ? std::vector<std::uint64_t>()
                              : std::vector<std::uint64_t>(found->second.begin(), found->second.end());
}

std::vector<std::uint64_t> Correspondence::siblings(const CurrentNode& node) const
{
    std::vector<std::uint64_t> found;
    if (!node.valid() || !node.isNode())
        return found;
    const auto& away = node.stage == GraphStage::Dataflow ? m_toCompute : m_toDataflow;
    const auto& back = node.stage == GraphStage::Dataflow ? m_toDataflow : m_toCompute;
    auto there = away.find(std::uint32_t(node.key));
    if (there == away.end())
        return found;
    for (std::uint32_t other : there->second)
        if (auto here = back.find(other); here != back.end())
            found.insert(found.end(), here->second.begin(), here->second.end());
    std::sort(found.begin(), found.end());
    found.erase(std::unique(found.begin(), found.end()), found.end());
    std::erase(found, node.key);
    return found;
}

} // namespace orrery::document
