// SPDX-License-Identifier: Apache-2.0
#include "engine/exec/execution.h"

#include "engine/exec/control_flow.h"
#include "engine/exec/frame.h"
#include "engine/exec/value_store.h"
#include "engine/graph/order.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <exception>
#include <map>
#include <new>

namespace orrery::exec {

using graph::Tensor;

namespace {

// Eigen allocates its packing buffers itself and throws when it cannot.
Result<void> runGuarded(const ops::Kernel& kernel, ops::KernelContext& context)
{
    try {
        return kernel.run(context);
    } catch (const std::bad_alloc&) {
        return Error{ErrorCode::LimitReached, "no memory left for the kernel's work space", {}};
    } catch (const std::exception& thrown) {
        return Error{ErrorCode::RunFailed, fmt::format("the kernel failed: {}", thrown.what()), {}};
    }
}

} // namespace

class Execution::Impl {
public:
    Impl(std::shared_ptr<const plan::Plan> plan, const ExecutionOptions& options)
        : m_plan(std::move(plan))
        , m_options(options)
        , m_pool(options.threads)
        , m_values(m_plan, options.storage, options.observer, options.memoryLimitBytes)
    {}

    Result<void> start(std::vector<Tensor> inputs);
    Result<StepResult> step();
    Result<StepResult> skip(std::vector<Tensor> outputs);
    ExecutionState capture() const;
    void restore(const ExecutionState& state);
    void usePlan(std::shared_ptr<const plan::Plan> variant);
    Result<void> setValue(ValueId id, Tensor tensor);
    bool finished() const { return m_frames.empty(); }
    std::uint64_t position() const { return m_position; }
    std::span<const Frame> frames() const { return m_frames; }
    const plan::Instruction* next() const
    {
        if (m_frames.empty())
            return nullptr;
        const Frame& frame = m_frames.back();
        return frame.atEnd() ? frame.entered : &frame.block->instructions[frame.next];
    }

    const graph::Graph& graph() const { return m_plan->graph(); }
    const plan::Plan& plan() const { return *m_plan; }
    const ValueStore& values() const { return m_values; }
    const ExecutionOptions& options() const { return m_options; }

private:
    class Context;

    Result<std::map<ValueId, graph::ValueType>> checkInputs(const std::vector<Tensor>& inputs) const;
    Result<void> runKernel(const plan::Instruction& instruction);
    ControlFlow controlFlow() { return {*m_plan, m_values, m_options.storage}; }
    Result<void> checkKernelInputs(const graph::Node& node) const;
    void noteType(ValueId id, const Tensor& tensor);
    Error failedAt(const plan::Instruction& instruction, Error error) const;
    Result<void> enter(const plan::Instruction& instruction);
    void finishInstruction(const plan::Instruction& instruction);
    Result<void> unwind();
    void pointFramesIntoPlan();

    std::shared_ptr<const plan::Plan> m_plan;
    ExecutionOptions m_options;
    ThreadPool m_pool;
    ValueStore m_values;
    std::vector<Frame> m_frames;
    std::uint64_t m_position = 0;
    std::map<ValueId, graph::ValueType> m_inputTypes; // of the memory plan in use
    std::uint32_t m_step = 0;
    bool m_weightsAnnounced = false;
    std::vector<ValueId> m_retyped; // that were given tensors of another element type than kernels expect
    std::uint64_t m_random = 0;
};

class Execution::Impl::Context final : public ops::KernelContext {
public:
    Context(Impl& impl, const plan::Instruction& instruction)
        : m_impl(impl)
        , m_instruction(instruction)
        , m_node(impl.graph().node(instruction.node))
    {}

    const Tensor* input(std::size_t i) const override
    {
        return i < m_node.inputs.size() && m_node.inputs[i].valid() ? m_impl.m_values.get(m_node.inputs[i])
                                                                    : nullptr;
    }
    std::size_t inputCount() const override { return m_node.inputs.size(); }
    bool wantsOutput(std::size_t i) const override
    {
        return i < m_node.outputs.size() && m_node.outputs[i].valid();
    }
    Result<Tensor*> output(std::size_t i, graph::DataType type, std::span<const std::int64_t> dims) override
    {
        return m_impl.m_values.makeOutput(m_instruction, i, type, dims);
    }
    Result<std::byte*> scratch(std::size_t bytes) override
    {
        return m_impl.m_values.scratch(bytes, m_instruction);
    }
    void parallelFor(std::int64_t count, std::int64_t grain,
                     ops::FunctionRef<void(std::int64_t, std::int64_t)> body) override
    {
        m_impl.m_pool.parallelFor(count, grain, body, threadCount());
    }
    int threadCount() const override { return m_instruction.threadsOf(m_impl.m_pool.threadCount()); }
    bool stopRequested() const override
    {
        return m_impl.m_options.gate != nullptr && m_impl.m_options.gate->stopRequested();
    }

    // SplitMix64 (Steele, Lea, Flood 2014).
    std::uint64_t nextRandom() override
    {
        std::uint64_t z = m_impl.m_random += 0x9e3779b97f4a7c15;
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
        z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
        return z ^ (z >> 31);
    }

private:
    Impl& m_impl;
    const plan::Instruction& m_instruction;
    const graph::Node& m_node;
};

Result<std::map<ValueId, graph::ValueType>>
Execution::Impl::checkInputs(const std::vector<Tensor>& inputs) const
{
    const auto& wanted = m_plan->root().inputs;
    if (inputs.size() != wanted.size())
        return Error{ErrorCode::Usage,
                     fmt::format("the model takes {} inputs, {} were given", wanted.size(), inputs.size()),
                     {}};
    std::map<ValueId, graph::ValueType> types;
    for (std::size_t i = 0; i < inputs.size(); ++i) {
        const graph::Value& value = graph().value(wanted[i]);
        const graph::ValueType given =
            graph::ValueType::tensor(inputs[i].type(), graph::Shape::of(inputs[i].dims()));
        bool fits = value.type.kind == graph::TypeKind::Unknown ||
                    value.type.element == graph::DataType::Undefined || value.type.element == given.element;
        if (fits && value.type.shape) {
            fits = value.type.shape->rank() == given.shape->rank();
            for (std::size_t d = 0; fits && d < given.shape->rank(); ++d)
                fits =
                    !value.type.shape->dims[d].isKnown() || value.type.shape->dims[d] == given.shape->dims[d];
        }
        if (!fits)
            return Error{ErrorCode::Usage,
                         fmt::format("expected {}, found {}", value.type.text(), given.text()),
                         fmt::format("input \"{}\"", value.name)};
        types[wanted[i]] = given;
    }
    return types;
}

Result<void> Execution::Impl::start(std::vector<Tensor> inputs)
{
    auto types = TRY(checkInputs(inputs));
    m_frames.clear();
    if (!m_values.hasPlan() || types != m_inputTypes) {
        m_inputTypes.clear();
        plan::MemoryPlan memoryPlan = TRY(plan::planMemory(*m_plan, types));
        m_values.adopt(std::move(memoryPlan));
        m_inputTypes = std::move(types);
    } else {
        m_values.clear();
    }
    m_random = m_options.seed;
    m_position = 0;
    m_retyped.clear();
    if (m_options.observer != nullptr)
        m_options.observer->stepBegin(m_step);
    if (!m_weightsAnnounced)
        m_values.announceWeights();
    m_weightsAnnounced = true;
    for (std::size_t i = 0; i < inputs.size(); ++i)
        m_values.setInput(m_plan->root().inputs[i], std::move(inputs[i]));
    m_frames.emplace_back().block = &m_plan->mainBlock();
    return unwind();
}

// Edits can leave a node without what it reads, or with elements that its kernel was not made for.
Result<void> Execution::Impl::checkKernelInputs(const graph::Node& node) const
{
    for (ValueId input : node.inputs) {
        if (!input.valid())
            continue;
        const graph::Value& value = graph().value(input);
        const Tensor* tensor = m_values.get(input);
        if (tensor == nullptr)
            return Error{ErrorCode::RunFailed, fmt::format("its input \"{}\" holds nothing", value.name),
                         node.displayName()};
        if (!m_retyped.empty() && tensor->type() != value.type.element &&
            std::find(m_retyped.begin(), m_retyped.end(), input) != m_retyped.end())
            return Error{ErrorCode::RunFailed,
                         fmt::format("its input \"{}\" was set to {}, expected {}", value.name,
                                     graph::name(tensor->type()), graph::name(value.type.element)),
                         node.displayName()};
    }
    return {};
}

void Execution::Impl::noteType(ValueId id, const Tensor& tensor)
{
    graph::DataType expected = graph().value(id).type.element;
    if (expected != graph::DataType::Undefined && tensor.type() != expected)
        m_retyped.push_back(id);
}

Result<void> Execution::Impl::runKernel(const plan::Instruction& instruction)
{
    TRY(checkKernelInputs(graph().node(instruction.node)));
    Context context(*this, instruction);
    auto result = runGuarded(*instruction.kernel, context);
    if (instruction.spec->purity == ops::Purity::Foreign)
        if (auto guards = m_values.checkGuards(instruction); !guards.ok())
            result = guards.releaseError();
    m_values.releaseScratch(instruction.node);
    const graph::Node& node = graph().node(instruction.node);
    if (!result.ok()) {
        Error error = result.releaseError();
        error.where = node.displayName();
        if (error.code != ErrorCode::LimitReached && error.code != ErrorCode::Cancelled)
            error.code = ErrorCode::RunFailed;
        return error;
    }
    for (ValueId output : node.outputs)
        if (output.valid() && m_values.get(output) == nullptr)
            return Error{ErrorCode::Internal,
                         fmt::format("the kernel {} left output \"{}\" unset", instruction.kernelName,
                                     graph().value(output).name),
                         node.displayName()};
    return {};
}

// Freeing what nobody reads any more is part of the last reader's time.
void Execution::Impl::finishInstruction(const plan::Instruction& instruction)
{
    if (m_options.observer != nullptr)
        m_options.observer->outputsReady(instruction.node);
    for (ValueId value : instruction.diesHere)
        m_values.release(value, instruction.node);
    if (m_options.observer != nullptr)
        m_options.observer->opEnd(instruction.node);
    ++m_frames.back().next;
}

// Of control flow, whose errors say what but not where.
Error Execution::Impl::failedAt(const plan::Instruction& instruction, Error error) const
{
    if (error.where.empty())
        error.where = graph().node(instruction.node).displayName();
    if (m_options.observer != nullptr)
        m_options.observer->opEnd(instruction.node);
    return error;
}

Result<void> Execution::Impl::enter(const plan::Instruction& instruction)
{
    auto entered = controlFlow().enter(instruction);
    if (!entered.ok())
        return failedAt(instruction, entered.releaseError());
    if (*entered)
        m_frames.push_back(std::move(**entered));
    else
        finishInstruction(instruction);
    return {};
}

// Leaves the bodies that are at their end, or begins their next iteration. An iteration of a body without
// instructions is a step of its own, so that the gate is asked and a position counted for each.
Result<void> Execution::Impl::unwind()
{
    while (!m_frames.empty() && m_frames.back().atEnd()) {
        if (m_frames.back().entered == nullptr) {
            m_frames.pop_back();
            if (m_options.observer != nullptr)
                m_options.observer->stepEnd(m_step);
            ++m_step;
            return {};
        }
        const plan::Instruction& entered = *m_frames.back().entered;
        auto again = controlFlow().goOn(m_frames.back());
        if (!again.ok())
            return failedAt(entered, again.releaseError());
        if (*again)
            return {};
        m_frames.pop_back();
        finishInstruction(entered);
    }
    return {};
}

Result<StepResult> Execution::Impl::step()
{
    if (m_frames.empty())
        return StepResult::Finished;
    if (m_frames.back().atEnd()) { // a body without instructions
        ++m_position;
        TRY(unwind());
        return m_frames.empty() ? StepResult::Finished : StepResult::Stepped;
    }
    const plan::Instruction& instruction = *next();
    if (m_options.observer != nullptr)
        m_options.observer->opBegin(instruction.node);
    if (instruction.spec->control == ops::Control::None) {
        auto result = runKernel(instruction);
        if (!result.ok()) {
            if (m_options.observer != nullptr)
                m_options.observer->opEnd(instruction.node);
            return result.releaseError();
        }
        finishInstruction(instruction);
    } else {
        TRY(enter(instruction));
        // The first iteration of a body without instructions waits for the next step.
        if (!m_frames.empty() && m_frames.back().entered == &instruction && m_frames.back().atEnd() &&
            m_frames.back().iteration >= 0) {
            ++m_position;
            return StepResult::Stepped;
        }
    }
    ++m_position;
    TRY(unwind());
    return m_frames.empty() ? StepResult::Finished : StepResult::Stepped;
}

Result<StepResult> Execution::Impl::skip(std::vector<Tensor> outputs)
{
    const plan::Instruction* instruction = next();
    if (instruction == nullptr)
        return Error{ErrorCode::Usage, "the run has finished: there is nothing to skip", {}};
    const graph::Node& node = graph().node(instruction->node);
    if (outputs.size() != node.outputs.size())
        return Error{ErrorCode::Usage,
                     fmt::format("{} tensors for {} outputs", outputs.size(), node.outputs.size()),
                     node.displayName()};
    for (std::size_t i = 0; i < outputs.size(); ++i)
        if (node.outputs[i].valid() && !outputs[i].defined())
            return Error{ErrorCode::Usage,
                         fmt::format("no tensor for output \"{}\"", graph().value(node.outputs[i]).name),
                         node.displayName()};
    if (m_frames.back().atEnd()) { // a loop whose body has no instructions, between two iterations
        controlFlow().abandon(m_frames.back());
        m_frames.pop_back();
    } else if (m_options.observer != nullptr) {
        m_options.observer->opBegin(instruction->node);
    }
    for (std::size_t i = 0; i < outputs.size(); ++i)
        if (node.outputs[i].valid()) {
            noteType(node.outputs[i], outputs[i]);
            m_values.put(node.outputs[i], std::move(outputs[i]), instruction->node);
        }
    finishInstruction(*instruction);
    ++m_position;
    TRY(unwind());
    return m_frames.empty() ? StepResult::Finished : StepResult::Stepped;
}

ExecutionState Execution::Impl::capture() const
{
    CHECK(m_options.storage == Storage::Shared);
    ExecutionState state{m_position, m_random, m_frames, {}, m_plan};
    for (ValueId id : m_values.alive())
        state.values.emplace_back(id, *m_values.get(id));
    return state;
}

void Execution::Impl::restore(const ExecutionState& state)
{
    CHECK(m_options.storage == Storage::Shared);
    m_position = state.position;
    m_random = state.random;
    m_frames = state.frames;
    pointFramesIntoPlan();
    m_values.restore(state.values);
    m_retyped.clear();
    for (const auto& [id, tensor] : state.values)
        noteType(id, tensor);
    for (const Frame& frame : m_frames)
        for (std::size_t i = 0; i < frame.gathered.size(); ++i) {
            const graph::Node& loop = graph().node(frame.entered->node);
            if (const Gathered* last = frame.gathered[i].get())
                m_values.restoreGathered(loop.outputs[loop.outputs.size() - frame.gathered.size() + i],
                                         last->bytes, loop.id);
        }
}

// Blocks and instructions of variants lie elsewhere, in the same order.
void Execution::Impl::pointFramesIntoPlan()
{
    const plan::Instruction* entered = nullptr;
    for (Frame& frame : m_frames) {
        frame.block = &m_plan->block(frame.block->region);
        frame.entered = entered;
        entered = frame.atEnd() ? nullptr : &frame.block->instructions[frame.next];
    }
}

void Execution::Impl::usePlan(std::shared_ptr<const plan::Plan> variant)
{
    CHECK(m_options.storage == Storage::Shared);
    std::shared_ptr<const plan::Plan> before = std::exchange(m_plan, std::move(variant));
    pointFramesIntoPlan();
    m_values.usePlan(m_plan);
    m_retyped.clear();
    for (ValueId id : m_values.alive())
        noteType(id, *m_values.get(id));
}

Result<void> Execution::Impl::setValue(ValueId id, Tensor tensor)
{
    if (!graph().contains(id) || !m_values.isAlive(id))
        return Error{ErrorCode::Usage, "the value holds nothing that could be replaced",
                     graph().contains(id) ? graph().value(id).name : std::string()};
    if (!tensor.defined())
        return Error{ErrorCode::Usage, "there is no tensor to set it to", graph().value(id).name};
    noteType(id, tensor);
    const auto& inputs = m_plan->root().inputs;
    if (std::find(inputs.begin(), inputs.end(), id) != inputs.end())
        m_values.setInput(id, std::move(tensor));
    else
        m_values.put(id, std::move(tensor), graph().value(id).producer);
    return {};
}

bool identical(const ExecutionState& a, const ExecutionState& b)
{
    auto sameFrames = [](const Frame& x, const Frame& y) {
        if (x.block->region != y.block->region || x.next != y.next || x.iteration != y.iteration ||
            x.gathered.size() != y.gathered.size())
            return false;
        for (std::size_t i = 0; i < x.gathered.size(); ++i) {
            const Gathered *p = x.gathered[i].get(), *q = y.gathered[i].get();
            for (; p != nullptr && q != nullptr && p != q; p = p->before.get(), q = q->before.get())
                if (!p->tensor.identicalTo(q->tensor))
                    return false;
            if (p != q)
                return false;
        }
        return true;
    };
    return a.position == b.position && a.random == b.random &&
           std::equal(a.frames.begin(), a.frames.end(), b.frames.begin(), b.frames.end(), sameFrames) &&
           std::equal(a.values.begin(), a.values.end(), b.values.begin(), b.values.end(),
                      [](const auto& x, const auto& y) {
                          return x.first == y.first && x.second.identicalTo(y.second);
                      });
}

Execution::Execution(std::unique_ptr<Impl> impl)
    : m_impl(std::move(impl))
{}
Execution::~Execution() = default;

Result<std::unique_ptr<Execution>> Execution::create(std::shared_ptr<const plan::Plan> plan,
                                                     const ExecutionOptions& options)
{
    if (options.threads < 1 || options.threads > 1024)
        return Error{ErrorCode::Usage, fmt::format("{} threads: expected 1 to 1024", options.threads), {}};
    return std::unique_ptr<Execution>(new Execution(std::make_unique<Impl>(std::move(plan), options)));
}

Result<void> Execution::start(std::vector<Tensor> inputs) { return m_impl->start(std::move(inputs)); }

Result<StepResult> Execution::step() { return m_impl->step(); }

Result<RunResult> Execution::run()
{
    Gate* gate = m_impl->options().gate;
    while (!m_impl->finished()) {
        if (gate != nullptr) {
            GateAnswer answer = gate->ask(next());
            if (answer != GateAnswer::Go)
                return answer == GateAnswer::Pause ? RunResult::Paused : RunResult::Stopped;
        }
        auto stepped = m_impl->step();
        if (!stepped.ok()) {
            if (stepped.error().code == ErrorCode::Cancelled)
                return RunResult::Stopped;
            return stepped.releaseError();
        }
    }
    return RunResult::Finished;
}

bool Execution::finished() const { return m_impl->finished(); }

NodeId Execution::next() const { return m_impl->next() == nullptr ? NodeId() : m_impl->next()->node; }

std::vector<Tensor> Execution::outputs() const
{
    std::vector<Tensor> result;
    for (ValueId id : m_impl->plan().root().outputs) {
        const Tensor* tensor = m_impl->values().get(id);
        if (tensor == nullptr) {
            result.emplace_back();
        } else if (tensor->type() == graph::DataType::String) {
            result.push_back(Tensor::ofStrings(tensor->dims(), tensor->strings()));
        } else {
            auto copy = Tensor::allocate(tensor->type(), tensor->dims());
            result.push_back(copy.ok() ? copy.releaseValue() : Tensor());
            if (result.back().defined() && tensor->byteSize() > 0)
                std::memcpy(result.back().mutableBytes(), tensor->bytes(), tensor->byteSize());
        }
    }
    return result;
}

const Tensor* Execution::value(ValueId id) const { return m_impl->values().get(id); }

std::uint64_t Execution::position() const { return m_impl->position(); }
std::span<const Frame> Execution::frames() const { return m_impl->frames(); }
ExecutionState Execution::capture() const { return m_impl->capture(); }
void Execution::restore(const ExecutionState& state) { m_impl->restore(state); }
void Execution::usePlan(std::shared_ptr<const plan::Plan> variant) { m_impl->usePlan(std::move(variant)); }
Result<void> Execution::setValue(ValueId id, Tensor tensor)
{
    return m_impl->setValue(id, std::move(tensor));
}
Result<StepResult> Execution::skip(std::vector<Tensor> outputs) { return m_impl->skip(std::move(outputs)); }
std::vector<ValueId> Execution::liveValues() const { return m_impl->values().alive(); }
std::int64_t Execution::liveBytes() const { return m_impl->values().liveBytes(); }
std::vector<LiveValue> Execution::whatIsAlive() const
{
    const graph::Graph& graph = m_impl->plan().graph();
    std::map<ValueId, NodeId> readers;
    auto frames = m_impl->frames();
    for (std::size_t i = frames.size(); i-- > 0;) { // innermost first: what runs next
        const Frame& frame = frames[i];
        for (std::size_t at = frame.next; at < frame.block->instructions.size(); ++at)
            for (ValueId value : graph::valuesRead(graph, frame.block->instructions[at].node))
                readers.try_emplace(value, frame.block->instructions[at].node);
        if (frame.entered != nullptr) // the next round, or the outputs of the node around
            for (ValueId value : graph::valuesRead(graph, frame.entered->node))
                readers.try_emplace(value, frame.entered->node);
    }
    std::vector<LiveValue> result;
    for (const auto& [value, bytes] : m_impl->values().buffersInUse()) {
        auto reader = readers.find(value);
        result.push_back(
            {value, graph.value(value).producer, reader == readers.end() ? NodeId() : reader->second, bytes});
    }
    std::stable_sort(result.begin(), result.end(),
                     [](const LiveValue& a, const LiveValue& b) { return a.bytes > b.bytes; });
    return result;
}

const plan::Plan& Execution::plan() const { return m_impl->plan(); }

MemoryUse Execution::memoryUse() const
{
    const ValueStore& values = m_impl->values();
    return {values.weightBytes(),
            values.memoryPlan().arenaBytes,
            values.memoryPlan().lowerBoundBytes,
            values.peakLiveBytes(),
            values.liveBytes(),
            values.heldBytes()};
}

const plan::MemoryPlan& Execution::memoryPlan() const { return m_impl->values().memoryPlan(); }

} // namespace orrery::exec
