#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// The steps of a run, in order.

#include "engine/base/result.h"
#include "trace_db/run_rows.h"
#include "trace_db/trace_reader.h"

#include <cstdint>
#include <string>
#include <vector>

namespace orrery::trace_db::steps {

struct Params {
    RunId run = {};
};

struct Row {
    Step step;
    std::int64_t liveBytes = -1; // at its end
};

Result<std::vector<Row>> run(const TraceReader& reader, const Params& params);

} // namespace orrery::trace_db::steps
