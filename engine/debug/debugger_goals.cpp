// SPDX-License-Identifier: Apache-2.0
#include "engine/debug/debugger_reverse.h"

namespace orrery::debug {

namespace {

constexpr std::size_t maxLogged = 10'000; // hits are counted beyond that, too

std::uint64_t sum(std::uint64_t a, std::uint64_t b) { return a > never - b ? never : a + b; }

} // namespace

DebugState Debugger::Impl::stopped(StopReason reason)
{
    m_reason = reason;
    keep();
    return state();
}

DebugState Debugger::Impl::refused(std::string message)
{
    m_error = Error{ErrorCode::Usage, std::move(message), {}};
    return stopped(StopReason::Arrived);
}

DebugState Debugger::Impl::ended(Walk walk)
{
    switch (walk) {
    case Walk::Paused:
        return stopped(StopReason::Paused);
    case Walk::Failed:
        return stopped(StopReason::Failed);
    case Walk::Arrived:
    case Walk::End:
        break;
    }
    return stopped(m_execution->finished() ? StopReason::End : StopReason::Arrived);
}

DebugState Debugger::Impl::goBackTo(std::uint64_t target)
{
    Here came = here();
    Keeping keeping;
    keeping.denserTowardsTarget = true;
    Walk walk = reach(m_branch, target, keeping);
    if (walk == Walk::Paused || walk == Walk::Failed) {
        comeBack(came);
        m_hits.clear();
        return ended(walk);
    }
    if (!m_hits.empty())
        return stopped(StopReason::Breakpoint);
    return stopped(target == 0 ? StopReason::Beginning : StopReason::Arrived);
}

DebugState Debugger::Impl::goTo(std::uint64_t target)
{
    return target < position() ? goBackTo(target) : ended(reach(m_branch, target));
}

DebugState Debugger::Impl::stepForward(std::uint64_t count)
{
    for (std::uint64_t i = 0; i < count && !m_execution->finished(); ++i) {
        if (i > 0 && !mayGoOn(Asking::Gate))
            return ended(Walk::Paused);
        std::size_t depth = m_execution->frames().size();
        Walk step = walk({}, Asking::Gate, [&] { return m_execution->frames().size() <= depth; });
        if (step == Walk::Paused || step == Walk::Failed)
            return ended(step);
    }
    return ended(Walk::Arrived);
}

DebugState Debugger::Impl::stepBackward(std::uint64_t count)
{
    std::uint64_t target = position();
    std::uint32_t depth = static_cast<std::uint32_t>(std::max<std::size_t>(m_execution->frames().size(), 1));
    Here came = here();
    for (std::uint64_t i = 0; i < count && target > 0; ++i) {
        std::optional<std::uint64_t> before;
        Walk search = findBackward(
            target, [&](std::uint64_t at) { return depthAt(at) <= depth; }, before);
        if (search != Walk::Arrived) {
            comeBack(came);
            return ended(search);
        }
        target = before.value_or(0);
        depth = depthAt(target);
    }
    return goBackTo(target);
}

DebugState Debugger::Impl::out(Direction direction)
{
    std::size_t depth = m_execution->frames().size();
    if (direction == Direction::Forward)
        return ended(walk({}, Asking::Gate, [&] { return m_execution->frames().size() < depth; }));
    Here came = here();
    std::optional<std::uint64_t> before;
    Walk search = findBackward(
        position(), [&](std::uint64_t at) { return depthAt(at) < depth; }, before);
    if (search != Walk::Arrived) {
        comeBack(came);
        return ended(search);
    }
    return goBackTo(before.value_or(0));
}

DebugState Debugger::Impl::toNode(NodeId node, Direction direction)
{
    if (!m_index.known(node))
        return refused("there is no such node to go to");
    if (direction == Direction::Forward)
        return ended(walk({}, Asking::Gate, [&] { return m_execution->next() == node; }));
    Here came = here();
    std::optional<std::uint64_t> before;
    Walk search = findBackward(
        position(), [&](std::uint64_t at) { return nodeAt(at) == node; }, before);
    if (search != Walk::Arrived) {
        comeBack(came);
        return ended(search);
    }
    return goBackTo(before.value_or(0));
}

NodeId Debugger::Impl::firstReaderBlockNode(ValueId id) const
{
    const graph::Value& value = graph().value(id);
    if (value.producer.valid() || value.isConstant() || value.region == graph().mainRegion())
        return {};
    for (const plan::Block& block : plan().blocks())
        if (block.region == value.region && !block.instructions.empty())
            return block.instructions.front().node;
    return {};
}

DebugState Debugger::Impl::toWriter(ValueId id, Direction direction)
{
    if (!graph().contains(id))
        return refused("there is no such value");
    NodeId producer = graph().value(id).producer;
    NodeId first = firstReaderBlockNode(id);
    if (!m_index.known(producer) && !first.valid())
        return refused("no node writes \"" + graph().value(id).name + "\"");
    if (direction == Direction::Backward) {
        if (first.valid()) {
            std::optional<std::uint64_t> written = writtenAt(id);
            return goBackTo(written.value_or(0));
        }
        return toNode(producer, direction);
    }
    if (first.valid())
        return ended(walk({}, Asking::Gate, [&] { return m_execution->next() == first; }));
    m_watch.wanted = producer;
    m_watch.caught.reset();
    Walk result = walk({}, Asking::Gate, [&] { return m_watch.caught.has_value(); });
    m_watch.wanted = {};
    m_watch.caught.reset();
    return ended(result);
}

DebugState Debugger::Impl::continueForward()
{
    if (m_breakpoints.empty())
        return ended(walk({}, Asking::Gate, [] { return false; }));
    Walk result = walk({}, Asking::Gate, [&] {
        bool before =
            !m_execution->finished() && (m_breakpoints.flags(m_execution->next()) & StopsBefore) != 0;
        if (!before && m_watch.computed.empty())
            return false;
        std::vector<Hit> found;
        findHits(found);
        return countHits(found);
    });
    return m_hits.empty() ? ended(result) : stopped(StopReason::Breakpoint);
}

std::int64_t Debugger::Impl::timeOf(NodeId node) const
{
    std::optional<std::uint64_t> from = lastRun(node, position());
    return from ? loggedNs(m_branch, *from, position()) : -1;
}

void Debugger::Impl::findHits(std::vector<Hit>& found)
{
    Moment moment{m_owner, position(), m_branches};
    for (Computed& computed : m_watch.computed) {
        computed.ns = timeOf(computed.node);
        m_breakpoints.findAfter(computed, moment, found);
    }
    m_watch.computed.clear();
    if (!m_execution->finished())
        m_breakpoints.findBefore(
            m_execution->next(), moment, [&](ValueId id) { return m_execution->value(id); }, found);
}

bool Debugger::Impl::countHits(std::vector<Hit>& found)
{
    for (Hit& hit : found) {
        Counted counted = m_breakpoints.count(hit);
        if (counted == Counted::Stops)
            m_hits.push_back(std::move(hit));
        else if (counted == Counted::Logged && m_logged.size() < maxLogged)
            m_logged.push_back(std::move(hit));
    }
    return !m_hits.empty();
}

DebugState Debugger::Impl::go(const Movement& movement)
{
    m_hits.clear();
    m_logged.clear();
    m_error.reset();
    bool forward = movement.direction == Direction::Forward;
    if (!forward && movement.goal != Goal::Position && position() == 0)
        return stopped(StopReason::Beginning);
    if (forward && movement.goal != Goal::Position && m_execution->finished())
        return stopped(StopReason::End);
    switch (movement.goal) {
    case Goal::Step:
        return forward ? stepForward(movement.count) : stepBackward(movement.count);
    case Goal::Into:
        return goTo(forward ? sum(position(), movement.count)
                            : position() - std::min(position(), movement.count));
    case Goal::Out:
        return out(movement.direction);
    case Goal::Continue:
        return forward ? continueForward() : continueBackward();
    case Goal::Node:
        return toNode(movement.node, movement.direction);
    case Goal::Writer:
        return toWriter(movement.value, movement.direction);
    case Goal::Position:
        return goTo(movement.position);
    }
    return refused("an unknown movement");
}

DebugState Debugger::Impl::restart()
{
    m_hits.clear();
    m_logged.clear();
    m_error.reset();
    m_breakpoints.restart();
    reach(m_branch, 0, {}, Asking::Nobody);
    return stopped(StopReason::Started);
}

} // namespace orrery::debug
