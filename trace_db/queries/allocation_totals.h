#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// What was allocated in a stretch of time, by node, value and kind. Temporary is what the very call that made
// it gave back: work space, and outputs that nobody reads.

#include "trace_db/queries/alloc_index.h"
#include "trace_db/queries/graph_facts.h"
#include "trace_db/time_range.h"

namespace orrery::trace_db::allocation_totals {

struct Params {
    std::shared_ptr<const AllocIndex> index;
    std::shared_ptr<const GraphFacts> graph;
    TimeRange range;             // empty: the whole run
    std::size_t limit = 200'000; // groups; what goes beyond is not told apart: node and value noId
};

struct Row {
    std::uint32_t node = noId; // who allocated; noId: the run itself (weights, inputs)
    std::uint32_t value = noId;
    AllocKind kind = AllocKind::Activation;
    std::string nodeName = {};
    std::string opType = {};
    std::string valueName = {};
    std::string scope = {};
    std::int64_t count = 0;
    std::int64_t bytes = 0;        // of all
    std::int64_t largestBytes = 0; // of one
    std::int64_t temporaryCount = 0;
    std::int64_t temporaryBytes = 0;
    std::int64_t freedCount = 0; // within the stretch
    double lifetimeNs = 0;       // of those, sum
    std::int64_t heldBytes = 0;  // allocated in the stretch and live at its end
    std::int64_t heldCount = 0;
};

// Most bytes first.
Result<std::vector<Row>> run(const TraceReader& reader, const Params& params);

} // namespace orrery::trace_db::allocation_totals
