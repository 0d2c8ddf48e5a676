// SPDX-License-Identifier: Apache-2.0
#include "trace_db/queries/graph.h"

#include "trace_db/queries/query.h"

namespace orrery::trace_db::graph {
namespace {

std::uint32_t localId(const Statement& at, int column, std::int64_t first)
{
    return at.isNull(column) ? noId : static_cast<std::uint32_t>(at.integer(column) - first);
}

Result<std::vector<NodeRow>> nodesOf(const TraceReader& reader, const Row& graph)
{
    auto rowOf = [&](const Statement& at) {
        return NodeRow{.id = static_cast<std::uint32_t>(at.integer(0)),
                       .name = at.text(1),
                       .opType = at.text(2),
                       .domain = at.text(3),
                       .region = static_cast<std::uint32_t>(at.integer(4)),
                       .parent = localId(at, 5, graph.firstNodeId),
                       .backend = at.text(6),
                       .kernel = at.text(7),
                       .attributes = at.text(8),
                       .scope = at.text(9),
                       .flops = at.integerOr(10, -1),
                       .bytesMoved = at.integerOr(11, -1)};
    };
    return rowsOf<NodeRow>(
        reader,
        "SELECT local_id, name, op_type, domain, region, parent_node_id, backend, kernel, attributes, "
        "scope, flops, bytes_moved FROM main.nodes WHERE graph_id = ?1 ORDER BY local_id",
        rowOf, graph.graphId);
}

Result<std::vector<ValueRow>> valuesOf(const TraceReader& reader, const Row& graph)
{
    auto rowOf = [&](const Statement& at) {
        return ValueRow{.id = static_cast<std::uint32_t>(at.integer(0)),
                        .name = at.text(1),
                        .dtype = at.text(2),
                        .shape = at.text(3),
                        .producer = localId(at, 4, graph.firstNodeId),
                        .kind = at.text(5)};
    };
    return rowsOf<ValueRow>(
        reader,
        "SELECT local_id, name, dtype, shape, producer_node_id, kind FROM main.graph_values "
        "WHERE graph_id = ?1 ORDER BY local_id",
        rowOf, graph.graphId);
}

Result<std::vector<EdgeRow>> edgesOf(const TraceReader& reader, const Row& graph)
{
    auto rowOf = [&](const Statement& at) {
        return EdgeRow{.node = localId(at, 0, graph.firstNodeId),
                       .value = localId(at, 1, graph.firstValueId),
                       .slot = static_cast<std::uint32_t>(at.integer(2)),
                       .direction = at.text(3) == "in" ? EdgeDirection::In : EdgeDirection::Out};
    };
    return rowsOf<EdgeRow>(
        reader,
        "SELECT e.node_id, e.value_id, e.slot, e.direction FROM main.nodes AS n JOIN main.edges AS e "
        "ON e.node_id = n.node_id WHERE n.graph_id = ?1 ORDER BY e.node_id, e.direction, e.slot",
        rowOf, graph.graphId);
}

Result<std::vector<OriginRow>> originsOf(const TraceReader& reader, const Row& graph)
{
    auto rowOf = [&](const Statement& at) {
        return OriginRow{.node = localId(at, 0, graph.firstNodeId),
                         .dataflowNode = static_cast<std::uint32_t>(at.integer(1))};
    };
    return rowsOf<OriginRow>(reader,
                             "SELECT o.node_id, d.local_id FROM main.nodes AS n JOIN main.node_origins AS o "
                             "ON o.node_id = n.node_id "
                             "JOIN main.nodes AS d ON d.node_id = o.origin_node_id WHERE n.graph_id = ?1 "
                             "ORDER BY o.node_id, d.local_id",
                             rowOf, graph.graphId);
}

} // namespace

Result<std::vector<Row>> run(const TraceReader& reader, const Params& params)
{
    auto rowOf = [](const Statement& at) {
        Row row{.graphId = at.integer(0),
                .firstNodeId = at.integer(1),
                .firstValueId = at.integer(2),
                .rows = {}};
        row.rows.stage = at.text(3);
        row.rows.name = at.text(4);
        return row;
    };
    std::vector<Row> rows =
        TRY(rowsOf<Row>(reader,
                        "SELECT graph_id, first_node_id, first_value_id, stage, name FROM main.graphs "
                        "WHERE run_id = ?1 AND stage = ?2",
                        rowOf, params.run.value, params.stage));
    for (Row& row : rows) {
        row.rows.nodes = TRY(nodesOf(reader, row));
        row.rows.values = TRY(valuesOf(reader, row));
        row.rows.edges = TRY(edgesOf(reader, row));
        row.rows.origins = TRY(originsOf(reader, row));
    }
    return rows;
}

} // namespace orrery::trace_db::graph
