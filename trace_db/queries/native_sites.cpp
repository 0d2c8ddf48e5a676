// SPDX-License-Identifier: Apache-2.0
#include "trace_db/queries/native_sites.h"

#include "trace_db/queries/query.h"

#include <algorithm>

namespace orrery::trace_db::native_sites {

Result<std::vector<Row>> run(const TraceReader& reader, const Params& params)
{
    auto rowOf = [](const Statement& at) {
        Row row;
        row.site.site = static_cast<std::uint32_t>(at.integer(0));
        row.site.kind = at.text(1) == name(NativeKind::Mapping) ? NativeKind::Mapping : NativeKind::Heap;
        std::string share = at.text(2);
        row.site.share = share == name(NativeShare::Native)   ? NativeShare::Native
                         : share == name(NativeShare::Tensor) ? NativeShare::Tensor
                                                              : NativeShare::Other;
        row.nodeId = at.integerOr(3, -1);
        row.site.stack = at.integerOr(4, -1);
        row.site.firstStep = static_cast<std::uint32_t>(at.integer(5));
        if (!at.isNull(6))
            row.closed = NativeSample{row.site.site, noId, at.integer(6), at.integerOr(7, 0)};
        return row;
    };
    std::vector<Row> rows =
        TRY(rowsOf<Row>(reader,
                        "SELECT site, kind, share, node_id, stack, first_step, closed_bytes, closed_blocks "
                        "FROM main.native_sites WHERE run_id = ?1 ORDER BY site",
                        rowOf, params.run.value));
    Statement samples = TRY(Statement::prepare(
        reader.connection(), "SELECT site, step, live_bytes, live_blocks FROM main.native_samples "
                             "WHERE run_id = ?1 ORDER BY site, step"));
    samples.bindAll(params.run.value);
    auto at = rows.begin();
    while (TRY(samples.next())) {
        std::int64_t site = samples.integer(0);
        while (at != rows.end() && at->site.site < site)
            ++at;
        if (at == rows.end())
            break;
        if (at->site.site == site)
            at->samples.push_back(
                {static_cast<std::uint32_t>(samples.integer(1)), samples.integer(2), samples.integer(3)});
    }
    return rows;
}

} // namespace orrery::trace_db::native_sites
