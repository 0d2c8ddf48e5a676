#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// Which of the engine's own buffers outlived the end of a step, summed up by the node that asked and the
// value that they hold? For each, its live bytes at the end of the steps in which they changed. Reads every
// allocation of the run once, a chunk at a time.

#include "trace_db/event.h"
#include "trace_db/run_rows.h"
#include "trace_db/trace_reader.h"

#include <string>
#include <vector>

namespace orrery::trace_db::live_at_steps {

struct Params {
    RunId run = {};
};

struct Sample {
    std::uint32_t step = 0;
    std::int64_t liveBytes = 0;
};

struct Row {
    std::int64_t nodeId = -1;
    std::int64_t valueId = -1;
    std::string value = {}; // its name
    AllocKind kind = AllocKind::Activation;
    std::vector<Sample> samples = {}; // steps ascending
    std::int64_t closedBytes = 0;     // when the recording ended
};

// Steps are counted from 0 in their order.
Result<std::vector<Row>> run(const TraceReader& reader, const Params& params);

} // namespace orrery::trace_db::live_at_steps
