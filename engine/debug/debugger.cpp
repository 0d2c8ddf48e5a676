// SPDX-License-Identifier: Apache-2.0
#include "engine/debug/debugger_walk.h"

#include <fmt/format.h>

namespace orrery::debug {

using graph::Tensor;

Debugger::Impl::Impl(std::shared_ptr<const plan::Plan> plan, const DebugOptions& options)
    : m_options(options)
    , m_branches(plan)
    , m_index(*plan)
    , m_breakpoints(m_options.p95Ns, m_options.references)
    , m_forkAt(never)
    , m_mainRuns(plan->mainBlock().instructions.size(), never)
{
    m_breakpoints.match(*plan);
}

Result<void> Debugger::Impl::start(std::vector<Tensor> inputs)
{
    exec::ExecutionOptions options;
    options.threads = m_options.threads;
    options.storage = exec::Storage::Shared;
    options.memoryLimitBytes = m_options.memoryLimitBytes;
    options.seed = m_options.seed;
    options.observer = &m_watch;
    options.gate = m_options.gate;
    m_execution = TRY(exec::Execution::create(m_branches[m_branch].plan, options));
    m_watch.execution = m_execution.get();
    m_watch.breakpoints = &m_breakpoints;
    TRY(m_execution->start(std::move(inputs)));
    std::vector<Tensor> constants;
    for (std::size_t i = 0; i < graph().valueSlots(); ++i)
        if (const graph::Value& value = graph().value(ValueId(i)); value.alive && value.initializer)
            constants.push_back(value.initializer->tensor);
    m_history = std::make_unique<History>(m_execution->capture(), constants, m_options.historyBudgetBytes);
    return {};
}

NodeId Debugger::Impl::nodeAt(std::uint64_t at) const
{
    return m_log.node(m_branches.owner(m_branch, at), at);
}

std::uint32_t Debugger::Impl::depthAt(std::uint64_t at) const
{
    NodeId node = nodeAt(at);
    return node.valid() ? m_index[node].depth : 1;
}

// A node of the main block runs once; where it did is known without a search.
std::optional<std::uint64_t> Debugger::Impl::lastRun(NodeId node, std::uint64_t before) const
{
    if (m_index[node].depth == 1) {
        std::uint64_t ran = m_mainRuns[m_index[node].index];
        if (ran < before && nodeAt(ran) == node)
            return ran;
        const auto frames = m_execution->frames();
        if (before == position() && !frames.empty() && m_index[node].index > frames.front().next)
            return std::nullopt;
    }
    for (std::uint64_t at = before; at-- > 0;)
        if (nodeAt(at) == node)
            return at;
    return std::nullopt;
}

std::vector<StackFrame> Debugger::Impl::stack() const
{
    std::vector<StackFrame> result;
    for (const exec::Frame& frame : m_execution->frames())
        result.push_back({frame.block->region, frame.entered == nullptr ? NodeId() : frame.entered->node,
                          static_cast<std::uint32_t>(frame.next), frame.iteration, frame.iterations});
    return result;
}

std::vector<NodeId> Debugger::Impl::enteredBehind() const
{
    std::vector<NodeId> result;
    auto look = [&](const plan::Block& block, std::size_t end) {
        for (std::size_t i = 0; i < end; ++i) {
            NodeId node = block.instructions[i].node;
            if (block.instructions[i].spec->control == ops::Control::None)
                continue;
            std::optional<std::uint64_t> ran = lastRun(node, position());
            NodeId inside = ran && *ran + 1 < position() ? nodeAt(*ran + 1) : NodeId();
            if (inside.valid() && m_index[inside].parent == node)
                result.push_back(node);
        }
    };
    for (const exec::Frame& frame : m_execution->frames())
        look(*frame.block, frame.next);
    if (m_execution->finished())
        look(plan().mainBlock(), plan().mainBlock().instructions.size());
    return result;
}

DebugState Debugger::Impl::state() const
{
    DebugState state;
    state.reason = m_reason;
    state.position = position();
    state.lastPosition = m_branches[m_branch].reached;
    state.finished = m_execution->finished();
    state.next = m_execution->next();
    state.stack = stack();
    state.entered = enteredBehind();
    if (state.position > 0) {
        state.previous = nodeAt(state.position - 1);
        state.previousNs = m_log.ns(m_branches.owner(m_branch, state.position - 1), state.position - 1);
    }
    state.hits = m_hits;
    state.logged = m_logged;
    state.error = m_error;
    state.branch = m_branch;
    state.branches = m_branches.infos();
    state.history = {m_history->budgetBytes(), m_history->usedBytesWith(m_execution->capture().values),
                     m_history->states()};
    state.live = m_execution->liveValues();
    state.liveBytes = m_execution->liveBytes();
    return state;
}

Result<std::vector<Breakpoint>> Debugger::Impl::setBreakpoints(std::vector<Breakpoint> breakpoints)
{
    TRY(m_breakpoints.set(std::move(breakpoints), plan()));
    return m_breakpoints.list();
}

std::optional<std::uint64_t> Debugger::Impl::writtenAt(ValueId id) const
{
    if (!graph().contains(id))
        return std::nullopt;
    NodeId producer = graph().value(id).producer;
    if (m_index.known(producer))
        return lastRun(producer, position());
    NodeId first = firstReaderBlockNode(id);
    if (!first.valid())
        return std::nullopt;
    // What came just before the first instruction of the body entered it, or ended its last iteration.
    if (m_execution->next() == first && position() > 0)
        return position() - 1;
    std::optional<std::uint64_t> ran = lastRun(first, position());
    return ran && *ran > 0 ? std::optional(*ran - 1) : std::nullopt;
}

Availability Debugger::Impl::availability(ValueId id) const
{
    if (!graph().contains(id))
        return Availability::NotComputed;
    if (graph().value(id).isConstant())
        return Availability::Constant;
    if (m_execution->value(id) != nullptr)
        return Availability::Alive;
    NodeId writer = graph().value(id).producer;
    if (!writer.valid())
        writer = firstReaderBlockNode(id);
    if (!m_index.known(writer))
        return Availability::NotComputed;
    const auto frames = m_execution->frames();
    if (!frames.empty() && m_index[m_index[writer].mainAncestor].index > frames.front().next)
        return Availability::NotComputed;
    return writtenAt(id) ? Availability::Freed : Availability::NotComputed;
}

Result<Tensor> Debugger::Impl::tensor(ValueId id)
{
    if (!graph().contains(id))
        return Error{ErrorCode::Usage, "there is no such value", {}};
    const graph::Value& value = graph().value(id);
    if (value.initializer)
        return value.initializer->tensor;
    if (const Tensor* alive = m_execution->value(id))
        return *alive;
    std::optional<std::uint64_t> written = writtenAt(id);
    if (!written)
        return Error{ErrorCode::Usage, "nothing has written it so far", value.name};
    Here came = here();
    std::optional<Error> errorBefore = m_error;
    Tensor result;
    Walk walked = reach(m_branch, *written);
    if (walked == Walk::Arrived && value.producer.valid()) {
        m_watch.wanted = value.producer;
        m_watch.caught.reset();
        walked = walk({}, Asking::Gate, [&] { return m_watch.caught.has_value(); });
        const auto& outputs = graph().node(value.producer).outputs;
        if (m_watch.caught)
            result = (*m_watch.caught)[static_cast<std::size_t>(
                std::find(outputs.begin(), outputs.end(), id) - outputs.begin())];
        m_watch.wanted = {};
        m_watch.caught.reset();
    } else if (walked == Walk::Arrived) {
        walked = reach(m_branch, *written + 1);
        if (const Tensor* given = m_execution->value(id))
            result = *given;
    }
    comeBack(came);
    if (result.defined())
        return result;
    std::optional<Error> error = std::exchange(m_error, errorBefore);
    if (walked == Walk::Failed && error)
        return *error;
    if (walked == Walk::Paused)
        return Error{ErrorCode::Cancelled, "computing it again was interrupted", value.name};
    return Error{ErrorCode::Usage, "its node is still at work", value.name};
}

void Debugger::Impl::setHistoryBudget(std::int64_t bytes) { m_history->setBudget(bytes, present()); }

Result<std::unique_ptr<Debugger>> Debugger::create(std::shared_ptr<const plan::Plan> plan,
                                                   std::vector<Tensor> inputs, const DebugOptions& options)
{
    auto impl = std::make_unique<Impl>(std::move(plan), options);
    TRY(impl->start(std::move(inputs)));
    return std::unique_ptr<Debugger>(new Debugger(std::move(impl)));
}

Debugger::Debugger(std::unique_ptr<Impl> impl)
    : m_impl(std::move(impl))
{}
Debugger::~Debugger() = default;

const plan::Plan& Debugger::plan() const { return m_impl->plan(); }
DebugState Debugger::state() const { return m_impl->state(); }
DebugState Debugger::go(const Movement& movement) { return m_impl->go(movement); }
DebugState Debugger::restart() { return m_impl->restart(); }
Result<std::vector<Breakpoint>> Debugger::setBreakpoints(std::vector<Breakpoint> breakpoints)
{
    return m_impl->setBreakpoints(std::move(breakpoints));
}
const std::vector<Breakpoint>& Debugger::breakpoints() const { return m_impl->breakpoints(); }
Availability Debugger::availability(ValueId value) const { return m_impl->availability(value); }
Result<Tensor> Debugger::tensor(ValueId value) { return m_impl->tensor(value); }
std::optional<std::uint64_t> Debugger::writtenAt(ValueId value) const { return m_impl->writtenAt(value); }
Result<DebugState> Debugger::apply(const Edit& edit) { return m_impl->apply(edit); }
Result<DebugState> Debugger::choose(BranchId branch) { return m_impl->choose(branch); }
Result<RerunReport> Debugger::rerun() { return m_impl->rerun(); }
void Debugger::setHistoryBudget(std::int64_t bytes) { m_impl->setHistoryBudget(bytes); }
exec::ExecutionState Debugger::capture() const { return m_impl->capture(); }

} // namespace orrery::debug
