// SPDX-License-Identifier: Apache-2.0
#include "profiler/runner/model_run.h"

#include "engine/graph/tensor.h"
#include "profiler/runner/inputs.h"
#include "profiler/runner/placements.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <unistd.h>

namespace orrery::runner {

namespace {

constexpr std::int64_t reportIntervalNs = 100'000'000;

// Closes a descriptor at the end of its scope.
struct OutputFile {
    int fd = -1;
    ~OutputFile()
    {
        if (fd >= 0)
            ::close(fd);
    }
};

Error outputError(const std::string& path)
{
    return {ErrorCode::Io, std::string("the outputs could not be handed over: ") + std::strerror(errno),
            path};
}

} // namespace

ModelRun::ModelRun(std::shared_ptr<const plan::Plan> plan, const protocol::Run& command,
                   const RunnerOptions& options, const record::Clock& clock, RunGate& gate, Send send)
    : m_plan(std::move(plan))
    , m_command(command)
    , m_options(options)
    , m_clock(clock)
    , m_gate(gate)
    , m_send(std::move(send))
{}

protocol::Reply ModelRun::carryOut()
{
    auto finished = run();
    if (finished.ok())
        return finished.releaseValue();
    protocol::Failed failed;
    failed.error = finished.releaseError();
    // Where the program counter stood, when the failure came out of a node.
    NodeId next = m_execution ? m_execution->next() : NodeId();
    if (next.valid() && failed.error.where == m_plan->graph().node(next).displayName()) {
        failed.node = next;
        failed.nodeName = failed.error.where;
    }
    return failed;
}

Result<void> ModelRun::prepare()
{
    const graph::Graph& graph = m_plan->graph();
    if (m_options.onDisconnect == OnDisconnect::ExitProcess)
        limitMemory(m_command.memoryLimitBytes, m_command.threads);
    Inputs inputs = TRY(makeInputs(graph, m_plan->root(), m_command));
    m_inputs = std::move(inputs.tensors);

    exec::ExecutionOptions options;
    options.threads = m_command.threads;
    options.memoryLimitBytes = m_command.memoryLimitBytes;
    options.seed = m_command.seed;
    options.gate = &m_gate;
    if (m_command.ring)
        m_ring = TRY(record::SharedRing::open(*m_command.ring));
    if (m_command.recording == protocol::Recording::On) {
        if (!m_ring)
            return Error{ErrorCode::Usage, "recording needs a ring", {}};
        auto cost = TRY(record::measureRecordingCost(m_clock));
        m_finished.opEventNs = cost.opNs;
        m_finished.otherEventNs = cost.otherNs;
        m_recorder = std::make_unique<record::Recorder>(*m_ring, m_clock);
        options.observer = m_recorder.get();
    } else if (m_ring) {
        m_marker = std::make_unique<record::CurrentOpMarker>(*m_ring);
        options.observer = m_marker.get();
    }
    if (m_options.wrapObserver) {
        m_wrapper = m_options.wrapObserver(graph, options.observer);
        options.observer = m_wrapper.get();
    }
    m_execution = TRY(exec::Execution::create(m_plan, options));

    std::map<ValueId, graph::ValueType> types;
    for (std::size_t i = 0; i < m_inputs.size(); ++i)
        types[m_plan->root().inputs[i]] =
            graph::ValueType::tensor(m_inputs[i].type(), graph::Shape::of(m_inputs[i].dims()));
    protocol::Started started;
    auto memory = plan::planMemory(*m_plan, types);
    started.types = memory.ok() ? std::move(memory->types) : typesOf(graph);
    started.placements = placementsOf(*m_plan, started.types);
    started.notes = std::move(inputs.notes);
    return m_send(started);
}

Result<void> ModelRun::oneStep(std::uint32_t step)
{
    std::int64_t begin = record::monotonicNs();
    std::int64_t pausedNs = 0;
    TRY(m_execution->start(m_inputs));
    for (;;) {
        exec::RunResult result = TRY(m_execution->run());
        if (result == exec::RunResult::Finished)
            break;
        if (result == exec::RunResult::Stopped)
            return Error{ErrorCode::Cancelled, "the run was stopped", {}};
        std::int64_t pauseBegin = record::monotonicNs();
        m_gate.waitWhilePaused();
        pausedNs += record::monotonicNs() - pauseBegin;
    }
    std::int64_t end = record::monotonicNs();
    std::int64_t duration = end - begin - pausedNs;
    (step < m_command.warmup ? m_finished.warmupNs : m_finished.durationsNs).push_back(duration);
    if (end - m_lastReportNs >= reportIntervalNs) {
        m_lastReportNs = end;
        TRY(m_send(protocol::StepDone{step, duration}));
    }
    return {};
}

Result<protocol::Finished> ModelRun::run()
{
    TRY(prepare());
    m_lastReportNs = record::monotonicNs();
    std::uint64_t steps = std::uint64_t{m_command.warmup} + m_command.runs;
    for (std::uint64_t step = 0; step < steps; ++step) {
        auto done = oneStep(static_cast<std::uint32_t>(step));
        if (!done.ok() && done.error().code == ErrorCode::Cancelled && m_gate.stopRequested()) {
            m_finished.end = protocol::RunEnd::Stopped;
            break;
        }
        TRY(std::move(done));
    }
    exec::MemoryUse memory = m_execution->memoryUse();
    m_finished.weightBytes = memory.weightBytes;
    m_finished.arenaBytes = memory.arenaBytes;
    m_finished.lowerBoundBytes = memory.lowerBoundBytes;
    m_finished.peakLiveBytes = memory.peakLiveBytes;
    if (m_command.outputs == protocol::Outputs::Return && m_finished.end == protocol::RunEnd::Finished &&
        steps > 0)
        TRY(returnOutputs());
    // Before the last count: an Execution that goes gives back its buffers.
    m_execution.reset();
    if (m_recorder) {
        m_finished.recordedOps = m_recorder->ops();
        m_finished.recordedEvents = m_recorder->slotsWritten();
    }
    return m_finished;
}

Result<void> ModelRun::returnOutputs()
{
    OutputFile file{::open(m_command.outputsPath.c_str(), O_WRONLY | O_CLOEXEC | O_NOFOLLOW)};
    if (file.fd < 0)
        return outputError(m_command.outputsPath);
    std::uint64_t offset = 0;
    const auto& ids = m_plan->root().outputs;
    auto tensors = m_execution->outputs();
    for (std::size_t i = 0; i < tensors.size() && i < ids.size(); ++i) {
        const graph::Tensor& tensor = tensors[i];
        protocol::OutputInfo info;
        info.name = m_plan->graph().value(ids[i]).name;
        info.type = tensor.type();
        info.dims = tensor.dims();
        info.offset = offset;
        if (tensor.type() == graph::DataType::String)
            info.strings = tensor.strings();
        for (std::size_t written = 0; written < tensor.byteSize();) {
            ssize_t count = ::pwrite(file.fd, tensor.bytes() + written, tensor.byteSize() - written,
                                     static_cast<off_t>(offset));
            if (count < 0 && errno == EINTR)
                continue;
            if (count <= 0)
                return outputError(m_command.outputsPath);
            written += static_cast<std::size_t>(count);
            offset += static_cast<std::uint64_t>(count);
        }
        m_finished.outputs.push_back(std::move(info));
    }
    return {};
}

} // namespace orrery::runner
