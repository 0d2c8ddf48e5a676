// SPDX-License-Identifier: Apache-2.0
#include "profiler/session/debug_link.h"

#include "profiler/session/crash_report.h"

#include <fmt/format.h>

#include <chrono>

namespace orrery::session {

namespace {

constexpr int pollMs = 20;

} // namespace

Result<std::unique_ptr<DebugLink>> DebugLink::open(const std::string& modelPath,
                                                   const SessionOptions& options)
{
    auto link = std::unique_ptr<DebugLink>(new DebugLink(TRY(startModelRunner(modelPath, options))));
    const ScratchFolder& folder = link->m_runner.link->folder();
    link->m_ring = TRY(record::SharedRing::create(folder.file("ring"), record::ringMinimumSlots, -1));
    link->m_ring->header().currentNode.store(record::noId, std::memory_order_relaxed);
    return link;
}

Result<protocol::SharedFd> DebugLink::ring()
{
    return std::make_shared<const UniqueFd>(TRY(m_ring->descriptor()));
}

NodeId DebugLink::runningNode() const
{
    std::uint32_t node = m_ring->header().currentNode.load(std::memory_order_relaxed);
    return node < m_runner.opened.compute.nodeSlots() ? NodeId(std::size_t(node)) : NodeId();
}

std::string DebugLink::inRunningNode() const
{
    RunningNode running = session::runningNode(m_ring.get(), m_runner.opened.compute);
    return running.text.empty() ? std::string() : " in " + running.text;
}

void DebugLink::pause()
{
    if (!m_dead)
        (void)m_runner.link->send(protocol::Pause{});
}

Result<protocol::Reply> DebugLink::ask(const protocol::Command& question, double timeLimitSeconds,
                                       const std::function<bool(const protocol::DebugProgress&)>& progress)
{
    if (m_dead)
        return Error{ErrorCode::RunnerDied, "the runner has ended", {}};
    m_kill = false;
    auto begin = std::chrono::steady_clock::now();
    auto sent = m_runner.link->send(question);
    while (sent.ok()) {
        auto reply = m_runner.link->receive(pollMs);
        if (!reply.ok()) {
            sent = reply.releaseError();
            break;
        }
        if (*reply) {
            if (auto* failed = std::get_if<protocol::Failed>(&**reply))
                return std::move(failed->error);
            auto* now = std::get_if<protocol::DebugProgress>(&**reply);
            if (now == nullptr)
                return std::move(**reply);
            if (progress && !progress(*now))
                (void)m_runner.link->send(protocol::Stop{});
            continue;
        }
        double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
        bool overdue = timeLimitSeconds >= 0 && seconds > timeLimitSeconds;
        if (!m_kill && !overdue)
            continue;
        if (!m_runner.link->killable())
            return Error{ErrorCode::LimitReached,
                         "the model runs inside of this program, which cannot stop it" + inRunningNode(),
                         {}};
        m_runner.link->kill();
        m_runner.link->waitForEnd();
        m_dead = true;
        if (overdue)
            return Error{
                ErrorCode::LimitReached,
                fmt::format("the time limit of {} s was reached{}", timeLimitSeconds, inRunningNode()),
                {}};
        return Error{ErrorCode::RunnerDied, "the runner was ended on request" + inRunningNode(), {}};
    }
    if (sent.error().code != ErrorCode::RunnerDied) {
        m_runner.link->kill();
        m_runner.link->waitForEnd();
        m_dead = true;
        return sent.releaseError();
    }
    RunnerEnd end = m_runner.link->waitForEnd();
    m_dead = true;
    return Error{ErrorCode::RunnerDied,
                 "the runner ended with " +
                     crashText(end, session::runningNode(m_ring.get(), m_runner.opened.compute)),
                 {}};
}

} // namespace orrery::session
