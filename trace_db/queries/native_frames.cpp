// SPDX-License-Identifier: Apache-2.0
#include "trace_db/queries/native_frames.h"

#include "trace_db/queries/query.h"

namespace orrery::trace_db::native_frames {

Result<std::vector<Row>> run(const TraceReader& reader, const Params& params)
{
    auto rowOf = [](const Statement& at) {
        return Row{.module = at.text(0),
                   .moduleOffset = at.integerOr(1, -1),
                   .symbol = at.text(2),
                   .file = at.text(3),
                   .line = at.integerOr(4, -1)};
    };
    return rowsOf<Row>(reader,
                       "SELECT module, module_offset, symbol, file, line FROM main.native_frames "
                       "WHERE run_id = ?1 AND stack = ?2 ORDER BY depth",
                       rowOf, params.run.value, params.stack);
}

} // namespace orrery::trace_db::native_frames
