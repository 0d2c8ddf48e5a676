#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// TraceWriter: writes one run at a time into a trace file. One thread uses a writer. append() buffers, and
// commits by itself every 262,144 events; flush() commits what is there. A commit holds the events together
// with every roll-up made of them, so the tables agree at each moment and a process killed at any point
// leaves a valid trace with all that was acknowledged. After an error (a full disk) the file keeps what was
// committed; the events are kept too, and flush() may be tried again.

#include "engine/base/problem.h"
#include "engine/base/result.h"
#include "trace_db/event.h"
#include "trace_db/graph_rows.h"
#include "trace_db/run_rows.h"

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace orrery::trace_db {

class TraceWriter {
public:
    // A new trace; refuses a path that exists.
    static Result<TraceWriter> create(const std::string& path);
    // Adds to a trace; refuses what TraceReader would refuse.
    static Result<TraceWriter> openAppend(const std::string& path);
    // Appends where the file exists and holds anything, else creates.
    static Result<TraceWriter> openOrCreate(const std::string& path);

    TraceWriter(TraceWriter&&) noexcept;
    TraceWriter& operator=(TraceWriter&&) noexcept;
    ~TraceWriter(); // close(), its error dropped

    Result<RunId> beginRun(const RunInfo& run, const Machine& machine);
    // Goes on with a run that another process began: its chunks are read to restore the roll-ups.
    Result<void> resumeRun(RunId run);
    RunId run() const; // invalid before beginRun()

    // The run's graphs, the dataflow graph first. Events need the "compute" graph (without one: "training",
    // else "dataflow"); append() refuses events that come before any graph.
    Result<void> addGraph(const GraphRows& graph);
    Result<void> addPasses(std::span<const PassRow> passes);
    Result<void> addProblem(const Problem& problem); // nodeId is of the dataflow graph

    Result<void> append(std::span<const OpEvent> events);
    Result<void> append(std::span<const AllocEvent> events);
    Result<void> append(std::span<const CounterSample> samples);
    Result<void> append(const NativeSite& site); // before its samples
    Result<void> append(const NativeSample& sample);
    Result<void> append(const NativeUse& use);
    Result<void> addStack(std::int64_t stack, std::vector<NativeFrame> frames); // innermost first
    // The shapes of the inputs from this step on.
    Result<void> addStepInputs(std::uint32_t step, std::string shapes);
    // At a step's end, after the events that belong to it.
    Result<void> addStep(const Step& step);
    Result<void> addScalar(std::string_view name, std::int64_t step, double value);
    Result<void> addLostEvents(std::int64_t count);
    // Scalars of the whole run, kept by name: "recording_overhead_percent", "planned_peak_bytes" ...
    Result<void> setMetric(std::string_view name, double value);
    // The id for CounterSample::counter; the same name gives the same id.
    Result<std::uint32_t> counter(std::string_view name, std::string_view unit);

    Result<void> flush();
    Result<void> setOutcome(const Outcome& outcome); // commits
    // Commits, and folds the -wal file into the trace where no one else has it open.
    Result<void> close();

private:
    struct State;
    explicit TraceWriter(std::unique_ptr<State> state);
    std::unique_ptr<State> m_state;
};

} // namespace orrery::trace_db
