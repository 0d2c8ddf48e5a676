// SPDX-License-Identifier: Apache-2.0
#include "trace_db/queries/steps.h"

#include "trace_db/queries/query.h"

namespace orrery::trace_db::steps {

Result<std::vector<Row>> run(const TraceReader& reader, const Params& params)
{
    auto rowOf = [](const Statement& at) {
        Step step{.index = static_cast<std::uint32_t>(at.integer(0)),
                  .ts = at.integer(1),
                  .dur = at.integer(2),
                  .kind = at.integer(3) != 0 ? StepKind::WarmUp : StepKind::Measured,
                  .peakBytes = at.integerOr(4, -1)};
        return Row{.step = step, .liveBytes = at.integerOr(5, -1)};
    };
    return rowsOf<Row>(
        reader,
        "SELECT step, ts, dur, warmup, peak_bytes, live_bytes FROM main.steps WHERE run_id = ?1 "
        "ORDER BY step",
        rowOf, params.run.value);
}

} // namespace orrery::trace_db::steps
