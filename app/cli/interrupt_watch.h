#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// Ctrl+C and SIGTERM, waited for on a thread of its own, since what they lead to may not be called in a
// signal handler. Made before any session, so that every thread of the process has the signals blocked. Ends
// the program with status 130 but for the time in which there is something else to do.

#include "profiler/session/session.h"

#include <atomic>
#include <csignal>
#include <functional>
#include <mutex>
#include <thread>

namespace orrery::cli {

class InterruptWatch {
public:
    InterruptWatch();
    ~InterruptWatch();
    InterruptWatch(const InterruptWatch&) = delete;
    InterruptWatch& operator=(const InterruptWatch&) = delete;

    // Called on the thread of the watch with the signal, never while this is being replaced; null: end the
    // program again.
    void callInstead(std::function<void(int)> action);
    void stopInstead(session::Session* session); // null: end the program again

private:
    void watch();

    sigset_t m_signals{};
    sigset_t m_before{};
    std::atomic<bool> m_done{false};
    std::mutex m_mutex;
    std::function<void(int)> m_action;
    std::thread m_thread;
};

} // namespace orrery::cli
