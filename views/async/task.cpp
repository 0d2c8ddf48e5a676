// SPDX-License-Identifier: Apache-2.0
#include "views/async/task.h"

namespace orrery::async {

Task::Task()
    : m_receiver(std::make_unique<QObject>())
    , m_thread([this](std::stop_token quit) { loop(quit); })
{}

Task::~Task()
{
    {
        std::lock_guard lock(m_mutex);
        m_stop.request_stop();
        m_waiting = nullptr;
    }
    m_thread.request_stop();
    m_thread.join();
    m_receiver.reset(); // deliveries still queued die with it
}

void Task::cancel()
{
    std::lock_guard lock(m_mutex);
    m_stop.request_stop();
    m_waiting = nullptr;
    m_finished = ++m_submitted; // older deliveries are no longer the newest
}

void Task::start(Job job)
{
    {
        std::lock_guard lock(m_mutex);
        m_stop.request_stop();
        m_waiting = std::move(job);
        m_waitingNumber = ++m_submitted;
    }
    m_wake.notify_one();
}

void Task::deliver(std::function<void()> call)
{
    QMetaObject::invokeMethod(m_receiver.get(), std::move(call), Qt::QueuedConnection);
}

bool Task::finish(std::uint64_t number)
{
    if (number != m_submitted || m_finished == number)
        return false;
    m_finished = number;
    return true;
}

void Task::loop(std::stop_token quit)
{
    for (;;) {
        Job job;
        std::uint64_t number = 0;
        std::stop_token stop;
        {
            std::unique_lock lock(m_mutex);
            if (!m_wake.wait(lock, quit, [this] { return bool(m_waiting); }))
                return;
            job = std::exchange(m_waiting, nullptr);
            number = m_waitingNumber;
            m_stop = std::stop_source();
            stop = m_stop.get_token();
        }
        job(stop, number);
    }
}

} // namespace orrery::async
