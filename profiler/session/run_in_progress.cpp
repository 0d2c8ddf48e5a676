// SPDX-License-Identifier: Apache-2.0
#include "profiler/session/run_in_progress.h"

#include "engine/base/text.h"
#include "engine/graph/order.h"
#include "profiler/session/crash_report.h"
#include "profiler/session/machine_info.h"
#include "profiler/session/outputs.h"
#include "trace_db/queries/live_at_end.h"

#include <fmt/format.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <fcntl.h>
#include <filesystem>
#include <numeric>
#include <unistd.h>

namespace orrery::session {

namespace {

using std::chrono::milliseconds;

constexpr int pollMs = 50;
constexpr const char* outputsFile = "outputs"; // in the runner's folder
constexpr auto progressInterval = milliseconds(100);
constexpr auto stopGrace = milliseconds(5000);
constexpr auto timeLimitGrace = milliseconds(1000);

std::string_view nameOf(passes::OptimizeLevel level)
{
    switch (level) {
    case passes::OptimizeLevel::None:
        return "none";
    case passes::OptimizeLevel::Basic:
        return "basic";
    case passes::OptimizeLevel::All:
        break;
    }
    return "all";
}

trace_db::RunInfo runInfo(const ModelRunner& runner, const std::string& modelPath,
                          const SessionOptions& options, const RunRequest& request)
{
    trace_db::RunInfo info;
    info.modelPath = modelPath;
    info.modelHash = runner.opened.modelHash;
    info.root = runner.opened.root.name;
    info.backend = options.backend == plan::BackendChoice::Auto ? "auto" : "eigen";
    info.optimize = nameOf(options.optimize);
    info.args = options.arguments;
    info.started = wallClockText();
    info.threads = request.threads;
    info.warmup = request.warmup;
    info.runs = request.runs;
    info.seed = static_cast<std::int64_t>(request.seed);
    info.pid = runner.hello.pid;
    info.recording =
        request.recording == protocol::Recording::On ? trace_db::Recording::On : trace_db::Recording::Off;
    return info;
}

std::string seconds(double value)
{
    char text[32];
    std::snprintf(text, sizeof text, "%g s", value);
    return text;
}

Result<void> makeEmptyFile(const std::string& path)
{
    unlink(path.c_str()); // of an earlier run
    int fd = ::open(path.c_str(), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);
    if (fd < 0)
        return Error{ErrorCode::Io, "a temporary file could not be made", path};
    ::close(fd);
    return {};
}

} // namespace

RunInProgress::RunInProgress(ModelRunner& runner, const std::string& modelPath, const SessionOptions& options,
                             const RunRequest& request, RunControl& control,
                             std::function<void(const Progress&)> progress,
                             std::function<void(State)> stateChanged)
    : m_runner(runner)
    , m_modelPath(modelPath)
    , m_options(options)
    , m_request(request)
    , m_control(control)
    , m_progress(std::move(progress))
    , m_stateChanged(std::move(stateChanged))
    , m_lastTick(Clock::now())
    , m_lastProgress(Clock::now())
{
    m_lastStep.stepsTotal = request.warmup + request.runs;
}

record::SharedRing* RunInProgress::ring() { return m_recording ? &m_recording->ring() : m_markerRing.get(); }

std::string RunInProgress::inRunningNode()
{
    RunningNode running = runningNode(ring(), m_runner.opened.compute);
    m_outcome.node = running.node;
    m_outcome.nodeName = running.text;
    return running.text.empty() ? "" : " in " + running.text;
}

Result<protocol::Run> RunInProgress::prepare()
{
    protocol::Run run;
    run.inputs = m_request.inputs;
    for (auto& input : run.inputs) {
        std::error_code ignored;
        if (auto absolute = std::filesystem::absolute(input.path, ignored); !absolute.empty())
            input.path = absolute.string();
    }
    run.inputShapes = m_options.inputShapes;
    run.shapeSets = m_request.shapeSets;
    run.heap = m_request.heap;
    run.seed = m_request.seed;
    run.warmup = m_request.warmup;
    run.runs = m_request.runs;
    run.threads = m_request.threads;
    run.memoryLimitBytes = m_request.memoryLimitBytes;
    run.outputs = m_request.outputs;
    const ScratchFolder& folder = m_runner.link->folder();
    if (run.outputs == protocol::Outputs::Return) {
        run.outputsPath = folder.file(outputsFile);
        TRY(makeEmptyFile(run.outputsPath));
    }
    if (m_request.tracePath.empty()) {
        m_markerRing = TRY(record::SharedRing::create(folder.file("ring"), record::ringMinimumSlots, -1));
    } else {
        m_recording = TRY(
            TraceRecording::begin(m_request.tracePath, runInfo(m_runner, m_modelPath, m_options, m_request),
                                  machineInfo(m_runner.hello.versions, m_runner.hello.kernelLevel),
                                  m_runner.opened, m_request.ringSlots));
        run.recording = m_request.recording;
        m_outcome.tracePath = m_request.tracePath;
        m_outcome.run = m_recording->run();
    }
    run.ring = std::make_shared<const UniqueFd>(TRY(ring()->descriptor()));
    return run;
}

RunOutcome RunInProgress::carryOut()
{
    auto watched = [&]() -> Result<void> {
        protocol::Run run = TRY(prepare());
        auto sent = m_runner.link->send(run);
        if (!sent.ok()) {
            concludeDeath();
            return {};
        }
        return watch();
    }();
    if (!watched.ok()) {
        m_outcome.state = trace_db::RunState::Failed;
        m_outcome.error = watched.releaseError();
    }
    endRecording();
    return std::move(m_outcome);
}

Result<void> RunInProgress::watch()
{
    while (!m_done) {
        auto reply = m_runner.link->receive(pollMs);
        if (!reply.ok()) {
            if (reply.error().code != ErrorCode::RunnerDied) {
                // It speaks nonsense: no use to go on with it.
                m_runner.link->kill();
                m_runnerIsGone = true;
                return reply.releaseError();
            }
            concludeDeath();
            break;
        }
        if (reply->has_value())
            TRY(handle(**reply));
        if (!m_done)
            supervise();
    }
    return {};
}

Result<void> RunInProgress::handle(protocol::Reply& reply)
{
    if (auto* started = std::get_if<protocol::Started>(&reply)) {
        m_outcome.notes = started->notes;
        if (m_recording)
            if (auto begun = m_recording->started(m_runner.opened, *started, m_runner.link->pid());
                !begun.ok()) {
                m_recording->ring().close();
                m_outcome.error = begun.releaseError();
                requestStop(StopReason::Recording, stopGrace);
            }
    } else if (auto* step = std::get_if<protocol::StepDone>(&reply)) {
        m_lastStep.stepsDone = std::max(m_lastStep.stepsDone, step->step + 1);
        m_lastStep.lastStepNs = step->durationNs;
        reportProgress();
    } else if (auto* stacks = std::get_if<protocol::HeapStacks>(&reply)) {
        m_heapStacks = std::move(stacks->stacks);
    } else if (auto* finished = std::get_if<protocol::Finished>(&reply)) {
        concludeFinished(*finished);
    } else if (auto* failed = std::get_if<protocol::Failed>(&reply)) {
        concludeFailed(*failed);
    }
    return {};
}

void RunInProgress::requestStop(StopReason reason, milliseconds grace)
{
    if (m_stopReason != StopReason::None)
        return;
    m_stopReason = reason;
    m_killAt = Clock::now() + grace;
    if (auto sent = m_runner.link->send(protocol::Stop{}); !sent.ok())
        return; // the next receive() finds out how it ended
}

void RunInProgress::supervise()
{
    Clock::time_point now = Clock::now();
    if (!m_pauseSent)
        m_ranFor += now - m_lastTick;
    m_lastTick = now;

    if (m_control.stop)
        requestStop(StopReason::User, stopGrace);
    if (m_control.enough)
        requestStop(StopReason::Enough, stopGrace);
    double limit = m_request.timeLimitSeconds;
    if (limit >= 0 && std::chrono::duration<double>(m_ranFor).count() > limit)
        requestStop(StopReason::TimeLimit, timeLimitGrace);
    if (m_recording && m_recording->drain() && m_recording->drain()->failed())
        requestStop(StopReason::Recording, stopGrace);
    if (bool pause = m_control.pause; pause != m_pauseSent && m_stopReason == StopReason::None) {
        m_pauseSent = pause;
        auto sent =
            pause ? m_runner.link->send(protocol::Pause{}) : m_runner.link->send(protocol::Continue{});
        if (sent.ok())
            m_stateChanged(pause ? State::Paused : State::Running);
    }
    if (m_killAt && now > *m_killAt && m_runner.link->killable()) {
        m_killAt.reset();
        m_runner.link->kill();
    }
    if (now - m_lastProgress >= progressInterval)
        reportProgress();
}

void RunInProgress::reportProgress()
{
    m_lastProgress = Clock::now();
    if (!m_progress)
        return;
    if (m_recording && m_recording->drain())
        m_lastStep.stepsDone = std::max(m_lastStep.stepsDone, m_recording->drain()->stepsDone());
    m_lastStep.node = runningNode(ring(), m_runner.opened.compute).node;
    m_progress(m_lastStep);
}

void RunInProgress::concludeFinished(const protocol::Finished& finished)
{
    m_done = true;
    m_outcome.warmupNs = finished.warmupNs;
    m_outcome.durationsNs = finished.durationsNs;
    m_outcome.memory = {finished.weightBytes, finished.arenaBytes, finished.lowerBoundBytes,
                        finished.peakLiveBytes};
    if (m_request.recording == protocol::Recording::On && m_recording) {
        double total = 0;
        for (const auto* steps : {&finished.warmupNs, &finished.durationsNs})
            total += std::accumulate(steps->begin(), steps->end(), 0.0);
        auto ops = static_cast<double>(finished.recordedOps);
        auto others = static_cast<double>(finished.recordedEvents) - ops;
        if (total > 0)
            m_outcome.recordingOverheadPercent =
                100 *
                (ops * finished.opEventNs + std::max(others, 0.0) * finished.otherEventNs + finished.heapNs) /
                total;
    }
    if (finished.end == protocol::RunEnd::Stopped) {
        concludeStopped(false);
        return;
    }
    m_outcome.state = trace_db::RunState::Finished;
    if (m_request.outputs == protocol::Outputs::Drop)
        return;
    auto outputs = readOutputs(m_runner.link->folder().file(outputsFile), finished.outputs);
    if (outputs.ok()) {
        m_outcome.outputs = outputs.releaseValue();
    } else {
        m_outcome.state = trace_db::RunState::Failed;
        m_outcome.error = outputs.releaseError();
    }
}

void RunInProgress::concludeFailed(const protocol::Failed& failed)
{
    m_done = true;
    m_outcome.state = trace_db::RunState::Failed;
    m_outcome.error = failed.error;
    if (m_runner.opened.compute.contains(failed.node)) {
        m_outcome.node = failed.node;
        m_outcome.nodeName = nodeText(m_runner.opened.compute.node(failed.node));
    }
    addAlive(failed.alive);
}

void RunInProgress::addAlive(const std::vector<protocol::LiveValue>& alive)
{
    const graph::Graph& graph = m_runner.opened.compute;
    const auto& outputs = m_runner.opened.root.outputs;
    auto nameOf = [&](NodeId node) {
        return graph.contains(node) ? nodeText(graph.node(node)) : std::string();
    };
    for (const protocol::LiveValue& live : alive) {
        if (live.value.index() >= graph.valueSlots() || live.bytes < 0)
            continue;
        AliveAtFailure& row = m_outcome.aliveAtFailure.emplace_back();
        row.value = displayText(graph.value(live.value).name, 200);
        row.producer = nameOf(live.producer);
        row.nextReader = nameOf(live.nextReader);
        row.bytes = live.bytes;
        row.isOutput = std::find(outputs.begin(), outputs.end(), live.value) != outputs.end();
    }
}

// What was alive is in the trace as well: whatever had not been given back when the run ended.
Problem RunInProgress::memoryProblem() const
{
    Problem problem = problemFromError(*m_outcome.error, "out-of-memory");
    problem.severity = Severity::Error;
    problem.node = m_outcome.nodeName;
    if (m_outcome.node.valid())
        if (const auto& origins = m_runner.opened.compute.node(m_outcome.node).origins; !origins.empty())
            problem.nodeId = origins.front();
    problem.text += "; the largest values alive then:";
    constexpr std::size_t most = 5;
    for (std::size_t i = 0; i < std::min(most, m_outcome.aliveAtFailure.size()); ++i)
        problem.text += fmt::format("{} {} ({})", i == 0 ? "" : ",", m_outcome.aliveAtFailure[i].value,
                                    formatBytes(m_outcome.aliveAtFailure[i].bytes));
    problem.remedy =
        "raise the limit, give smaller inputs, or make one of these values smaller; the memory panel "
        "and live_at_end show all that was alive";
    return problem;
}

void RunInProgress::concludeStopped(bool byForce)
{
    m_outcome.state = trace_db::RunState::Interrupted;
    std::string where = byForce ? inRunningNode() : "";
    std::string force = byForce ? "; the runner did not answer and was ended" : "";
    switch (m_stopReason) {
    case StopReason::TimeLimit:
        m_outcome.error =
            Error{ErrorCode::LimitReached,
                  "the time limit of " + seconds(m_request.timeLimitSeconds) + " was reached" + where + force,
                  {}};
        break;
    case StopReason::Recording: // endRecording() knows the error
        break;
    case StopReason::Enough:
        if (!byForce) {
            m_outcome.state = trace_db::RunState::Finished;
            break;
        }
        [[fallthrough]];
    case StopReason::User:
    case StopReason::None:
        m_outcome.error = Error{ErrorCode::Cancelled, "the run was stopped" + where + force, {}};
    }
}

void RunInProgress::concludeDeath()
{
    m_done = true;
    m_runnerIsGone = true;
    RunnerEnd end = m_runner.link->waitForEnd();
    if (end.killedBySession && m_stopReason != StopReason::None)
        return concludeStopped(true);
    m_outcome.state = trace_db::RunState::Crashed;
    m_outcome.signal = end.signal;
    inRunningNode();
    m_outcome.error = Error{ErrorCode::RunnerDied,
                            "the runner died: " + crashText(end, {m_outcome.node, m_outcome.nodeName}),
                            {}};
}

Result<void> RunInProgress::addHeapStacks(trace_db::TraceWriter& writer)
{
    constexpr std::int64_t none = -1;
    for (const auto& [stack, calls] : m_heapStacks) {
        std::vector<trace_db::NativeFrame> frames;
        for (const protocol::StackFrame& call : calls)
            frames.push_back({call.module,
                              call.module.empty() ? none : static_cast<std::int64_t>(call.moduleOffset),
                              call.symbol, call.file, call.line});
        TRY(writer.addStack(stack, std::move(frames)));
    }
    return {};
}

void RunInProgress::endRecording()
{
    if (!m_recording)
        return;
    if (!m_recording->hasStarted() && m_outcome.error && !m_runnerIsGone && m_recording->discardIfNew()) {
        m_recording.reset();
        m_outcome.tracePath.clear();
        m_outcome.run = {};
        return;
    }
    m_recording->stopDraining();
    if (RingDrain* drain = m_recording->drain()) {
        m_outcome.recordedEvents = drain->events();
        m_outcome.lostEvents = drain->lost();
    }
    trace_db::Outcome outcome;
    outcome.state = m_outcome.state;
    outcome.message = m_outcome.error ? m_outcome.error->text() : "";
    outcome.node = m_outcome.node.value;
    outcome.signal = m_outcome.signal;
    auto ended = [&]() -> Result<void> {
        trace_db::TraceWriter& writer = m_recording->writer();
        TRY(addHeapStacks(writer));
        if (m_request.recording == protocol::Recording::Off) {
            std::int64_t ts = 0;
            std::uint32_t index = 0;
            for (auto [steps, kind] : {std::pair(&m_outcome.warmupNs, trace_db::StepKind::WarmUp),
                                       std::pair(&m_outcome.durationsNs, trace_db::StepKind::Measured)})
                for (std::int64_t duration : *steps) {
                    TRY(writer.addStep({index++, ts, duration, kind, -1}));
                    ts += duration;
                }
        }
        if (m_outcome.memory.weightBytes + m_outcome.memory.arenaBytes > 0) {
            TRY(writer.setMetric("weight_bytes", static_cast<double>(m_outcome.memory.weightBytes)));
            TRY(writer.setMetric("planned_peak_bytes", static_cast<double>(m_outcome.memory.arenaBytes)));
            TRY(writer.setMetric("lower_bound_bytes", static_cast<double>(m_outcome.memory.lowerBoundBytes)));
            TRY(writer.setMetric("peak_live_bytes", static_cast<double>(m_outcome.memory.peakLiveBytes)));
        }
        if (m_outcome.recordingOverheadPercent >= 0)
            TRY(writer.setMetric("recording_overhead_percent", m_outcome.recordingOverheadPercent));
        if (m_outcome.state == trace_db::RunState::Crashed) {
            Problem problem = problemFromError(*m_outcome.error, "runner-died");
            problem.severity = Severity::Error;
            problem.node = m_outcome.nodeName;
            if (m_outcome.node.valid())
                if (const auto& origins = m_runner.opened.compute.node(m_outcome.node).origins;
                    !origins.empty())
                    problem.nodeId = origins.front();
            problem.remedy =
                m_outcome.signal == SIGKILL
                    ? "live_at_end shows what was alive; if memory ran out, --memory-limit ends a run "
                      "before the system does"
                    : "what was recorded until then is in the trace; run again to see whether it repeats";
            TRY(writer.addProblem(problem));
        }
        if (!m_outcome.aliveAtFailure.empty())
            TRY(writer.addProblem(memoryProblem()));
        return {};
    }();
    auto closed = m_recording->end(outcome);
    for (auto* result : {&closed, &ended})
        if (!result->ok() && !m_outcome.error) {
            m_outcome.error = result->error();
            m_outcome.state = trace_db::RunState::Interrupted;
        }
    m_recording.reset();
    if (m_outcome.state == trace_db::RunState::Crashed && m_outcome.signal == SIGKILL)
        readAlive();
}

// What the trace says of a runner that could not say it any more. A trace that cannot be read has told why
// already, or will to whoever opens it.
void RunInProgress::readAlive()
{
    auto reader = trace_db::TraceReader::open(m_outcome.tracePath);
    if (!reader.ok())
        return;
    constexpr std::int64_t most = 1000;
    auto rows = trace_db::live_at_end::run(*reader, {.run = m_outcome.run, .limit = most});
    if (!rows.ok())
        return;
    const graph::Graph& graph = m_runner.opened.compute;
    std::map<std::string, ValueId> named;
    for (std::size_t i = 0; i < graph.valueSlots(); ++i)
        if (graph.contains(ValueId(i)))
            named.try_emplace(graph.value(ValueId(i)).name, i);
    auto order = graph::topologicalOrder(graph, graph.mainRegion());
    std::map<ValueId, NodeId> readers; // from the node that was running on
    if (order.ok())
        for (auto at = std::find(order->begin(), order->end(), m_outcome.node); at != order->end(); ++at)
            for (ValueId read : graph::valuesRead(graph, *at))
                readers.try_emplace(read, *at);
    std::vector<protocol::LiveValue> alive;
    for (const auto& row : *rows) {
        auto value = named.find(row.value);
        if (row.kind == trace_db::AllocKind::Weight || value == named.end())
            continue;
        auto next = readers.find(value->second);
        alive.push_back({value->second, graph.value(value->second).producer,
                         next == readers.end() ? NodeId() : next->second, row.bytes});
    }
    addAlive(alive);
}

} // namespace orrery::session
