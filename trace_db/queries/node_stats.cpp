// SPDX-License-Identifier: Apache-2.0
#include "trace_db/queries/node_stats.h"

#include "trace_db/queries/query.h"

#include <cmath>

namespace orrery::trace_db::node_stats {

Result<std::vector<Row>> run(const TraceReader& reader, const Params& params)
{
    auto rowOf = [](const Statement& at) {
        Row row;
        row.nodeId = at.integer(0);
        row.node = static_cast<std::uint32_t>(at.integer(1));
        row.calls = at.integer(2);
        row.totalNs = at.integer(3);
        row.selfNs = at.integer(4);
        row.selfMinNs = at.integer(5);
        row.selfMaxNs = at.integer(6);
        row.selfP50Ns = at.integer(7);
        row.selfP95Ns = at.integer(8);
        row.selfStddevNs =
            row.calls > 1 ? std::sqrt(std::fmax(at.real(9), 0) / static_cast<double>(row.calls - 1)) : 0;
        row.peakBytes = at.integer(10);
        row.warmupCalls = at.integer(11);
        row.warmupSelfNs = at.integer(12);
        return row;
    };
    return rowsOf<Row>(
        reader,
        "SELECT s.node_id, n.local_id, calls, total_ns, self_ns, min_self_ns, max_self_ns, p50_self_ns, "
        "p95_self_ns, self_m2, peak_bytes, warmup_calls, warmup_self_ns "
        "FROM main.op_stats AS s JOIN main.nodes AS n ON n.node_id = s.node_id "
        "WHERE s.run_id = ?1 ORDER BY s.node_id",
        rowOf, params.run.value);
}

} // namespace orrery::trace_db::node_stats
