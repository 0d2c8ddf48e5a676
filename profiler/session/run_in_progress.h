#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// RunInProgress: one run, from the Run command to its outcome: watches the runner, passes on what the user
// wants (stop, pause), keeps the time limit, ends a runner that does not answer, and closes the trace
// whatever happens.

#include "profiler/session/model_runner.h"
#include "profiler/session/trace_recording.h"

#include <atomic>
#include <chrono>
#include <functional>
#include <optional>

namespace orrery::session {

// What the user wants of the run, set from any thread.
struct RunControl {
    std::atomic<bool> stop = false;
    std::atomic<bool> enough = false; // stop, and call it finished
    std::atomic<bool> pause = false;
};

class RunInProgress {
public:
    RunInProgress(ModelRunner& runner, const std::string& modelPath, const SessionOptions& options,
                  const RunRequest& request, RunControl& control,
                  std::function<void(const Progress&)> progress, std::function<void(State)> stateChanged);

    RunOutcome carryOut();
    bool runnerIsGone() const { return m_runnerIsGone; }

private:
    using Clock = std::chrono::steady_clock;
    enum class StopReason { None, User, Enough, TimeLimit, Recording };

    Result<protocol::Run> prepare();
    Result<void> watch();
    Result<void> handle(protocol::Reply& reply);
    void supervise();
    void requestStop(StopReason reason, std::chrono::milliseconds grace);
    void reportProgress();

    void concludeFinished(const protocol::Finished& finished);
    void concludeFailed(const protocol::Failed& failed);
    Problem memoryProblem() const;
    void readAlive();
    void addAlive(const std::vector<protocol::LiveValue>& alive);
    void concludeStopped(bool byForce);
    void concludeDeath();
    void endRecording();
    Result<void> addHeapStacks(trace_db::TraceWriter& writer);

    record::SharedRing* ring();
    std::string inRunningNode(); // " in Conv "x"", or nothing

    ModelRunner& m_runner;
    const std::string& m_modelPath;
    const SessionOptions& m_options;
    const RunRequest& m_request;
    RunControl& m_control;
    std::function<void(const Progress&)> m_progress;
    std::function<void(State)> m_stateChanged;

    std::unique_ptr<record::SharedRing> m_markerRing; // of a run without a trace
    std::unique_ptr<TraceRecording> m_recording;
    RunOutcome m_outcome;
    std::map<std::uint32_t, std::vector<protocol::StackFrame>> m_heapStacks;
    bool m_done = false;
    bool m_runnerIsGone = false;
    bool m_pauseSent = false;
    StopReason m_stopReason = StopReason::None;
    Clock::time_point m_lastTick;
    Clock::duration m_ranFor{}; // pauses excluded
    std::optional<Clock::time_point> m_killAt;
    Clock::time_point m_lastProgress;
    Progress m_lastStep;
};

} // namespace orrery::session
