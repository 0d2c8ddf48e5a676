// SPDX-License-Identifier: Apache-2.0
#include "trace_db/queries/counter_series.h"

#include "trace_db/queries/query.h"

#include <cmath>

namespace orrery::trace_db::counter_series {

Result<std::vector<Row>> run(const TraceReader& reader, const Params& params)
{
    struct Track {
        std::int64_t id;
        Row row;
    };
    auto tracks = TRY(rowsOf<Track>(
        reader, "SELECT counter_id, name, unit FROM main.counter_tracks WHERE run_id = ?1 ORDER BY name",
        [](const Statement& at) {
            Track track{at.integer(0), {}};
            track.row.name = at.text(1);
            track.row.unit = at.text(2);
            return track;
        },
        params.run.value));
    std::vector<Row> rows;
    Statement samples = TRY(Statement::prepare(
        reader.connection(), "SELECT ts, value FROM main.counter_samples WHERE counter_id = ?1 ORDER BY ts"));
    for (Track& track : tracks) {
        samples.reset();
        samples.bindAll(track.id);
        while (TRY(samples.next())) {
            const double value = samples.real(1);
            if (!std::isfinite(value))
                continue;
            if (std::int64_t(track.row.ts.size()) >= params.limit) {
                ++track.row.leftOut;
                continue;
            }
            track.row.ts.push_back(samples.integer(0));
            track.row.values.push_back(value);
        }
        rows.push_back(std::move(track.row));
    }
    return rows;
}

} // namespace orrery::trace_db::counter_series
