// SPDX-License-Identifier: Apache-2.0
#include "trace_db/queries/scalars.h"

#include "trace_db/queries/query.h"

namespace orrery::trace_db::scalars {

Result<std::vector<Row>> run(const TraceReader& reader, const Params& params)
{
    auto rowOf = [](const Statement& at) {
        return Row{.name = at.text(0), .step = at.integer(1), .value = at.real(2)};
    };
    return rowsOf<Row>(
        reader,
        "SELECT name, step, value FROM main.scalars WHERE run_id = ?1 AND (?2 = '' OR name = ?2) "
        "ORDER BY name, step",
        rowOf, params.run.value, params.name);
}

} // namespace orrery::trace_db::scalars
