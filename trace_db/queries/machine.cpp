// SPDX-License-Identifier: Apache-2.0
#include "trace_db/queries/machine.h"

#include "trace_db/queries/query.h"

namespace orrery::trace_db::machine {

Result<Row> run(const TraceReader& reader, const Params& params)
{
    auto rowOf = [](const Statement& at) {
        return Row{.cpuModel = at.text(0),
                   .cores = at.integerOr(1, -1),
                   .memoryBytes = at.integerOr(2, -1),
                   .os = at.text(3),
                   .versions = at.text(4),
                   .governor = at.text(5),
                   .kernelLevel = at.text(6)};
    };
    std::vector<Row> rows =
        TRY(rowsOf<Row>(reader,
                        "SELECT cpu_model, cores, memory_bytes, os, versions, governor, kernel_level "
                        "FROM main.machine WHERE run_id = ?1",
                        rowOf, params.run.value));
    return rows.empty() ? Row{} : rows.front();
}

} // namespace orrery::trace_db::machine
