#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// TraceSnapshot: what the window shows of a trace at one moment, read in one go and immutable. Snapshots
// cross threads as shared_ptr<const>; graphs are shared between the snapshots of one run, since they never
// change.

#include "engine/graph/graph.h"
#include "profiler/protocol/placement.h"
#include "trace_db/queries/hotspots.h"
#include "trace_db/queries/latency.h"
#include "trace_db/queries/machine.h"
#include "trace_db/queries/memory_by_node.h"
#include "trace_db/queries/node_stats.h"
#include "trace_db/queries/passes.h"
#include "trace_db/queries/problems.h"
#include "trace_db/queries/runs.h"
#include "trace_db/time_range.h"

#include <memory>
#include <string>
#include <vector>

namespace orrery::async {

// The graphs of one run; null when the trace holds none of that stage.
struct RunGraphs {
    std::shared_ptr<const graph::Graph> dataflow;
    std::shared_ptr<const graph::Graph> compute;
    std::vector<protocol::Placement> placements; // of the compute graph
    std::int64_t firstComputeId = 0;             // nodeId of rows = this + NodeId of the compute graph
};

struct RunSummary {
    trace_db::runs::Row run;
    trace_db::latency::Row latency;
};

// All about the run that is shown.
struct RunDetails {
    trace_db::RunId id;
    std::shared_ptr<const RunGraphs> graphs;
    trace_db::TimeRange range;                        // that the next two are of; empty: the whole run
    bool onlyWarmUp = false;                          // the range holds nothing else
    std::vector<trace_db::hotspots::Row> hotspots;    // by node
    std::vector<trace_db::node_stats::Row> nodeStats; // by node, ids of the compute graph
    // By node; empty while the run goes on. Takes a look at every allocation, so it comes with a second
    // snapshot of the same run.
    std::vector<trace_db::memory_by_node::Row> memory;
    bool memoryIsRead = false;
    std::vector<trace_db::passes::Row> passes;
    std::vector<Problem> problems;
    trace_db::Machine machine;
};

struct TraceSnapshot {
    std::string path;
    std::vector<RunSummary> runs;              // in the order in which they began
    std::shared_ptr<const RunDetails> details; // null when the trace has no run yet

    // The summary of the run that is shown; null without one.
    const RunSummary* shown() const;
};

} // namespace orrery::async
