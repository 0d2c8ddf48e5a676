// SPDX-License-Identifier: Apache-2.0
#include "trace_db/queries/timeline.h"

#include "trace_db/queries/query.h"

#include <algorithm>

namespace orrery::trace_db::timeline {

Result<std::vector<Row>> run(const TraceReader& reader, const Params& params)
{
    int level = std::clamp(params.level, 0, levels - 1);
    int shift = 26 + 2 * level;
    auto rowOf = [&](const Statement& at) {
        // Buckets of a damaged file may lie outside of time.
        constexpr std::int64_t edge = std::int64_t{1} << 37;
        return Row{.thread = static_cast<std::uint32_t>(at.integer(0)),
                   .ts = std::clamp(at.integer(1), -edge, edge - 1) * bucketNs(0),
                   .events = at.integer(2),
                   .selfNs = at.integer(3),
                   .maxSelfNs = at.integer(4),
                   .topNodeId = at.integerOr(5, -1)};
    };
    return rowsOf<Row>(
        reader,
        "SELECT thread, bucket << ?5, n, self_ns, max_self_ns, top_node_id FROM main.op_pyramid "
        "WHERE run_id = ?1 AND level = ?2 AND bucket BETWEEN ?3 AND ?4 ORDER BY thread, bucket",
        rowOf, params.run.value, level, params.t0 >> shift, params.t1 >> shift, 2 * level);
}

} // namespace orrery::trace_db::timeline
