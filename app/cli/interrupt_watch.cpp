// SPDX-License-Identifier: Apache-2.0
#include "app/cli/interrupt_watch.h"

#include "app/cli/exit_status.h"

#include <unistd.h>

namespace orrery::cli {

InterruptWatch::InterruptWatch()
{
    sigemptyset(&m_signals);
    sigaddset(&m_signals, SIGINT);
    sigaddset(&m_signals, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &m_signals, &m_before);
    m_thread = std::thread([this] { watch(); });
}

InterruptWatch::~InterruptWatch()
{
    m_done = true;
    m_thread.join();
    pthread_sigmask(SIG_SETMASK, &m_before, nullptr);
}

void InterruptWatch::callInstead(std::function<void(int)> action)
{
    std::lock_guard lock(m_mutex);
    m_action = std::move(action);
}

void InterruptWatch::stopInstead(session::Session* session)
{
    callInstead(session == nullptr ? std::function<void(int)>() : [session](int) { session->stop(); });
}

void InterruptWatch::watch()
{
    timespec wait{0, 50'000'000};
    while (!m_done) {
        int signal = sigtimedwait(&m_signals, nullptr, &wait);
        if (signal <= 0)
            continue;
        std::lock_guard lock(m_mutex);
        if (!m_action)
            ::_exit(static_cast<int>(ExitStatus::Interrupted));
        m_action(signal);
    }
}

} // namespace orrery::cli
