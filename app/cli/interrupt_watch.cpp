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

void InterruptWatch::stopInstead(session::Session* session)
{
    std::lock_guard lock(m_mutex);
    m_session = session;
}

void InterruptWatch::watch()
{
    timespec wait{0, 50'000'000};
    while (!m_done) {
        if (sigtimedwait(&m_signals, nullptr, &wait) <= 0)
            continue;
        std::lock_guard lock(m_mutex);
        if (m_session == nullptr)
            ::_exit(static_cast<int>(ExitStatus::Interrupted));
        m_session->stop();
    }
}

} // namespace orrery::cli
