// SPDX-License-Identifier: Apache-2.0
#include "trace_db/queries/latency.h"

#include "trace_db/queries/query.h"

#include <algorithm>
#include <cmath>

namespace orrery::trace_db::latency {
namespace {

double percentile(const std::vector<double>& sorted, double p)
{
    double position = p * static_cast<double>(sorted.size() - 1);
    auto below = static_cast<std::size_t>(position);
    std::size_t above = std::min(below + 1, sorted.size() - 1);
    return std::lerp(sorted[below], sorted[above], position - static_cast<double>(below));
}

} // namespace

Result<Row> run(const TraceReader& reader, const Params& params)
{
    std::vector<double> durations = TRY(rowsOf<double>(
        reader, "SELECT dur FROM main.steps WHERE run_id = ?1 AND warmup = 0 ORDER BY dur",
        [](const Statement& at) { return at.real(0); }, params.run.value));
    Row row;
    row.steps = static_cast<std::int64_t>(durations.size());
    if (durations.empty())
        return row;
    for (double duration : durations)
        row.meanNs += duration / static_cast<double>(durations.size());
    double squares = 0;
    for (double duration : durations)
        squares += (duration - row.meanNs) * (duration - row.meanNs);
    row.stddevNs = durations.size() > 1 ? std::sqrt(squares / static_cast<double>(durations.size() - 1)) : 0;
    row.minNs = durations.front();
    row.medianNs = percentile(durations, 0.5);
    row.p90Ns = percentile(durations, 0.9);
    row.p99Ns = percentile(durations, 0.99);
    row.maxNs = durations.back();
    return row;
}

} // namespace orrery::trace_db::latency
