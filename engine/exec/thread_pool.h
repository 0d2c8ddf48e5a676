#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// ThreadPool: the threads of one Execution. parallelFor cuts a range the same way every time (by count, grain
// and thread count alone), so results do not depend on timing. With one thread it calls the body directly.

#include "engine/ops/kernel.h"

#include <cstdint>
#include <limits>
#include <memory>

namespace orrery::exec {

class ThreadPool {
public:
    explicit ThreadPool(int threads);
    ~ThreadPool();
    ThreadPool(const ThreadPool&) = delete;
    ThreadPool& operator=(const ThreadPool&) = delete;

    int threadCount() const { return m_threads; }
    // On at most `threads` of them.
    void parallelFor(std::int64_t count, std::int64_t grain,
                     ops::FunctionRef<void(std::int64_t, std::int64_t)> body,
                     int threads = std::numeric_limits<int>::max());

private:
    struct Shared;
    int m_threads = 1;
    std::unique_ptr<Shared> m_shared; // null with one thread
};

} // namespace orrery::exec
