#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// How many bytes of each kind were live over a stretch of time, in as many columns as the screen has pixels?
// A column keeps its highest moment, so that no peak is lost at any zoom, its lowest, and how it ended.
// Chunks that are narrower than a column are not read: the index knows their extremes.

#include "trace_db/queries/alloc_index.h"
#include "trace_db/time_range.h"

namespace orrery::trace_db::memory_curve {

struct Params {
    std::shared_ptr<const AllocIndex> index;
    TimeRange range;
    std::size_t columns = 1000;
};

struct Row { // columns have equal lengths and lie side by side
    MemoryMoment highest;
    std::int64_t lowestTotal = 0;
    LiveBytes atEnd;
};

// Exactly params.columns rows; none for an empty range or a run without allocations.
Result<std::vector<Row>> run(const TraceReader& reader, const Params& params);

} // namespace orrery::trace_db::memory_curve
