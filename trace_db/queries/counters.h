#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// The samples of the counters of a run, by counter and time.

#include "engine/base/result.h"
#include "trace_db/run_rows.h"
#include "trace_db/trace_reader.h"

#include <cstdint>
#include <string>
#include <vector>

namespace orrery::trace_db::counters {

struct Params {
    RunId run = {};
    std::string name = {}; // empty: all
};

struct Row {
    std::string name = {};
    std::string unit = {};
    std::int64_t ts = 0;
    double value = 0;
};

Result<std::vector<Row>> run(const TraceReader& reader, const Params& params);

} // namespace orrery::trace_db::counters
