#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// The roll-up of one run per node, for overlays: node ids local to the run's compute graph, no text.

#include "engine/base/result.h"
#include "trace_db/run_rows.h"
#include "trace_db/trace_reader.h"

#include <cstdint>
#include <string>
#include <vector>

namespace orrery::trace_db::node_stats {

struct Params {
    RunId run = {};
};

struct Row {
    std::uint32_t node = 0;
    std::int64_t nodeId = 0;
    std::int64_t calls = 0;
    std::int64_t totalNs = 0;
    std::int64_t selfNs = 0;
    std::int64_t selfMinNs = 0;
    std::int64_t selfMaxNs = 0;
    std::int64_t selfP50Ns = 0;
    std::int64_t selfP95Ns = 0;
    double selfStddevNs = 0;
    std::int64_t peakBytes = 0;
    std::int64_t warmupCalls = 0;
    std::int64_t warmupSelfNs = 0;
};

Result<std::vector<Row>> run(const TraceReader& reader, const Params& params);

} // namespace orrery::trace_db::node_stats
