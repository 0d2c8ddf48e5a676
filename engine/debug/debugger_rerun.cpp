// SPDX-License-Identifier: Apache-2.0
//
// What an edit does to the outputs, computing only what depends on it.
//
// From the fork on, the instructions of the main block that the edit can reach are found first: those it
// concerns, and those that read, themselves or in their bodies, a value that such an instruction writes. An
// instruction with bodies is taken as a whole. What draws random numbers, or is foreign code, is computed in
// any case, so that the generator goes on as in a whole run. The rest is passed over; what it would have
// written is taken from the parent's run where somebody reads it: from a kept state that holds it, else the
// parent is computed up to there. At any time only what later instructions read is held.
#include "engine/debug/debugger_walk.h"
#include "engine/graph/order.h"

#include <unordered_set>

namespace orrery::debug {

using exec::ExecutionState;
using graph::Tensor;

class Debugger::Impl::Rerun {
public:
    explicit Rerun(Impl& impl)
        : m_impl(impl)
        , m_child(impl.m_branch)
        , m_parent(impl.m_branches[impl.m_branch].info.parent)
        , m_fork(impl.m_branches[impl.m_branch].info.from)
        , m_block(impl.plan().mainBlock().instructions)
    {}

    Result<RerunReport> run();

private:
    Result<void> finishParent();
    Result<void> goToFork();
    void findAffected();
    Result<void> carryOut();
    Result<void> finishBody();
    Result<void> fetch(const std::vector<ValueId>& missing, NodeId reader);
    void setAside();
    void takeUp(std::size_t instruction);
    bool changesByItself(NodeId node) const;
    std::vector<ValueId> missingFor(NodeId node) const;
    std::uint64_t countReused() const;

    Impl& m_impl;
    BranchId m_child, m_parent;
    std::uint64_t m_fork;
    const std::vector<plan::Instruction>& m_block;
    std::size_t m_first = 0; // the first instruction of the main block behind the fork
    std::vector<bool> m_affected;
    std::unordered_set<ValueId> m_different;
    bool m_inBody = false; // the fork is in a body of the instruction before m_first

    std::map<ValueId, Tensor> m_before; // the parent's outputs; empty when it failed
    std::map<ValueId, Tensor> m_values; // of the child, while it is set aside
    std::uint64_t m_random = 0;
    bool m_running = false; // the child is in the execution
    std::uint64_t m_computed = 0;
    std::optional<Here> m_parentHere; // where the parent was computed up to
};

Result<void> Debugger::Impl::Rerun::finishParent()
{
    Walk walk = m_impl.reach(m_parent, never);
    if (walk == Walk::Paused)
        return Error{ErrorCode::Cancelled, "the run was interrupted", {}};
    if (walk == Walk::Failed)
        m_impl.m_error.reset();
    else
        m_impl.keep();
    for (ValueId value : m_impl.plan().root().outputs)
        if (const Tensor* tensor = m_impl.m_execution->value(value);
            tensor != nullptr && walk != Walk::Failed)
            m_before[value] = *tensor;
    return {};
}

Result<void> Debugger::Impl::Rerun::carryOut()
{
    if (m_computed > 0 && !m_impl.mayGoOn(Asking::Gate))
        return Error{ErrorCode::Cancelled, "the run was interrupted", {}};
    m_impl.m_watch.computed.clear();
    TRY(m_impl.m_execution->step());
    ++m_computed;
    return {};
}

Result<void> Debugger::Impl::Rerun::finishBody()
{
    while (m_impl.m_execution->frames().size() > 1)
        TRY(carryOut());
    return {};
}

Result<void> Debugger::Impl::Rerun::goToFork()
{
    if (m_impl.reach(m_child, m_fork) != Walk::Arrived)
        return Error{ErrorCode::Cancelled, "the run was interrupted", {}};
    const BranchRecord& branch = m_impl.m_branches[m_child];
    exec::Execution& execution = *m_impl.m_execution;
    if (branch.set)
        m_different.insert(branch.set->first);
    m_inBody = execution.frames().size() > 1;
    if (branch.skipped) {
        for (ValueId output : m_impl.graph().node(execution.next()).outputs)
            m_different.insert(output);
        TRY(execution.skip(*branch.skipped));
    }
    TRY(finishBody());
    m_running = true;
    m_first = execution.finished() ? m_block.size() : execution.frames().front().next;
    return {};
}

bool Debugger::Impl::Rerun::changesByItself(NodeId id) const
{
    const graph::Graph& graph = m_impl.graph();
    std::vector<NodeId> pending{id};
    while (!pending.empty()) {
        const graph::Node& node = graph.node(pending.back());
        pending.pop_back();
        auto spec = ops::findOp(m_impl.plan().ops(), node, m_impl.plan().model().opsetVersion(node));
        if (!spec.ok() || (*spec)->purity != ops::Purity::Pure)
            return true;
        for (RegionId region : node.regions())
            pending.insert(pending.end(), graph.region(region).nodes.begin(),
                           graph.region(region).nodes.end());
    }
    return false;
}

void Debugger::Impl::Rerun::findAffected()
{
    const graph::Graph& graph = m_impl.graph();
    std::unordered_set<NodeId> concerned;
    for (NodeId node : m_impl.m_branches[m_child].concerned)
        concerned.insert(m_impl.m_index[node].mainAncestor);
    auto spread = [&](NodeId node) {
        for (ValueId output : graph.node(node).outputs)
            if (output.valid())
                m_different.insert(output);
    };
    if (m_inBody && m_first > 0)
        spread(m_block[m_first - 1].node);
    m_affected.assign(m_block.size(), false);
    for (std::size_t i = m_first; i < m_block.size(); ++i) {
        NodeId node = m_block[i].node;
        std::vector<ValueId> read = graph::valuesRead(graph, node);
        m_affected[i] =
            concerned.contains(node) || changesByItself(node) ||
            std::any_of(read.begin(), read.end(), [&](ValueId value) { return m_different.contains(value); });
        if (m_affected[i])
            spread(node);
    }
}

void Debugger::Impl::Rerun::setAside()
{
    if (!m_running)
        return;
    ExecutionState state = m_impl.m_execution->capture();
    m_values.clear();
    m_values.insert(state.values.begin(), state.values.end());
    m_random = state.random;
    m_running = false;
}

void Debugger::Impl::Rerun::takeUp(std::size_t instruction)
{
    if (m_running)
        return;
    ExecutionState state;
    state.random = m_random;
    state.values.assign(m_values.begin(), m_values.end());
    state.frames.emplace_back();
    state.frames.back().block = &m_impl.plan().mainBlock();
    state.frames.back().next = instruction;
    m_impl.m_execution->usePlan(m_impl.m_branches[m_child].plan);
    m_impl.m_execution->restore(state);
    m_running = true;
}

std::vector<ValueId> Debugger::Impl::Rerun::missingFor(NodeId node) const
{
    std::vector<ValueId> missing;
    for (ValueId value : graph::valuesRead(m_impl.graph(), node)) {
        if (!value.valid() || m_impl.graph().value(value).isConstant())
            continue;
        bool there = m_running ? m_impl.m_execution->value(value) != nullptr : m_values.contains(value);
        if (!there)
            missing.push_back(value);
    }
    return missing;
}

// All of them are alive in the parent's run when `reader` comes next there.
Result<void> Debugger::Impl::Rerun::fetch(const std::vector<ValueId>& missing, NodeId reader)
{
    setAside();
    std::vector<ValueId> notKept;
    for (ValueId value : missing) {
        const Tensor* found = nullptr;
        m_impl.m_history->find(m_parent, m_fork, never, [&](const ExecutionState& state) {
            auto at = std::lower_bound(state.values.begin(), state.values.end(), value,
                                       [](const auto& pair, ValueId id) { return pair.first < id; });
            if (at == state.values.end() || at->first != value)
                return false;
            found = &at->second;
            return true;
        });
        if (found != nullptr)
            m_values[value] = *found;
        else
            notKept.push_back(value);
    }
    if (notKept.empty())
        return {};
    std::uint64_t end = m_impl.m_branches[m_parent].reached;
    std::uint64_t at = m_fork;
    while (at < end && m_impl.m_log.node(m_parent, at) != reader)
        ++at;
    if (m_parentHere)
        m_impl.comeBack(*m_parentHere);
    else
        m_impl.loadNearest(m_parent, m_fork);
    Walk walk = m_impl.reach(m_parent, at < end ? at : m_fork);
    if (walk == Walk::Arrived && m_impl.m_execution->next() != reader)
        walk = m_impl.walk({}, Asking::Gate, [&] { return m_impl.m_execution->next() == reader; });
    if (walk == Walk::Failed)
        return *std::exchange(m_impl.m_error, std::nullopt);
    if (walk != Walk::Arrived)
        return Error{ErrorCode::Cancelled, "the run was interrupted", {}};
    for (ValueId value : notKept) {
        const Tensor* tensor = m_impl.m_execution->value(value);
        if (tensor == nullptr)
            return Error{ErrorCode::Internal, "the original's run no longer holds a value that is read",
                         m_impl.graph().value(value).name};
        m_values[value] = *tensor;
    }
    m_parentHere = m_impl.here();
    return {};
}

std::uint64_t Debugger::Impl::Rerun::countReused() const
{
    std::uint64_t reused = 0;
    for (std::uint64_t at = m_fork; at < m_impl.m_branches[m_parent].reached; ++at)
        if (NodeId node = m_impl.m_log.node(m_parent, at); node.valid()) {
            std::size_t main = m_impl.m_index[m_impl.m_index[node].mainAncestor].index;
            reused += main >= m_first && !m_affected[main] ? 1 : 0;
        }
    return reused;
}

Result<RerunReport> Debugger::Impl::Rerun::run()
{
    TRY(finishParent());
    TRY(goToFork());
    findAffected();
    for (std::size_t i = m_first; i < m_block.size(); ++i) {
        NodeId node = m_block[i].node;
        if (!m_affected[i]) {
            setAside();
            for (ValueId dead : m_block[i].diesHere)
                m_values.erase(dead);
            continue;
        }
        if (std::vector<ValueId> missing = missingFor(node); !missing.empty())
            TRY(fetch(missing, node));
        takeUp(i);
        TRY(carryOut());
        TRY(finishBody());
    }
    setAside();

    RerunReport report;
    report.computed = m_computed;
    report.reused = countReused();
    for (ValueId value : m_impl.plan().root().outputs) {
        OutputChange change{value, {}, {}, {}};
        const graph::Value& output = m_impl.graph().value(value);
        if (auto before = m_before.find(value); before != m_before.end())
            change.before = before->second;
        if (output.initializer)
            change.after = output.initializer->tensor;
        else if (auto after = m_values.find(value); after != m_values.end())
            change.after = after->second;
        else
            change.after = change.before;
        if (change.before.defined() && change.before.type() == change.after.type() &&
            change.before.dims() == change.after.dims())
            change.difference = TRY(difference(change.after, change.before));
        report.outputs.push_back(std::move(change));
    }
    return report;
}

Result<RerunReport> Debugger::Impl::rerun()
{
    if (!m_branches[m_branch].info.parent.valid())
        return Error{ErrorCode::Usage, "this is the original: nothing has been changed on it", {}};
    Here came = here();
    std::optional<Error> error = m_error;
    auto report = Rerun(*this).run();
    comeBack(came);
    m_error = std::move(error);
    return report;
}

} // namespace orrery::debug
