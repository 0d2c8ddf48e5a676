#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// DebugLink: question and answer with the runner of a debugging session, as long as it lives: waits with a
// time limit, ends a runner that is to be killed, and says what a dead one died of and in which node. Belongs
// to the session's thread, but for requestKill(), pause() and runningNode().

#include "profiler/record/shared_ring.h"
#include "profiler/session/model_runner.h"

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>

namespace orrery::session {

class DebugLink {
public:
    static Result<std::unique_ptr<DebugLink>> open(const std::string& modelPath,
                                                   const SessionOptions& options);

    const protocol::Opened& opened() const { return m_runner.opened; }
    const protocol::Hello& hello() const { return m_runner.hello; }
    bool dead() const { return m_dead; }
    Result<protocol::SharedFd> ring();

    // The answer, or the error that came instead of it: the runner's own, LimitReached when the time is over,
    // RunnerDied. After the last two it is dead. `progress` gets DebugProgress and says whether to go on.
    Result<protocol::Reply> ask(const protocol::Command& question, double timeLimitSeconds,
                                const std::function<bool(const protocol::DebugProgress&)>& progress = {});
    template<class Answer>
    Result<Answer> ask(const protocol::Command& question, double timeLimitSeconds)
    {
        auto reply = TRY(ask(question, timeLimitSeconds, {}));
        if (auto* answer = std::get_if<Answer>(&reply))
            return std::move(*answer);
        return Error{ErrorCode::Internal, "an answer that does not fit the question", "runner protocol"};
    }

    void pause();
    void requestKill() { m_kill = true; }
    NodeId runningNode() const; // as the runner says; invalid when it does not

private:
    explicit DebugLink(ModelRunner runner)
        : m_runner(std::move(runner))
    {}
    std::string inRunningNode() const;

    ModelRunner m_runner;
    std::unique_ptr<record::SharedRing> m_ring;
    std::atomic<bool> m_kill = false;
    std::atomic<bool> m_dead = false;
};

} // namespace orrery::session
