#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// The allocations and frees of a stretch of time, in the order in which they were recorded.

#include "engine/base/result.h"
#include "trace_db/run_rows.h"
#include "trace_db/trace_reader.h"

#include <cstdint>
#include <string>
#include <vector>

namespace orrery::trace_db::alloc_events {

struct Params {
    RunId run = {};
    std::int64_t t0 = INT64_MIN;
    std::int64_t t1 = INT64_MAX;
    std::int64_t limit = 1000000;
};

using Row = AllocEvent;

Result<std::vector<Row>> run(const TraceReader& reader, const Params& params);

} // namespace orrery::trace_db::alloc_events
