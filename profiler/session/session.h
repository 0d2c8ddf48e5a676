#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// Session: one opened model and the runner that runs it; used by the command line and by the window alike.
//
//   Idle ──open──→ Ready ──run──→ Running ⇄ Paused ──→ Finished | Crashed      (run again from Finished or
//   Ready)
//
// open(), run() and predict() block and belong to one thread; state(), stop(), finishEarly(), pause() and
// resume() may be called from any. A crashed runner is started again by the next run(). No event loop is
// needed, no signal handler is installed.

#include "engine/exec/execution.h"
#include "profiler/protocol/command.h"
#include "trace_db/run_rows.h"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace orrery::session {

enum class State { Idle, Ready, Running, Paused, Finished, Crashed };
enum class RunnerForm { Process, InProcess };

struct Isolation {
    std::string holds; // "no network, no writes outside of its folder, no new programs"
    std::string gaps;  // a sentence; empty: nothing is missing
};

struct SessionOptions {
    std::string root; // empty: "main"
    passes::OptimizeLevel optimize = passes::OptimizeLevel::All;
    std::vector<std::string> disabledPasses;
    plan::BackendChoice backend = plan::BackendChoice::Auto;
    std::map<std::string, graph::Dims> inputShapes; // for symbolic dims
    std::vector<std::string> customOps;             // shared libraries that the user named; absolute paths
    RunnerForm form = RunnerForm::Process;
    passes::PlanHints hints;           // of the sidecar or of the window
    passes::InputShapes shapesAre = passes::InputShapes::Concretions;
    std::string runnerPath;            // empty: runnerProgram()
    double openTimeLimitSeconds = 120; // for reading and compiling
    std::string arguments;             // the command line, as kept in the trace
};

struct RunRequest {
    std::vector<protocol::InputFile> inputs; // the others are filled from the seed
    std::uint64_t seed = 0;
    std::uint32_t warmup = 0;
    std::uint32_t runs = 1;
    int threads = 1;
    std::int64_t memoryLimitBytes = -1;
    double timeLimitSeconds = -1; // for the whole run; -1: none
    std::string tracePath;        // empty: nothing is recorded. An existing trace gets one more run
    protocol::Recording recording =
        protocol::Recording::On; // Off with a trace: the trace gets steps, no events
    protocol::HeapWatch heap = protocol::HeapWatch::Nodes;     // when events are recorded
    std::vector<std::map<std::string, graph::Dims>> shapeSets; // take turns, step by step
    protocol::Outputs outputs = protocol::Outputs::Drop;
    std::uint32_t ringSlots = 1 << 18; // a power of two; 32 bytes each
};

struct Progress {
    std::uint32_t stepsDone = 0; // warm-up included
    std::uint32_t stepsTotal = 0;
    std::int64_t lastStepNs = -1;
    NodeId node; // running now, when recording; invalid between ops
};

struct NamedTensor {
    std::string name;
    graph::Tensor tensor;
};

// What a run held when it came to the end of its memory.
struct AliveAtFailure {
    std::string value;
    std::string producer;   // "Conv \"c1\""; empty: an input of the run
    std::string nextReader; // empty: an output of the run, or read no more
    std::int64_t bytes = 0;
    bool isOutput = false;
};

// How a run went. `error` is empty when it finished; with an error, what was recorded and measured until then
// is kept.
struct RunOutcome {
    trace_db::RunState state = trace_db::RunState::Running;
    std::optional<Error> error; // RunFailed, RunnerDied, LimitReached, Cancelled, Usage, BadFile, Io ...
    NodeId node;                // of the compute graph: the node that failed or was running
    std::string nodeName;
    int signal = 0; // that ended the runner
    std::vector<std::int64_t> warmupNs;
    std::vector<std::int64_t> durationsNs; // measured steps
    std::vector<NamedTensor> outputs;      // in the root's order
    std::vector<Problem> notes;            // what was assumed about the inputs
    exec::MemoryUse memory;
    std::uint64_t recordedEvents = 0; // ops, allocations, frees, samples and steps that are in the trace
    std::int64_t lostEvents = 0;
    // Estimate: events × their cost as measured in the runner before the run, in percent of the steps' time;
    // -1: not recorded.
    double recordingOverheadPercent = -1;
    std::vector<AliveAtFailure> aliveAtFailure; // when memory was short; the largest first
    std::string tracePath;
    trace_db::RunId run; // in the trace
};

class Session {
public:
    // Starts the runner, reads the model and compiles it. Errors are those of reading and compiling,
    // LimitReached when it takes too long, RunnerDied when the runner did.
    static Result<std::unique_ptr<Session>> open(const std::string& modelPath, const SessionOptions& options);
    ~Session();

    State state() const;
    const std::string& modelPath() const;
    // What was opened: both graphs (without the bytes of large constants), placements, passes, problems.
    const protocol::Opened& opened() const;
    // What the runner cannot do, and what this kernel cannot keep it from.
    Isolation isolation() const;

    // `progress` is called on this thread, at most every 100 ms and at the end of each step that takes
    // longer.
    RunOutcome run(const RunRequest& request, const std::function<void(const Progress&)>& progress = {});

    // What the opened model would hold at its fullest moment, for each point, and how the last could hold
    // less; nothing is run. Blocks like run(), and stop() ends it. What keeps one point from being told is in
    // that point; errors are Usage, Cancelled, LimitReached after `timeLimitSeconds` (-1: none), and
    // RunnerDied, after which the next call starts another runner.
    Result<protocol::Predicted> predict(const protocol::Predict& request, double timeLimitSeconds = -1);

    void stop();
    // Ends the run as if no more steps had been asked for: it is finished, not interrupted.
    void finishEarly();
    void pause();
    void resume();

private:
    class Impl;
    explicit Session(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> m_impl;
};

// input_0.pb, input_1.pb ... of a folder, in order, as in the ONNX backend tests; none for a model without
// inputs. BadFile when there is no such folder.
Result<std::vector<protocol::InputFile>> inputsOfFolder(const std::string& folder);

// $ORRERY_RUNNER, else `orrery-runner` beside this program.
std::string runnerProgram();

} // namespace orrery::session
