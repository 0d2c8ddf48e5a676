#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// Which runs does the trace hold, what was asked for, and how did each end? In the order in which they began.

#include "engine/base/result.h"
#include "trace_db/run_rows.h"
#include "trace_db/trace_reader.h"

#include <cstdint>
#include <string>
#include <vector>

namespace orrery::trace_db::runs {

struct Params {
    RunId run = {}; // invalid: all
};

struct Row {
    RunId run = {};
    RunInfo info;
    Outcome outcome; // its node is local to the compute graph
    std::int64_t outcomeNodeId = -1;
    std::string outcomeNode = {}; // its name
    std::int64_t firstTs = 0;
    std::int64_t lastTs = 0; // end of the last event
    std::int64_t opEvents = 0;
    std::int64_t allocEvents = 0;
    std::int64_t peakBytes = 0; // most bytes live at once
    std::int64_t peakTs = 0;
    std::int64_t waitNs = 0; // spent waiting for the recorder
    std::int64_t lostEvents = 0;
};

Result<std::vector<Row>> run(const TraceReader& reader, const Params& params);

// The run named, or the last of the trace when it is invalid; an error when there is none such.
Result<RunId> resolve(const TraceReader& reader, RunId run);

} // namespace orrery::trace_db::runs
