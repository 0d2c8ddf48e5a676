// SPDX-License-Identifier: Apache-2.0
#include "trace_db/queries/graph_facts.h"

#include "trace_db/queries/graph.h"

#include <algorithm>

namespace orrery::trace_db {
namespace {

std::span<const std::uint32_t> find(const std::unordered_map<std::uint32_t, std::vector<std::uint32_t>>& map,
                                    std::uint32_t id)
{
    const auto found = map.find(id);
    return found == map.end() ? std::span<const std::uint32_t>() : found->second;
}

} // namespace

GraphFacts::GraphFacts(GraphRows rows)
    : m_rows(std::move(rows))
{
    for (std::size_t i = 0; i < m_rows.nodes.size(); ++i)
        m_nodes.emplace(m_rows.nodes[i].id, std::uint32_t(i));
    for (std::size_t i = 0; i < m_rows.values.size(); ++i)
        m_values.emplace(m_rows.values[i].id, std::uint32_t(i));
    for (const EdgeRow& edge : m_rows.edges) {
        std::vector<std::uint32_t>& list =
            edge.direction == EdgeDirection::In ? m_readers[edge.value] : m_outputs[edge.node];
        const std::uint32_t id = edge.direction == EdgeDirection::In ? edge.node : edge.value;
        if (std::find(list.begin(), list.end(), id) == list.end() || list.size() > 64)
            list.push_back(id);
    }
}

const NodeRow& GraphFacts::node(std::uint32_t id) const
{
    static const NodeRow none;
    const auto found = m_nodes.find(id);
    return found == m_nodes.end() ? none : m_rows.nodes[found->second];
}

const ValueRow& GraphFacts::value(std::uint32_t id) const
{
    static const ValueRow none;
    const auto found = m_values.find(id);
    return found == m_values.end() ? none : m_rows.values[found->second];
}

std::span<const std::uint32_t> GraphFacts::readers(std::uint32_t value) const
{
    return find(m_readers, value);
}

std::span<const std::uint32_t> GraphFacts::outputs(std::uint32_t node) const { return find(m_outputs, node); }

namespace graph_facts {

Result<Row> run(const TraceReader& reader, const Params& params)
{
    for (const char* stage : {"compute", "training", "dataflow"}) {
        std::vector<graph::Row> rows = TRY(graph::run(reader, {params.run, stage}));
        if (!rows.empty())
            return std::make_shared<const GraphFacts>(std::move(rows.front().rows));
    }
    return std::make_shared<const GraphFacts>(GraphRows());
}

} // namespace graph_facts
} // namespace orrery::trace_db
