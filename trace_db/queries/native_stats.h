#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// What did each node ask of the heap itself, all steps together? Most bytes first.

#include "trace_db/event.h"
#include "trace_db/run_rows.h"
#include "trace_db/trace_reader.h"

#include <vector>

namespace orrery::trace_db::native_stats {

struct Params {
    RunId run = {};
};

struct Row {
    std::int64_t nodeId = -1;
    std::int64_t calls = 0;
    NativeUse sum; // its node is not set; peakBytes is the largest
};

Result<std::vector<Row>> run(const TraceReader& reader, const Params& params);

} // namespace orrery::trace_db::native_stats
