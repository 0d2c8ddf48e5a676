#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// GraphFacts: the graph that a run's events are of, made for looking things up by id: names, who reads a
// value, what a node writes. Ids are local to the graph. Immutable, shared between threads. An id that the
// graph does not hold has empty names and no readers.

#include "trace_db/graph_rows.h"
#include "trace_db/run_rows.h"
#include "trace_db/trace_reader.h"

#include <memory>
#include <span>
#include <unordered_map>

namespace orrery::trace_db {

class GraphFacts {
public:
    explicit GraphFacts(GraphRows rows);

    const NodeRow& node(std::uint32_t id) const;   // an empty one where there is none
    const ValueRow& value(std::uint32_t id) const; // likewise
    std::span<const std::uint32_t> readers(std::uint32_t value) const;
    std::span<const std::uint32_t> outputs(std::uint32_t node) const;
    const std::vector<NodeRow>& nodes() const { return m_rows.nodes; }

private:
    GraphRows m_rows;
    std::unordered_map<std::uint32_t, std::uint32_t> m_nodes, m_values; // id → place
    std::unordered_map<std::uint32_t, std::vector<std::uint32_t>> m_readers, m_outputs;
};

namespace graph_facts {

struct Params {
    RunId run = {};
};

using Row = std::shared_ptr<const GraphFacts>; // never null; empty when the run has no graph

Result<Row> run(const TraceReader& reader, const Params& params);

} // namespace graph_facts
} // namespace orrery::trace_db
