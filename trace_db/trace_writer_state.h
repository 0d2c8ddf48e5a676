#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// What a TraceWriter holds between commits; included by its own source files only.

#include "trace_db/checkpointer.h"
#include "trace_db/chunk_queue.h"
#include "trace_db/connection.h"
#include "trace_db/memory_rollup.h"
#include "trace_db/native_rollup.h"
#include "trace_db/op_rollup.h"
#include "trace_db/run_rows.h"
#include "trace_db/trace_writer.h"

#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <vector>

namespace orrery::trace_db {

// Which graph the events are of: a later stage replaces an earlier one.
int eventGraphRank(std::string_view stage); // 0: never

struct StepEntry {
    Step step;
    std::int64_t liveBytes = 0;
};

struct ScalarEntry {
    std::string name;
    std::int64_t step = -1;
    double value = 0;
};

// One run, as far as it is not in the file yet.
struct RunInProgress {
    RunInProgress(std::int64_t id, std::int64_t warmup)
        : runId(id)
        , ops(id, warmup)
        , memory(id)
        , native(id)
    {}

    bool changed() const
    {
        return runChanged || opQueue.changed() || allocQueue.changed() || !steps.empty() ||
               !samples.empty() || !scalars.empty() || native.changed();
    }

    std::int64_t runId;
    std::int64_t firstNodeId = 0;
    std::int64_t firstValueId = 0;
    std::int64_t dataflowFirstNodeId = 0;
    std::int64_t passes = 0;
    int graphRank = 0; // 0: no graph that events could be of
    std::int64_t firstTs = std::numeric_limits<std::int64_t>::max();
    std::int64_t lastTs = std::numeric_limits<std::int64_t>::min();
    std::int64_t lostEvents = 0;
    bool runChanged = false;
    OpRollup ops;
    MemoryRollup memory;
    NativeRollup native;
    ChunkQueue<OpEvent> opQueue;
    ChunkQueue<AllocEvent> allocQueue;
    std::vector<StepEntry> steps;
    std::vector<CounterSample> samples;
    std::vector<ScalarEntry> scalars;
};

struct TraceWriter::State {
    explicit State(Connection c)
        : connection(std::move(c))
        , checkpointer(std::make_unique<Checkpointer>(connection))
    {}

    Result<void> needRun() const;    // a run has been begun
    Result<void> needEvents() const; // and it has a graph for events
    Result<void> commit();
    Result<void> commitWhenLarge();

    Connection connection;
    std::unique_ptr<Checkpointer> checkpointer;
    std::unique_ptr<RunInProgress> run;
};

// Reads back what is in the file of a run, so that it can go on.
Result<std::unique_ptr<RunInProgress>> restoreRun(const Connection& connection, std::int64_t runId);

} // namespace orrery::trace_db
