#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// Ctrl+C and SIGTERM, waited for on a thread of its own, since Session::stop() may not be called in a signal
// handler. Made before the session, so that every thread of the process has the signals blocked. Ends the
// program with status 130 but for the time in which there is a session to stop instead.

#include "profiler/session/session.h"

#include <atomic>
#include <csignal>
#include <mutex>
#include <thread>

namespace orrery::cli {

class InterruptWatch {
public:
    InterruptWatch();
    ~InterruptWatch();
    InterruptWatch(const InterruptWatch&) = delete;
    InterruptWatch& operator=(const InterruptWatch&) = delete;

    void stopInstead(session::Session* session); // null: end the program again

private:
    void watch();

    sigset_t m_signals{};
    sigset_t m_before{};
    std::atomic<bool> m_done{false};
    std::mutex m_mutex;
    session::Session* m_session = nullptr;
    std::thread m_thread;
};

} // namespace orrery::cli
