// SPDX-License-Identifier: Apache-2.0
#include "trace_db/queries/passes.h"

#include "trace_db/queries/query.h"

namespace orrery::trace_db::passes {

Result<std::vector<Row>> run(const TraceReader& reader, const Params& params)
{
    auto rowOf = [](const Statement& at) {
        return Row{.name = at.text(0),
                   .durationNs = at.integer(1),
                   .nodesBefore = at.integer(2),
                   .nodesAfter = at.integer(3)};
    };
    return rowsOf<Row>(
        reader,
        "SELECT name, dur, nodes_before, nodes_after FROM main.passes WHERE run_id = ?1 ORDER BY position",
        rowOf, params.run.value);
}

} // namespace orrery::trace_db::passes
