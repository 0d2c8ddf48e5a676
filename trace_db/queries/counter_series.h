#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// The counters of a run as columns: one entry per counter with all its samples in order of time. Samples that
// are not numbers are left out.

#include "engine/base/result.h"
#include "trace_db/run_rows.h"
#include "trace_db/trace_reader.h"

#include <cstdint>
#include <string>
#include <vector>

namespace orrery::trace_db::counter_series {

struct Params {
    RunId run = {};
    std::int64_t limit = 8'000'000; // samples of one counter; what lies beyond is left out and counted
};

struct Row {
    std::string name = {};
    std::string unit = {};
    std::vector<std::int64_t> ts = {};
    std::vector<double> values = {};
    std::int64_t leftOut = 0;
};

Result<std::vector<Row>> run(const TraceReader& reader, const Params& params);

} // namespace orrery::trace_db::counter_series
