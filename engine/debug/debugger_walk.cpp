// SPDX-License-Identifier: Apache-2.0
//
// Moving the Execution. A way leads from the start along a branch to a position; it passes through the legs
// of the branch's ancestors, and where it leaves one of them the edit of the next is applied. Whatever is
// restored or carried out here leaves the Execution at a place of such a way, so that `m_owner`, `m_forkAt`
// and the times always belong to its position.
#include "engine/debug/debugger_walk.h"

namespace orrery::debug {

void OutputWatch::outputsReady(NodeId node)
{
    bool look = (breakpoints->flags(node) & LooksAfter) != 0;
    if (!look && node != wanted)
        return;
    std::vector<graph::Tensor> outputs;
    for (ValueId value : execution->plan().graph().node(node).outputs) {
        const graph::Tensor* tensor = value.valid() ? execution->value(value) : nullptr;
        outputs.push_back(tensor == nullptr ? graph::Tensor() : *tensor);
    }
    if (look)
        computed.push_back({node, outputs, -1});
    if (node == wanted)
        caught = std::move(outputs);
}

Debugger::Impl::Here Debugger::Impl::here() const
{
    return {m_execution->capture(), m_owner, m_following, m_elapsedNs, m_sinceKeptNs};
}

void Debugger::Impl::comeBack(const Here& place)
{
    m_execution->usePlan(m_branches[place.owner].plan);
    m_execution->restore(place.state);
    m_owner = place.owner;
    m_elapsedNs = place.elapsedNs;
    m_sinceKeptNs = place.sinceKeptNs;
    follow(place.following);
}

void Debugger::Impl::load(BranchId owner, const KeptState& kept, BranchId following)
{
    m_execution->usePlan(m_branches[owner].plan);
    m_execution->restore(kept.state);
    m_owner = owner;
    m_elapsedNs = kept.elapsedNs;
    m_sinceKeptNs = 0;
    follow(following);
}

void Debugger::Impl::follow(BranchId branch)
{
    m_following = branch;
    BranchId next = m_branches.nextOnTheWay(m_owner, branch);
    m_forkAt = next.valid() ? m_branches[next].info.from : never;
    enterForksHere();
}

void Debugger::Impl::enterForksHere()
{
    while (position() == m_forkAt) {
        m_owner = m_branches.nextOnTheWay(m_owner, m_following);
        const BranchRecord& branch = m_branches[m_owner];
        m_execution->usePlan(branch.plan);
        if (branch.set) {
            auto set = m_execution->setValue(branch.set->first, branch.set->second);
            CHECK(set.ok()); // it was when the branch was made
        }
        BranchId next = m_branches.nextOnTheWay(m_owner, m_following);
        m_forkAt = next.valid() ? m_branches[next].info.from : never;
    }
}

Result<void> Debugger::Impl::carryOut()
{
    const BranchRecord& branch = m_branches[m_owner];
    std::uint64_t at = position();
    NodeId node = m_execution->next();
    m_carriedOut = at;
    m_watch.computed.clear();
    auto begin = Clock::now();
    if (branch.skipped && at == branch.info.from)
        TRY(m_execution->skip(*branch.skipped));
    else
        TRY(m_execution->step());
    std::int64_t ns = std::chrono::duration_cast<std::chrono::nanoseconds>(Clock::now() - begin).count();
    ns = m_log.record(m_owner, at, node, ns);
    if (m_index[node].depth == 1)
        m_mainRuns[m_index[node].index] = at;
    m_elapsedNs += ns;
    m_sinceKeptNs += ns;
    m_branches.reach(m_owner, position());
    enterForksHere();
    return {};
}

Present Debugger::Impl::present() const { return {m_elapsedNs, m_lineage}; }

void Debugger::Impl::keep()
{
    m_history->keep(m_owner, m_execution->capture(), m_elapsedNs, present());
    m_sinceKeptNs = 0;
}

void Debugger::Impl::keepWhenDue(const Keeping& keeping)
{
    std::int64_t interval = keeping.everyNs;
    if (keeping.targetElapsedNs >= 0)
        interval = std::min(interval, std::max<std::int64_t>(keeping.targetElapsedNs - m_elapsedNs, 0) / 4);
    if (m_sinceKeptNs >= interval)
        keep();
}

bool Debugger::Impl::mayGoOn(Asking asking)
{
    return asking == Asking::Nobody || m_options.gate == nullptr ||
           m_options.gate->ask(m_execution->next()) == exec::GateAnswer::Go;
}

// The instruction may have failed after its own work was done, at the end of a body; the state before it is
// not the Execution's in either case.
Walk Debugger::Impl::failed(Error error)
{
    std::uint64_t at = m_carriedOut;
    BranchId branch = m_following;
    loadNearest(branch, at);
    // Somebody wants an end at once: what is kept is the place to be.
    if (error.code == ErrorCode::Cancelled)
        return Walk::Paused;
    // It came this far before, so it does again; if not (the memory is gone meanwhile), that place it is.
    while (position() < at)
        if (!carryOut().ok()) {
            loadNearest(branch, at);
            break;
        }
    m_error = std::move(error);
    return Walk::Failed;
}

void Debugger::Impl::loadNearest(BranchId branch, std::uint64_t target)
{
    std::vector<Leg> legs = m_branches.path(branch, target);
    for (auto leg = legs.rbegin(); leg != legs.rend(); ++leg)
        if (const KeptState* kept = m_history->latest(leg->branch, leg->begin, leg->end)) {
            load(leg->branch, *kept, branch);
            return;
        }
    CHECK(false); // the first state is always kept
}

Walk Debugger::Impl::reach(BranchId branch, std::uint64_t target, Keeping keeping, Asking asking)
{
    std::vector<Leg> legs = m_branches.path(branch, target);
    for (auto leg = legs.rbegin(); leg != legs.rend(); ++leg) {
        const KeptState* kept = m_history->latest(leg->branch, leg->begin, leg->end);
        bool onTheWay = m_owner == leg->branch && position() >= leg->begin && position() <= leg->end;
        if (onTheWay && (kept == nullptr || position() >= kept->state.position)) {
            follow(branch);
            break;
        }
        if (kept != nullptr) {
            load(leg->branch, *kept, branch);
            break;
        }
    }
    return goOnTo(target, keeping, asking);
}

Walk Debugger::Impl::goOnTo(std::uint64_t target, Keeping keeping, Asking asking)
{
    if (keeping.denserTowardsTarget)
        keeping.targetElapsedNs = m_elapsedNs + loggedNs(m_following, position(), target);
    if (position() >= target)
        return Walk::Arrived;
    return walk(keeping, asking, [&] { return position() >= target; });
}

std::int64_t Debugger::Impl::loggedNs(BranchId branch, std::uint64_t from, std::uint64_t to) const
{
    std::int64_t sum = 0;
    for (std::uint64_t at = from; at < to; ++at)
        sum += std::max<std::int64_t>(m_log.ns(m_branches.owner(branch, at), at), 0);
    return sum;
}

} // namespace orrery::debug
