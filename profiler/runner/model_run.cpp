// SPDX-License-Identifier: Apache-2.0
#include "profiler/runner/model_run.h"

#include "engine/base/text.h"
#include "engine/custom_ops/library.h"
#include "engine/graph/tensor.h"
#include "profiler/record/heap_probe.h"
#include "profiler/runner/inputs.h"
#include "profiler/runner/placements.h"
#include "profiler/runner/stack_symbols.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <set>
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
                   const RunnerOptions& options, const record::Clock& clock, RunGate& gate, Send send,
                   std::span<const std::string> libraries)
    : m_plan(std::move(plan))
    , m_command(command)
    , m_options(options)
    , m_clock(clock)
    , m_gate(gate)
    , m_send(std::move(send))
    , m_libraries(libraries)
{}

ModelRun::~ModelRun() { record::heap_probe::end(); }

protocol::Reply ModelRun::carryOut()
{
    auto finished = runGuarded();
    NodeId next = m_execution ? m_execution->next() : NodeId(); // where the program counter stands
    protocol::Failed failed;
    if (!finished.ok() && finished.error().code == ErrorCode::LimitReached && m_execution)
        failed.alive = whatIsAlive();
    closeHeap();
    if (finished.ok() && m_recorder) {
        finished->heapNs = m_finished.heapNs;
        finished->recordedOps = m_recorder->ops();
        finished->recordedEvents = m_recorder->slotsWritten();
    }
    if (finished.ok())
        return finished.releaseValue();
    failed.error = finished.releaseError();
    if (m_ranOut && next.valid())
        failed.error.where = m_plan->graph().node(next).displayName();
    if (next.valid() && failed.error.where == m_plan->graph().node(next).displayName()) {
        failed.node = next;
        failed.nodeName = failed.error.where;
    }
    return failed;
}

// A kernel's failing allocation is the kernel's error already; this is one between them.
Result<protocol::Finished> ModelRun::runGuarded()
{
    try {
        return run();
    } catch (const std::bad_alloc&) {
        m_ranOut = true;
        return Error{ErrorCode::LimitReached, "memory ran out", {}};
    }
}

Result<void> ModelRun::prepare()
{
    const graph::Graph& graph = m_plan->graph();
    if (m_options.onDisconnect == OnDisconnect::ExitProcess)
        limitMemory(m_command.memoryLimitBytes, m_command.threads);
    protocol::Started started;
    started.inputSets = TRY(prepareInputs(started)); // before the heap is watched: they are the caller's
    TRY(watchHeap(started));

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
    // Ahead of the first step, so that the program's own bytes stay as they are while it runs.
    constexpr std::uint32_t reserved = 1 << 20;
    m_finished.warmupNs.reserve(std::min(m_command.warmup, reserved));
    m_finished.durationsNs.reserve(std::min(m_command.runs, reserved));

    std::map<ValueId, graph::ValueType> types;
    const std::vector<graph::Tensor>& first = m_inputs.front();
    for (std::size_t i = 0; i < first.size(); ++i)
        types[m_plan->root().inputs[i]] =
            graph::ValueType::tensor(first[i].type(), graph::Shape::of(first[i].dims()));
    auto memory = plan::planMemory(*m_plan, types);
    started.types = memory.ok() ? std::move(memory->types) : typesOf(graph);
    started.placements = placementsOf(*m_plan, started.types);
    return m_send(started);
}

std::vector<protocol::LiveValue> ModelRun::whatIsAlive() const
{
    constexpr std::size_t most = 1000;
    std::vector<protocol::LiveValue> result;
    for (const exec::LiveValue& live : m_execution->whatIsAlive())
        if (result.size() < most)
            result.push_back({live.value, live.producer, live.nextReader, live.bytes});
    return result;
}

Result<void> ModelRun::watchHeap(protocol::Started& started)
{
    if (m_command.recording == protocol::Recording::Off || m_command.heap == protocol::HeapWatch::Off)
        return {};
    if (!record::heap_probe::available()) {
        started.notes.push_back({Severity::Info,
                                 "heap-not-watched",
                                 {},
                                 {},
                                 "what kernels and libraries ask of malloc is not recorded: the model "
                                 "does not run in a process of its own, or this build cannot watch it",
                                 "run without --in-process"});
        return {};
    }
    using protocol::HeapWatch;
    TRY(record::heap_probe::begin(m_command.heap == HeapWatch::FullStacks      ? record::StackCapture::Full
                                  : m_command.heap == HeapWatch::SampledStacks ? record::StackCapture::Sampled
                                                                               : record::StackCapture::None));
    m_heapBlockNs = record::heap_probe::measureBlockNs();
    m_earlierAllocations = record::heap_probe::nativeUse().allocations;
    return {};
}

// Each set of shapes as text.
Result<std::vector<std::string>> ModelRun::prepareInputs(protocol::Started& started)
{
    std::vector<protocol::Run> commands(1, m_command);
    if (!m_command.shapeSets.empty())
        commands.assign(m_command.shapeSets.size(), m_command);
    std::vector<std::string> texts;
    for (std::size_t set = 0; set < commands.size(); ++set) {
        if (!m_command.shapeSets.empty())
            for (const auto& [name, dims] : m_command.shapeSets[set])
                commands[set].inputShapes[name] = dims;
        Inputs inputs = TRY(makeInputs(m_plan->graph(), m_plan->root(), commands[set]));
        if (set == 0)
            started.notes.insert(started.notes.end(), inputs.notes.begin(), inputs.notes.end());
        std::string& text = texts.emplace_back();
        for (std::size_t i = 0; i < inputs.tensors.size(); ++i) {
            const std::string& name = m_plan->graph().value(m_plan->root().inputs[i]).name;
            text += (i == 0 ? "" : " ") + displayText(name, 200) + "=" +
                    fmt::format("{}", fmt::join(inputs.tensors[i].dims(), "x"));
        }
        m_inputs.push_back(std::move(inputs.tensors));
    }
    return texts;
}

// What is left on the heap once everything of the run is given back, and the calls that asked for it.
void ModelRun::closeHeap()
{
    m_execution.reset();
    custom_ops::tellRunEnded(m_libraries);
    if (!record::heap_probe::watching() || !m_recorder)
        return;
    m_finished.heapNs =
        static_cast<double>(record::heap_probe::nativeUse().allocations - m_earlierAllocations) *
            m_heapBlockNs +
        record::heap_probe::stacksNs();
    m_recorder->closed();
    record::heap_probe::end();
    std::set<std::uint32_t> captured;
    for (std::size_t i = 0; i < record::heap_probe::siteCount(); ++i)
        captured.insert(record::heap_probe::site(i).stack);
    captured.erase(0);
    if (captured.empty())
        return;
    StackSymbols symbols;
    protocol::HeapStacks stacks;
    for (std::uint32_t stack : captured)
        stacks.stacks[stack] = symbols.frames(record::heap_probe::framesOf(stack));
    (void)m_send(stacks); // who does not listen any more needs no stacks
}

Result<void> ModelRun::oneStep(std::uint32_t step)
{
    std::int64_t begin = record::monotonicNs();
    std::int64_t pausedNs = 0;
    std::size_t set = step % m_inputs.size();
    if (m_recorder && (step == 0 || set != m_inputSet))
        m_recorder->stepInputs(step, static_cast<std::uint32_t>(set));
    m_inputSet = set;
    TRY(m_execution->start(m_inputs[set]));
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
    if (m_recorder) {
        exec::MemoryUse use = m_execution->memoryUse();
        m_recorder->engineMemory(step, use.liveBytes, use.heldBytes);
    }
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
