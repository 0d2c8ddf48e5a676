// SPDX-License-Identifier: Apache-2.0
#include "trace_db/queries/memory_timeline.h"

#include "trace_db/queries/query.h"

namespace orrery::trace_db::memory_timeline {

Result<std::vector<Row>> run(const TraceReader& reader, const Params& params)
{
    Statement at =
        TRY(Statement::prepare(reader.connection(), "SELECT bucket, ts, kind, bytes, end_bytes FROM "
                                                    "main.memory_samples WHERE run_id = ?1 ORDER BY bucket"));
    at.bindAll(params.run.value);
    std::vector<Row> rows;
    std::int64_t bucket = -1;
    while (TRY(at.next())) {
        if (rows.empty() || at.integer(0) != bucket) {
            bucket = at.integer(0);
            rows.emplace_back().ts = at.integer(1);
            rows.back().bytesByKind.resize(allocKindCount);
        }
        Row& row = rows.back();
        std::string kindName = at.text(2);
        for (std::size_t kind = 0; kind < allocKindCount; ++kind)
            if (kindName == name(static_cast<AllocKind>(kind)))
                row.bytesByKind[kind] = at.integer(3);
        row.totalBytes += at.integer(3);
        row.endBytes += at.integer(4);
    }
    return rows;
}

} // namespace orrery::trace_db::memory_timeline
