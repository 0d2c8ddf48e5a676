// SPDX-License-Identifier: Apache-2.0
#include "trace_db/queries/native_stats.h"

#include "trace_db/queries/query.h"

namespace orrery::trace_db::native_stats {

Result<std::vector<Row>> run(const TraceReader& reader, const Params& params)
{
    auto rowOf = [](const Statement& at) {
        return Row{.nodeId = at.integer(0),
                   .calls = at.integer(1),
                   .sum = {.allocations = at.integer(2),
                           .allocatedBytes = at.integer(3),
                           .frees = at.integer(4),
                           .freedBytes = at.integer(5),
                           .peakBytes = at.integer(6)}};
    };
    return rowsOf<Row>(reader,
                       "SELECT node_id, calls, allocations, allocated_bytes, frees, freed_bytes, peak_bytes "
                       "FROM main.native_stats WHERE run_id = ?1 ORDER BY allocated_bytes DESC, node_id",
                       rowOf, params.run.value);
}

} // namespace orrery::trace_db::native_stats
