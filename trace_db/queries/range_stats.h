#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// What a stretch of time was spent on, per node: as node_stats, but counted from the events. A call counts
// when it overlaps the stretch, with the part of its time that lies inside; self time is that part without
// the parts of its direct children. Percentiles as in the roll-ups: within 7 %. Warm-up is apart unless the
// stretch holds nothing else. Reads only the chunks that touch the stretch, one at a time.

#include "engine/base/result.h"
#include "trace_db/queries/hotspots.h"
#include "trace_db/queries/node_stats.h"
#include "trace_db/time_range.h"

#include <functional>
#include <vector>

namespace orrery::trace_db::range_stats {

struct Params {
    RunId run = {};
    TimeRange range = {};
    std::uint32_t warmup = 0;                  // steps before this one are warm-up
    std::uint32_t nodeCount = 0;               // of the compute graph; other nodes do not count
    std::int64_t firstNodeId = 0;              // of the compute graph
    std::function<bool()> cancelled = nullptr; // asked between chunks
};

// peakBytes: the most that allocations of the node, made within the stretch, held at once.
using Row = node_stats::Row;

struct Answer {
    std::vector<Row> rows;   // by node; only those with calls or bytes
    bool onlyWarmup = false; // the stretch holds nothing else, so warm-up calls count as measured
};

Result<Answer> run(const TraceReader& reader, const Params& params);

// The rows as hotspots by node, most self time first; what is known of the nodes themselves comes from those
// of the whole run.
std::vector<hotspots::Row> hotspotsOf(const std::vector<Row>& rows,
                                      const std::vector<hotspots::Row>& wholeRun);

} // namespace orrery::trace_db::range_stats
