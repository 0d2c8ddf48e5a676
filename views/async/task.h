#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// Task: background work where the newest wins. submit() hands a job to one worker thread and asks the older
// job to stop; whatever of the older one is still waiting is dropped. When the job returns, done(result) runs
// on the thread that submitted it, but only if no newer job was submitted and the Task still lives.
// Destroying a Task cancels its job and waits for it, so jobs must look at their stop token.

#include <QCoreApplication>
#include <QObject>

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <stop_token>
#include <thread>
#include <utility>

namespace orrery::async {

class Task {
public:
    Task();
    ~Task();
    Task(const Task&) = delete;
    Task& operator=(const Task&) = delete;

    // work: T(std::stop_token), on the worker; done: void(T), on this thread, from the event loop.
    template<class Work, class Done>
    void submit(Work work, Done done)
    {
        start([this, work = std::move(work), done = std::move(done)](std::stop_token stop,
                                                                     std::uint64_t number) mutable {
            auto result = std::make_shared<decltype(work(stop))>(work(stop));
            deliver([this, result, done = std::move(done), number]() mutable {
                if (finish(number))
                    done(std::move(*result));
            });
        });
    }

    // Asks the running job to stop and forgets it: its done is not called.
    void cancel();
    // A job was submitted whose done has neither run nor been cancelled. For the thread that submits.
    bool busy() const { return m_finished != m_submitted; }

private:
    using Job = std::function<void(std::stop_token, std::uint64_t)>;
    void start(Job job);
    void deliver(std::function<void()> call);
    bool finish(std::uint64_t number); // true when it is the newest; on the submitting thread
    void loop(std::stop_token quit);

    std::unique_ptr<QObject> m_receiver; // lives on the submitting thread; its death drops queued deliveries
    std::uint64_t m_submitted = 0, m_finished = 0; // touched on the submitting thread only
    std::mutex m_mutex;
    std::condition_variable_any m_wake;
    Job m_waiting;
    std::uint64_t m_waitingNumber = 0;
    std::stop_source m_stop;
    std::jthread m_thread;
};

} // namespace orrery::async
