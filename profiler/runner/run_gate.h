#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// RunGate: what the command thread wants of a running model, asked by the executing thread between ops with
// one relaxed load.

#include "engine/exec/gate.h"

#include <atomic>
#include <condition_variable>
#include <mutex>

namespace orrery::runner {

class RunGate final : public exec::Gate {
public:
    exec::GateAnswer ask(NodeId) override { return m_answer.load(std::memory_order_relaxed); }
    bool stopRequested() const override
    {
        return m_answer.load(std::memory_order_relaxed) == exec::GateAnswer::Stop;
    }

    // A stop stays until reset().
    void set(exec::GateAnswer answer)
    {
        std::lock_guard lock(m_mutex);
        if (m_answer != exec::GateAnswer::Stop)
            m_answer = answer;
        m_changed.notify_all();
    }
    void reset() { m_answer = exec::GateAnswer::Go; }
    void waitWhilePaused()
    {
        std::unique_lock lock(m_mutex);
        m_changed.wait(lock, [this] { return m_answer != exec::GateAnswer::Pause; });
    }

private:
    std::atomic<exec::GateAnswer> m_answer = exec::GateAnswer::Go;
    std::mutex m_mutex;
    std::condition_variable m_changed;
};

} // namespace orrery::runner
