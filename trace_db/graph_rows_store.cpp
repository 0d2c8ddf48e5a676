// SPDX-License-Identifier: Apache-2.0
#include "trace_db/graph_rows_store.h"

#include "trace_db/statement.h"

#include <algorithm>

namespace orrery::trace_db {
namespace {

constexpr std::uint32_t localIdLimit = 1u << 28;

Error usage(const GraphRows& graph, std::string message)
{
    return {ErrorCode::Usage, std::move(message), "graph \"" + graph.stage + "\""};
}

template<class Row>
Result<std::uint32_t> idCount(const GraphRows& graph, const std::vector<Row>& rows)
{
    std::uint32_t count = 0;
    for (const Row& row : rows) {
        if (row.id >= localIdLimit)
            return usage(graph,
                         "the id " + std::to_string(row.id) + " of \"" + row.name + "\" is not below 2^28");
        count = std::max(count, row.id + 1);
    }
    return count;
}

Result<void> storeNodes(const Connection& connection, std::int64_t runId, const StoredGraph& at,
                        const GraphRows& graph)
{
    Statement insert = TRY(Statement::prepare(
        connection, "INSERT INTO nodes VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,?15)"));
    for (const NodeRow& node : graph.nodes) {
        insert.bindAll(at.firstNodeId + node.id, runId, at.graphId, node.id, node.name, node.opType,
                       node.domain, node.region);
        insert.bindOrNull(9, at.firstNodeId + node.parent, node.parent != noId);
        insert.bind(10, node.backend);
        insert.bind(11, node.kernel);
        insert.bind(12, node.attributes);
        insert.bind(13, node.scope);
        insert.bindOrNull(14, node.flops, node.flops >= 0);
        insert.bindOrNull(15, node.bytesMoved, node.bytesMoved >= 0);
        TRY(insert.run());
    }
    return {};
}

Result<void> storeValues(const Connection& connection, std::int64_t runId, const StoredGraph& at,
                         const GraphRows& graph)
{
    Statement insert =
        TRY(Statement::prepare(connection, "INSERT INTO graph_values VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9)"));
    for (const ValueRow& value : graph.values) {
        insert.bindAll(at.firstValueId + value.id, runId, at.graphId, value.id, value.name, value.dtype,
                       value.shape);
        insert.bindOrNull(8, at.firstNodeId + value.producer, value.producer != noId);
        insert.bind(9, value.kind);
        TRY(insert.run());
    }
    return {};
}

Result<void> storeEdges(const Connection& connection, std::int64_t runId, const StoredGraph& at,
                        const GraphRows& graph, std::uint32_t valueIds)
{
    Statement insert = TRY(Statement::prepare(connection, "INSERT INTO edges VALUES (?1,?2,?3,?4,?5,?6)"));
    for (const EdgeRow& edge : graph.edges) {
        if (edge.node >= at.nodeIds || edge.value >= valueIds)
            return usage(graph, "an edge joins node " + std::to_string(edge.node) + " and value " +
                                    std::to_string(edge.value) + ", of which one is not in the graph");
        const char* direction = edge.direction == EdgeDirection::In ? "in" : "out";
        insert.bindAll(at.firstNodeId + edge.node, std::string_view(direction), edge.slot, runId, at.graphId,
                       at.firstValueId + edge.value);
        TRY(insert.run());
    }
    return {};
}

Result<void> storeOrigins(const Connection& connection, std::int64_t runId, const StoredGraph& at,
                          const GraphRows& graph)
{
    if (graph.origins.empty())
        return {};
    Statement dataflow = TRY(Statement::prepare(
        connection,
        "SELECT first_node_id, node_id_count FROM graphs WHERE run_id = ?1 AND stage = 'dataflow'"));
    dataflow.bindAll(runId);
    if (!TRY(dataflow.next()))
        return usage(graph, "origins name nodes of the dataflow graph, which must be added first");
    std::int64_t first = dataflow.integer(0);
    std::int64_t count = dataflow.integer(1);
    dataflow.reset();
    Statement insert =
        TRY(Statement::prepare(connection, "INSERT OR IGNORE INTO node_origins VALUES (?1,?2)"));
    for (const OriginRow& origin : graph.origins) {
        if (origin.node >= at.nodeIds || origin.dataflowNode >= count)
            return usage(graph, "node " + std::to_string(origin.node) + " has the origin " +
                                    std::to_string(origin.dataflowNode) + ", of which one does not exist");
        insert.bindAll(at.firstNodeId + origin.node, first + origin.dataflowNode);
        TRY(insert.run());
    }
    return {};
}

} // namespace

Result<StoredGraph> storeGraph(const Connection& connection, std::int64_t runId, const GraphRows& graph)
{
    StoredGraph at;
    at.nodeIds = TRY(idCount(graph, graph.nodes));
    std::uint32_t valueIds = TRY(idCount(graph, graph.values));
    at.firstNodeId =
        TRY(connection.integer("SELECT coalesce(max(first_node_id + node_id_count), 1) FROM graphs"));
    at.firstValueId =
        TRY(connection.integer("SELECT coalesce(max(first_value_id + value_id_count), 1) FROM graphs"));
    at.graphId = TRY(connection.integer("SELECT coalesce(max(graph_id), 0) + 1 FROM graphs"));
    Statement insert =
        TRY(Statement::prepare(connection, "INSERT INTO graphs VALUES (?1,?2,?3,?4,?5,?6,?7,?8)"));
    insert.bindAll(at.graphId, runId, graph.stage, graph.name, at.firstNodeId, at.firstValueId, at.nodeIds,
                   valueIds);
    TRY(insert.run());
    TRY(storeNodes(connection, runId, at, graph));
    TRY(storeValues(connection, runId, at, graph));
    TRY(storeEdges(connection, runId, at, graph, valueIds));
    TRY(storeOrigins(connection, runId, at, graph));
    return at;
}

} // namespace orrery::trace_db
