// SPDX-License-Identifier: Apache-2.0
#include "trace_db/queries/counters.h"

#include "trace_db/queries/query.h"

namespace orrery::trace_db::counters {

Result<std::vector<Row>> run(const TraceReader& reader, const Params& params)
{
    auto rowOf = [](const Statement& at) {
        return Row{.name = at.text(0), .unit = at.text(1), .ts = at.integer(2), .value = at.real(3)};
    };
    return rowsOf<Row>(reader,
                       "SELECT t.name, t.unit, s.ts, s.value FROM main.counter_tracks AS t "
                       "JOIN main.counter_samples AS s ON s.counter_id = t.counter_id "
                       "WHERE t.run_id = ?1 AND (?2 = '' OR t.name = ?2) ORDER BY t.name, s.ts",
                       rowOf, params.run.value, params.name);
}

} // namespace orrery::trace_db::counters
