#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// DebugController::Worker: the thread that alone uses a debugging session, one job after the other. Its end
// waits for no kernel: the runner is killed first.

#include "views/document/debug_controller.h"

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>

namespace orrery::document {

class DebugController::Worker {
public:
    using Job = std::function<void(std::unique_ptr<session::DebugSession>&)>;

    Worker()
        : m_thread([this](std::stop_token stop) { loop(stop); })
    {}
    ~Worker()
    {
        m_thread.request_stop();
        interrupt([](session::DebugSession& session) { session.kill(); });
    }

    void post(Job job)
    {
        std::lock_guard lock(m_mutex);
        m_jobs.push_back(std::move(job));
        m_wake.notify_one();
    }

    // For what may be called while the session works.
    template<class Call>
    void interrupt(Call call)
    {
        std::lock_guard lock(m_sessionMutex);
        if (m_session != nullptr)
            call(*m_session);
    }

private:
    void loop(std::stop_token stop)
    {
        std::unique_ptr<session::DebugSession> session;
        for (;;) {
            Job job;
            {
                std::unique_lock lock(m_mutex);
                m_wake.wait(lock, stop, [this] { return !m_jobs.empty(); });
                if (stop.stop_requested())
                    break;
                job = std::move(m_jobs.front());
                m_jobs.pop_front();
            }
            job(session);
            std::lock_guard lock(m_sessionMutex);
            m_session = session.get();
        }
        std::lock_guard lock(m_sessionMutex);
        m_session = nullptr;
    }

    std::mutex m_mutex;
    std::condition_variable_any m_wake;
    std::deque<Job> m_jobs;
    std::mutex m_sessionMutex;
    session::DebugSession* m_session = nullptr; // the loop's, for interrupt()
    std::jthread m_thread;
};

} // namespace orrery::document
