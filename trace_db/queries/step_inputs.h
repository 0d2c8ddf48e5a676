#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// The shapes of the inputs, for each step from which on they are other than before.

#include "trace_db/run_rows.h"
#include "trace_db/trace_reader.h"

#include <string>
#include <vector>

namespace orrery::trace_db::step_inputs {

struct Params {
    RunId run = {};
};

struct Row {
    std::uint32_t step = 0;
    std::string shapes = {}; // "x=1x3x224x224"
};

Result<std::vector<Row>> run(const TraceReader& reader, const Params& params);

} // namespace orrery::trace_db::step_inputs
