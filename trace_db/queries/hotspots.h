#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// Where did the time go? Self time (a node without its direct children) of the measured steps, most first;
// warm-up is apart. Grouped by node, operator type, scope, or thread. Shares are of the self time of all
// groups, also of those that the limit cuts off.

#include "engine/base/result.h"
#include "trace_db/run_rows.h"
#include "trace_db/trace_reader.h"

#include <cstdint>
#include <string>
#include <vector>

namespace orrery::trace_db::hotspots {

enum class By { Node, OpType, Scope, Thread };

struct Params {
    RunId run = {};
    By by = By::Node;
    std::int64_t limit = -1; // -1: all
};

// What does not apply to the grouping is empty or -1.
struct Row {
    std::string key = {}; // name of the node, the type, the scope or the thread
    std::int64_t nodeId = -1;
    std::string opType = {};
    std::string backend = {};
    std::string kernel = {};
    std::string scope = {};
    std::int64_t nodes = 0; // in the group, with events
    std::int64_t calls = 0;
    std::int64_t totalNs = 0;
    std::int64_t selfNs = 0;
    double selfMeanNs = 0;   // per call
    double selfStddevNs = 0; // per call, within a node; 0 where there are fewer than two calls
    std::int64_t selfMinNs = 0;
    std::int64_t selfMaxNs = 0;
    std::int64_t selfP50Ns = -1; // from a histogram: within 7 %; by node only
    std::int64_t selfP95Ns = -1;
    double sharePercent = 0;
    double cumulativePercent = 0;
    std::int64_t flops = -1; // of one call, as estimated
    std::int64_t bytesMoved = -1;
    std::int64_t peakBytes = 0; // most bytes that its own allocations held at once
    std::int64_t warmupCalls = 0;
    std::int64_t warmupSelfNs = 0;
    std::vector<std::string> origins = {}; // by node only: names of the dataflow nodes
};

Result<std::vector<Row>> run(const TraceReader& reader, const Params& params);

} // namespace orrery::trace_db::hotspots
