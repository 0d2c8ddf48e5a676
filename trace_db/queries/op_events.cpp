// SPDX-License-Identifier: Apache-2.0
#include "trace_db/queries/op_events.h"

#include "trace_db/queries/chunk_scan.h"

namespace orrery::trace_db::op_events {

Result<std::vector<Row>> run(const TraceReader& reader, const Params& params)
{
    return scanChunks<Row>(
        reader, "SELECT data FROM main.op_chunks WHERE run_id = ?1 AND t1 >= ?2 AND t0 <= ?3 ORDER BY chunk",
        params.run, params.t0, params.t1, params.limit,
        [&](const Row& event) { return event.ts + event.dur >= params.t0 && event.ts <= params.t1; });
}

} // namespace orrery::trace_db::op_events
