// SPDX-License-Identifier: Apache-2.0
#include "trace_db/queries/step_inputs.h"

#include "trace_db/queries/query.h"

namespace orrery::trace_db::step_inputs {

Result<std::vector<Row>> run(const TraceReader& reader, const Params& params)
{
    auto rowOf = [](const Statement& at) {
        return Row{.step = static_cast<std::uint32_t>(at.integer(0)), .shapes = at.text(1)};
    };
    return rowsOf<Row>(reader, "SELECT step, shapes FROM main.step_inputs WHERE run_id = ?1 ORDER BY step",
                       rowOf, params.run.value);
}

} // namespace orrery::trace_db::step_inputs
