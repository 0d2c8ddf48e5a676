#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// Where was memory outside of the run's tensors asked for, and how much of it was live at the end of each
// step? In the order in which the sites were first seen. Steps that are missing changed nothing.

#include "trace_db/event.h"
#include "trace_db/run_rows.h"
#include "trace_db/trace_reader.h"

#include <optional>
#include <vector>

namespace orrery::trace_db::native_sites {

struct Params {
    RunId run = {};
};

struct Sample {
    std::uint32_t step = 0;
    std::int64_t liveBytes = 0;
    std::int64_t liveBlocks = 0;
};

struct Row {
    NativeSite site; // its node is not set: see nodeId
    std::int64_t nodeId = -1;
    std::optional<NativeSample> closed; // after the run had given back its own
    std::vector<Sample> samples;        // steps ascending
};

Result<std::vector<Row>> run(const TraceReader& reader, const Params& params);

} // namespace orrery::trace_db::native_sites
