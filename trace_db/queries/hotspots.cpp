// SPDX-License-Identifier: Apache-2.0
//
// Rows are grouped in SQL from the roll-ups; shares and the running sum are made here, over all groups,
// before the limit cuts. The deviation of a group is that within its nodes: a slow and a fast node of one
// type are not noise.
#include "trace_db/queries/hotspots.h"

#include "trace_db/queries/query.h"

#include <algorithm>
#include <cmath>
#include <unordered_map>

namespace orrery::trace_db::hotspots {
namespace {

constexpr const char* byNode =
    "SELECT coalesce(n.name, ''), s.node_id, n.op_type, n.backend, n.kernel, n.scope, 1, s.calls, "
    "s.total_ns, s.self_ns, "
    "s.self_m2, max(s.calls - 1, 0), s.min_self_ns, s.max_self_ns, s.p50_self_ns, s.p95_self_ns, n.flops, "
    "n.bytes_moved, "
    "s.peak_bytes, s.warmup_calls, s.warmup_self_ns "
    "FROM main.op_stats AS s LEFT JOIN main.nodes AS n ON n.node_id = s.node_id "
    "WHERE s.run_id = ?1 AND s.calls + s.warmup_calls > 0 ORDER BY s.self_ns DESC, s.node_id";

constexpr const char* byThread = "SELECT thread, NULL, NULL, NULL, NULL, NULL, 0, calls, total_ns, self_ns, "
                                 "0.0, 0, NULL, NULL, NULL, NULL, NULL, "
                                 "NULL, 0, warmup_calls, warmup_self_ns FROM main.thread_stats WHERE run_id "
                                 "= ?1 ORDER BY self_ns DESC, thread";

std::string byColumn(const std::string& column, const char* opType, const char* scope)
{
    return "SELECT coalesce(n." + column + ", '') AS key, NULL, " + opType + ", NULL, NULL, " + scope +
           ", count(*), sum(s.calls), sum(s.total_ns), sum(s.self_ns), sum(s.self_m2), sum(max(s.calls - 1, "
           "0)), "
           "min(iif(s.calls > 0, s.min_self_ns, NULL)), max(s.max_self_ns), NULL, NULL, NULL, NULL, "
           "max(s.peak_bytes), "
           "sum(s.warmup_calls), sum(s.warmup_self_ns) "
           "FROM main.op_stats AS s LEFT JOIN main.nodes AS n ON n.node_id = s.node_id "
           "WHERE s.run_id = ?1 AND s.calls + s.warmup_calls > 0 GROUP BY key ORDER BY sum(s.self_ns) DESC, "
           "key";
}

std::string sqlFor(By by)
{
    switch (by) {
    case By::Node:
        return byNode;
    case By::OpType:
        return byColumn("op_type", "n.op_type", "NULL");
    case By::Scope:
        return byColumn("scope", "NULL", "n.scope");
    case By::Thread:
        return byThread;
    }
    return byNode;
}

Row rowOf(const Statement& at)
{
    Row row;
    row.key = at.text(0);
    row.nodeId = at.integerOr(1, -1);
    row.opType = at.text(2);
    row.backend = at.text(3);
    row.kernel = at.text(4);
    row.scope = at.text(5);
    row.nodes = at.integer(6);
    row.calls = at.integer(7);
    row.totalNs = at.integer(8);
    row.selfNs = at.integer(9);
    std::int64_t freedom = at.integer(11);
    row.selfStddevNs = freedom > 0 ? std::sqrt(std::max(at.real(10), 0.0) / static_cast<double>(freedom)) : 0;
    row.selfMeanNs = row.calls > 0 ? static_cast<double>(row.selfNs) / static_cast<double>(row.calls) : 0;
    row.selfMinNs = at.integerOr(12, -1);
    row.selfMaxNs = at.integerOr(13, -1);
    row.selfP50Ns = at.integerOr(14, -1);
    row.selfP95Ns = at.integerOr(15, -1);
    row.flops = at.integerOr(16, -1);
    row.bytesMoved = at.integerOr(17, -1);
    row.peakBytes = at.integer(18);
    row.warmupCalls = at.integer(19);
    row.warmupSelfNs = at.integer(20);
    return row;
}

void addShares(std::vector<Row>& rows)
{
    double all = 0;
    for (const Row& row : rows)
        all += static_cast<double>(row.selfNs);
    double sum = 0;
    for (Row& row : rows) {
        sum += static_cast<double>(row.selfNs);
        row.sharePercent = all > 0 ? 100 * static_cast<double>(row.selfNs) / all : 0;
        row.cumulativePercent = all > 0 ? 100 * sum / all : 0;
    }
}

Result<void> addOrigins(const TraceReader& reader, RunId run, std::vector<Row>& rows)
{
    std::unordered_map<std::int64_t, Row*> byId;
    for (Row& row : rows)
        byId[row.nodeId] = &row;
    Statement origins = TRY(Statement::prepare(
        reader.connection(),
        "SELECT o.node_id, d.name FROM main.nodes AS n JOIN main.node_origins AS o ON o.node_id = n.node_id "
        "JOIN main.nodes AS d ON d.node_id = o.origin_node_id "
        "WHERE n.graph_id = (SELECT compute_graph_id FROM main.runs WHERE run_id = ?1) "
        "ORDER BY o.node_id, o.origin_node_id"));
    origins.bindAll(run.value);
    while (TRY(origins.next()))
        if (auto found = byId.find(origins.integer(0)); found != byId.end())
            found->second->origins.push_back(origins.text(1));
    return {};
}

} // namespace

Result<std::vector<Row>> run(const TraceReader& reader, const Params& params)
{
    std::vector<Row> rows = TRY(rowsOf<Row>(reader, sqlFor(params.by), rowOf, params.run.value));
    addShares(rows);
    if (params.limit >= 0 && rows.size() > static_cast<std::size_t>(params.limit))
        rows.resize(static_cast<std::size_t>(params.limit));
    if (params.by == By::Node)
        TRY(addOrigins(reader, params.run, rows));
    return rows;
}

} // namespace orrery::trace_db::hotspots
