#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// What each node has to do with the memory of a run, for overlays: what it made that was live at the peak,
// the weights that it reads, and by how much memory that it asked of malloc grows from step to step. Reads
// all allocations of the run once.

#include "trace_db/run_rows.h"
#include "trace_db/trace_reader.h"

#include <cstdint>
#include <vector>

namespace orrery::trace_db::memory_by_node {

struct Params {
    RunId run = {};
};

struct Row {
    std::uint32_t node = noId;      // of the compute graph
    std::int64_t peakBytes = 0;     // of values and work space that it allocated, live at the peak
    std::int64_t weightBytes = 0;   // of weights that no node before it reads
    double nativeGrowthPerStep = 0; // bytes, over the measured steps; 0 or less: does not grow
    bool isHeapWatched = false;     // else the growth is not known
};

// By node; every node of the graph has a row.
Result<std::vector<Row>> run(const TraceReader& reader, const Params& params);

} // namespace orrery::trace_db::memory_by_node
