#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// How long did a step take? Over the measured steps only; percentiles by linear interpolation.

#include "engine/base/result.h"
#include "trace_db/run_rows.h"
#include "trace_db/trace_reader.h"

#include <cstdint>
#include <string>
#include <vector>

namespace orrery::trace_db::latency {

struct Params {
    RunId run = {};
};

struct Row {
    std::int64_t steps = 0; // 0: the rest means nothing
    double minNs = 0;
    double medianNs = 0;
    double meanNs = 0;
    double stddevNs = 0;
    double p90Ns = 0;
    double p99Ns = 0;
    double maxNs = 0;
};

Result<Row> run(const TraceReader& reader, const Params& params);

} // namespace orrery::trace_db::latency
