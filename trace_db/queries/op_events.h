#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// The op events of a stretch of time, in the order in which they were recorded. Unreadable chunks are skipped
// and counted in TraceReader::lostChunks().

#include "engine/base/result.h"
#include "trace_db/run_rows.h"
#include "trace_db/trace_reader.h"

#include <cstdint>
#include <string>
#include <vector>

namespace orrery::trace_db::op_events {

struct Params {
    RunId run = {};
    std::int64_t t0 = INT64_MIN; // events that end at or after it
    std::int64_t t1 = INT64_MAX; // events that start before or at it
    std::int64_t limit = 1000000;
};

using Row = OpEvent;

Result<std::vector<Row>> run(const TraceReader& reader, const Params& params);

} // namespace orrery::trace_db::op_events
