#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// Which pieces of the arena were in use when? A box is an address range over the lifetime of what lay there.
// Boxes of one moment do not overlap where the memory plan is right. Allocations outside of the arena (the
// heap, inputs, weights) are not among them.

#include "trace_db/queries/alloc_index.h"
#include "trace_db/time_range.h"

namespace orrery::trace_db::arena_boxes {

struct Params {
    std::shared_ptr<const AllocIndex> index;
    TimeRange range;
    std::size_t limit = 100'000;
};

struct Row {
    LiveBuffer buffer;
    std::int64_t end = INT64_MAX; // when it was freed; INT64_MAX: not within the range
    std::uint32_t freedBy = noId;
};

struct Answer {
    std::vector<Row> boxes;    // by begin
    bool isCut = false;        // there are more than the limit
    std::int64_t topBytes = 0; // highest end of a box
    MemoryMoment fullest;      // most bytes in use at once within the range
};

Result<Answer> run(const TraceReader& reader, const Params& params);

} // namespace orrery::trace_db::arena_boxes
