// SPDX-License-Identifier: Apache-2.0
//
// Continuing backwards: to the last hit before the current position.
//
// The log says which node every instruction belonged to, so the places where something can hit are found
// without computing: before a node that somebody stops at, and after one whose outputs somebody looks at
// (or that ends a body whose node is looked at). An unconditional stop is a hit right there. Otherwise the
// stretch from the nearest kept state up to that place is carried out once more and every hit on it is noted;
// these are then counted from the last to the first, as somebody walking backwards would meet them. If none
// of them stops, the search goes on before that kept state. So no stretch is computed twice, and the cost is
// that of the time between the hit and now, at most once.
//
// A log with gaps (it forgets what is more than about a million steps ago) is filled again stretch by
// stretch.
#include "engine/debug/debugger_reverse.h"

namespace orrery::debug {

Walk Debugger::Impl::recallNodes(std::uint64_t at)
{
    std::uint64_t before = at > 0 ? at - 1 : at;
    if (nodeAt(at).valid() && nodeAt(before).valid())
        return Walk::Arrived;
    loadNearest(m_branch, before);
    Walk walk = goOnTo(at + 1, {}, Asking::Gate);
    return walk == Walk::End ? Walk::Arrived : walk;
}

bool Debugger::Impl::mayHit(std::uint64_t at) const
{
    NodeId next = nodeAt(at);
    if ((m_breakpoints.flags(next) & StopsBefore) != 0)
        return true;
    if (at == 0)
        return false;
    NodeId done = nodeAt(at - 1);
    for (NodeId node = done; node.valid(); node = m_index[node].parent) {
        if (node != done && m_index[node].depth < m_index[next].depth)
            break;
        if ((m_breakpoints.flags(node) & LooksAfter) != 0)
            return true;
    }
    return false;
}

DebugState Debugger::Impl::continueBackward()
{
    Here came = here();
    auto interrupted = [&](Walk walk) {
        comeBack(came);
        m_hits.clear();
        return ended(walk);
    };
    std::uint64_t below = m_breakpoints.empty() ? 0 : position();
    while (below > 0) {
        std::optional<std::uint64_t> place;
        Walk search = findBackward(
            below, [&](std::uint64_t at) { return mayHit(at); }, place);
        if (search != Walk::Arrived)
            return interrupted(search);
        if (!place)
            break;
        std::vector<Hit> found;
        NodeId next = nodeAt(*place);
        bool plain = m_breakpoints.onlyPlainBefore(next) &&
                     (*place == 0 || (m_breakpoints.flags(nodeAt(*place - 1)) & LooksAfter) == 0) &&
                     m_index[next].depth >= depthAt(*place == 0 ? 0 : *place - 1);
        if (plain) {
            Moment moment{m_branches.owner(m_branch, *place), *place, m_branches};
            m_breakpoints.findBefore(
                next, moment, [](ValueId) -> const graph::Tensor* { return nullptr; }, found);
            below = *place;
        } else {
            loadNearest(m_branch, *place - 1);
            below = position() + 1;
            Walk again = walk({}, Asking::Gate, [&] {
                findHits(found);
                return position() >= *place;
            });
            if (again == Walk::Paused || again == Walk::Failed)
                return interrupted(again);
        }
        for (auto end = found.end(); end != found.begin();) {
            auto begin = end;
            while (begin != found.begin() && std::prev(begin)->position == std::prev(end)->position)
                --begin;
            std::vector<Hit> here(begin, end);
            std::uint64_t target = here.front().position;
            if (countHits(here)) {
                Walk back = reach(m_branch, target, {.denserTowardsTarget = true});
                if (back == Walk::Paused || back == Walk::Failed)
                    return interrupted(back);
                return stopped(StopReason::Breakpoint);
            }
            end = begin;
        }
    }
    Walk back = reach(m_branch, 0);
    return back == Walk::Arrived ? stopped(StopReason::Beginning) : interrupted(back);
}

} // namespace orrery::debug
