// SPDX-License-Identifier: Apache-2.0
//
// Reviving: what made the session what it is, is kept as a list of the edits, each with the branch and the
// position at which it was made; a new runner with the same inputs goes to each place and makes them again.
// Branch ids are given in order, so they come out the same.
#include "profiler/session/debug_session.h"

#include "profiler/session/debug_link.h"
#include "profiler/session/debug_reply_check.h"
#include "profiler/session/earlier_durations.h"

#include <filesystem>

namespace orrery::session {

namespace {

struct MadeEdit {
    BranchId branch; // on which it was made
    std::uint64_t position = 0;
    protocol::Command command; // DebugEdit or DebugAssign
};

std::string absolute(const std::string& path)
{
    std::error_code ignored;
    auto result = std::filesystem::absolute(path, ignored);
    return path.empty() || result.empty() ? path : result.string();
}

Error unfit() { return {ErrorCode::Internal, "an answer that does not fit the graph", "runner protocol"}; }

protocol::DebugStart startCommand(const DebugOptions& options)
{
    protocol::DebugStart start;
    start.inputs = options.inputs;
    for (auto& input : start.inputs)
        input.path = absolute(input.path);
    start.inputShapes = options.session.inputShapes;
    start.seed = options.seed;
    start.threads = options.threads;
    start.memoryLimitBytes = options.memoryLimitBytes;
    start.historyBudgetBytes = options.historyBudgetBytes;
    start.referencePath = absolute(options.referencePath);
    return start;
}

} // namespace

class DebugSession::Impl {
public:
    Impl(std::string modelPath, DebugOptions options)
        : m_modelPath(std::move(modelPath))
        , m_options(std::move(options))
    {}

    Result<void> start()
    {
        auto link = TRY(DebugLink::open(m_modelPath, m_options.session));
        {
            std::lock_guard lock(m_linkMutex);
            m_link = std::move(link);
        }
        protocol::DebugStart command = startCommand(m_options);
        command.ring = TRY(m_link->ring());
        if (!m_options.earlierTracePath.empty())
            command.p95Ns = TRY(earlierP95(m_options.earlierTracePath, m_link->opened().compute));
        auto started =
            TRY(m_link->ask<protocol::DebugStarted>(command, m_options.session.openTimeLimitSeconds));
        if (!fits(started, m_link->opened().compute))
            return unfit();
        if (!m_opened)
            m_opened = std::make_unique<protocol::Opened>(m_link->opened());
        m_graph = m_opened->compute;
        m_types = std::move(started.types);
        m_types.resize(m_graph.valueSlots());
        m_order = std::move(started.order);
        m_notes = std::move(started.notes);
        m_state = std::move(started.state);
        return {};
    }

    Result<debug::DebugState> move(const protocol::Command& command)
    {
        auto reached = TRY(m_link->ask<protocol::DebugReached>(command, m_options.timeLimitSeconds));
        const graph::Graph& graph = reached.graph ? *reached.graph : m_graph;
        bool good = fits(reached.state, graph);
        for (const debug::Breakpoint& breakpoint : reached.breakpoints)
            good = good && fits(breakpoint, graph);
        if (!good)
            return unfit();
        m_state = std::move(reached.state);
        m_breakpoints = std::move(reached.breakpoints);
        if (reached.graph)
            m_graph = std::move(*reached.graph);
        return m_state;
    }

    Result<debug::DebugState> edit(protocol::Command command)
    {
        MadeEdit made{m_state.branch, m_state.position, command};
        auto state = TRY(move(command));
        m_edits.push_back(std::move(made));
        return state;
    }

    Result<CapturedTensor> captured(const protocol::Command& command)
    {
        auto reply = TRY(m_link->ask<protocol::DebugTensor>(command, m_options.timeLimitSeconds));
        auto tensors = TRY(protocol::unpack(reply.tensor));
        if (tensors.empty())
            return Error{ErrorCode::Usage,
                         reply.availability == debug::Availability::NotComputed
                             ? "nobody has written the value yet"
                             : "not captured: the value was freed after its last reader",
                         {}};
        return CapturedTensor{std::move(tensors.front()), reply.availability, reply.writtenAt};
    }

    // When this fails, the place to come back to stays the old one.
    Result<debug::DebugState> revive()
    {
        debug::DebugState last = m_state;
        graph::Graph graph = m_graph;
        std::vector<debug::Breakpoint> breakpoints = m_breakpoints;
        auto result = replay(last, breakpoints, m_link->runningNode());
        if (!result.ok()) {
            m_state = std::move(last);
            m_graph = std::move(graph);
            m_breakpoints = std::move(breakpoints);
        }
        return result;
    }

    std::string m_modelPath;
    DebugOptions m_options;
    std::mutex m_linkMutex; // for those who pause and kill from other threads
    std::unique_ptr<DebugLink> m_link;
    std::unique_ptr<protocol::Opened> m_opened;
    graph::Graph m_graph;
    std::vector<graph::ValueType> m_types;
    std::vector<BlockOrder> m_order;
    std::vector<Problem> m_notes;
    debug::DebugState m_state;
    std::vector<debug::Breakpoint> m_breakpoints;
    std::vector<MadeEdit> m_edits;

private:
    Result<debug::DebugState> replay(const debug::DebugState& last,
                                     const std::vector<debug::Breakpoint>& breakpoints, NodeId killer)
    {
        TRY(start());
        for (const MadeEdit& made : m_edits) {
            TRY(goTo(made.branch, made.position));
            TRY(move(made.command));
        }
        TRY(goTo(last.branch, last.position));
        if (killer.valid() && m_state.next != killer && !m_state.finished) {
            debug::Movement towards;
            towards.goal = debug::Goal::Node;
            towards.node = killer;
            TRY(move(protocol::DebugGo{towards}));
            if (m_state.next != killer) // it was on the way back that it died
                TRY(goTo(last.branch, last.position));
        }
        return move(protocol::DebugSetBreakpoints{breakpoints});
    }

    Result<void> goTo(BranchId branch, std::uint64_t position)
    {
        if (m_state.branch != branch)
            TRY(move(protocol::DebugChoose{branch}));
        if (m_state.position == position)
            return {};
        debug::Movement movement;
        movement.goal = debug::Goal::Position;
        movement.position = position;
        TRY(move(protocol::DebugGo{movement}));
        return {};
    }
};

DebugSession::DebugSession(std::unique_ptr<Impl> impl)
    : m_impl(std::move(impl))
{}

DebugSession::~DebugSession() = default;

Result<std::unique_ptr<DebugSession>> DebugSession::open(const std::string& modelPath,
                                                         const DebugOptions& options)
{
    auto impl = std::make_unique<Impl>(modelPath, options);
    TRY(impl->start());
    return std::unique_ptr<DebugSession>(new DebugSession(std::move(impl)));
}

const protocol::Opened& DebugSession::opened() const { return *m_impl->m_opened; }
const graph::Graph& DebugSession::graph() const { return m_impl->m_graph; }
const std::vector<graph::ValueType>& DebugSession::types() const { return m_impl->m_types; }
const std::vector<BlockOrder>& DebugSession::order() const { return m_impl->m_order; }
const std::vector<Problem>& DebugSession::notes() const { return m_impl->m_notes; }
const debug::DebugState& DebugSession::state() const { return m_impl->m_state; }
const protocol::Hello& DebugSession::runner() const { return m_impl->m_link->hello(); }
bool DebugSession::dead() const { return m_impl->m_link->dead(); }
const std::vector<debug::Breakpoint>& DebugSession::breakpoints() const { return m_impl->m_breakpoints; }

Result<debug::DebugState> DebugSession::go(const debug::Movement& movement)
{
    return m_impl->move(protocol::DebugGo{movement});
}

Result<debug::DebugState> DebugSession::restart() { return m_impl->move(protocol::DebugRestart{}); }

void DebugSession::pause()
{
    std::lock_guard lock(m_impl->m_linkMutex);
    m_impl->m_link->pause();
}

void DebugSession::kill()
{
    std::lock_guard lock(m_impl->m_linkMutex);
    m_impl->m_link->requestKill();
}

NodeId DebugSession::runningNode() const
{
    std::lock_guard lock(m_impl->m_linkMutex);
    return m_impl->m_link->runningNode();
}

Result<debug::DebugState> DebugSession::revive()
{
    if (!dead())
        return Error{ErrorCode::Usage, "the runner is alive", {}};
    return m_impl->revive();
}

Result<std::vector<debug::Breakpoint>>
DebugSession::setBreakpoints(std::vector<debug::Breakpoint> breakpoints)
{
    TRY(m_impl->move(protocol::DebugSetBreakpoints{std::move(breakpoints)}));
    return m_impl->m_breakpoints;
}

Result<CapturedTensor> DebugSession::tensor(ValueId value, Recompute recompute)
{
    return m_impl->captured(protocol::DebugFetch{value, recompute == Recompute::Yes});
}

Result<debug::DebugState> DebugSession::apply(const debug::Edit& edit)
{
    protocol::DebugEdit command{edit, {}};
    if (auto* set = std::get_if<debug::SetValue>(&command.edit)) {
        command.tensor = TRY(protocol::pack(std::span(&set->tensor, 1)));
        set->tensor = {};
    }
    return m_impl->edit(std::move(command));
}

Result<debug::DebugState> DebugSession::assign(ValueId value, const std::string& expression)
{
    return m_impl->edit(protocol::DebugAssign{value, expression});
}

Result<graph::Tensor> DebugSession::evaluate(const std::string& expression)
{
    return TRY(m_impl->captured(protocol::DebugEvaluate{expression})).tensor;
}

Result<debug::DebugState> DebugSession::choose(BranchId branch)
{
    return m_impl->move(protocol::DebugChoose{branch});
}

Result<debug::RerunReport> DebugSession::rerun()
{
    auto reply = TRY(m_impl->m_link->ask<protocol::DebugReran>(protocol::DebugRerun{},
                                                               m_impl->m_options.timeLimitSeconds));
    auto tensors = TRY(protocol::unpack(reply.tensors));
    if (tensors.size() != reply.outputs.size() * 2)
        return Error{ErrorCode::Internal, "outputs without their tensors", "runner protocol"};
    debug::RerunReport report{reply.computed, reply.reused, {}};
    for (std::size_t i = 0; i < reply.outputs.size(); ++i)
        report.outputs.push_back({reply.outputs[i].first, reply.outputs[i].second, std::move(tensors[2 * i]),
                                  std::move(tensors[2 * i + 1])});
    return report;
}

Result<debug::DebugState> DebugSession::setHistoryBudget(std::int64_t bytes)
{
    m_impl->m_options.historyBudgetBytes = bytes;
    return m_impl->move(protocol::DebugSetBudget{bytes});
}

Result<debug::DebugState> DebugSession::findBadValue(const BadValueQuery& query)
{
    return m_impl->move(protocol::DebugFindBad{query.overflowAbove});
}

Result<DivergenceOutcome> findDivergence(const std::string& modelPath, const DivergenceRequest& request,
                                         const std::function<bool(std::uint64_t, std::uint64_t)>& goOn)
{
    auto link = TRY(DebugLink::open(modelPath, request.debug.session));
    protocol::Diverge command;
    command.start = startCommand(request.debug);
    command.start.referencePath = absolute(request.referencePath);
    command.referenceOptimize = request.referenceOptimize;
    command.tolerance = request.tolerance;
    command.rounding = request.rounding;
    auto reply =
        TRY(link->ask(command, request.debug.timeLimitSeconds, [&](const protocol::DebugProgress& now) {
            return !goOn || goOn(now.done, now.total);
        }));
    auto* found = std::get_if<protocol::Diverged>(&reply);
    if (found == nullptr)
        return Error{ErrorCode::Internal, "an answer that does not fit the question", "runner protocol"};
    if (!fits(found->report, link->opened()))
        return unfit();
    return DivergenceOutcome{link->opened(), std::move(found->report)};
}

} // namespace orrery::session
