// SPDX-License-Identifier: Apache-2.0
#include "engine/exec/thread_pool.h"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

namespace orrery::exec {
namespace {

constexpr int spinsBeforeSleep = 2000; // some microseconds: ops follow each other closely

void relax()
{
#if defined(__x86_64__)
    __builtin_ia32_pause();
#endif
}

thread_local bool insideParallelFor = false;

} // namespace

// One job at a time: the caller publishes it under a new generation number, takes pieces itself, then closes
// the job and waits for the workers that joined it. A worker that wakes too late finds the job closed. Which
// thread takes which piece is open; what the pieces are is not.
struct ThreadPool::Shared {
    std::mutex mutex;
    std::condition_variable wake;
    std::atomic<std::uint64_t> generation{0};
    std::atomic<int> joined{0};
    bool open = false;
    bool quitting = false;

    std::int64_t count = 0;
    std::int64_t chunk = 0;
    std::int64_t pieces = 0;
    std::atomic<std::int64_t> nextPiece{0};
    const ops::FunctionRef<void(std::int64_t, std::int64_t)>* body = nullptr;

    std::vector<std::thread> workers;

    void takePieces()
    {
        insideParallelFor = true;
        for (std::int64_t piece = nextPiece.fetch_add(1); piece < pieces; piece = nextPiece.fetch_add(1)) {
            std::int64_t begin = piece * chunk;
            (*body)(begin, std::min(count, begin + chunk));
        }
        insideParallelFor = false;
    }

    void work()
    {
        std::uint64_t seen = 0;
        for (;;) {
            for (int spin = 0; spin < spinsBeforeSleep && generation.load(std::memory_order_acquire) == seen;
                 ++spin)
                relax();
            {
                std::unique_lock lock(mutex);
                wake.wait(lock,
                          [&] { return quitting || generation.load(std::memory_order_acquire) != seen; });
                if (quitting)
                    return;
                seen = generation.load(std::memory_order_acquire);
                if (!open)
                    continue;
                joined.fetch_add(1, std::memory_order_relaxed);
            }
            takePieces();
            joined.fetch_sub(1, std::memory_order_release);
        }
    }
};

ThreadPool::ThreadPool(int threads)
    : m_threads(std::max(threads, 1))
{
    if (m_threads == 1)
        return;
    m_shared = std::make_unique<Shared>();
    for (int i = 1; i < m_threads; ++i)
        m_shared->workers.emplace_back([shared = m_shared.get()] { shared->work(); });
}

ThreadPool::~ThreadPool()
{
    if (!m_shared)
        return;
    {
        std::lock_guard lock(m_shared->mutex);
        m_shared->quitting = true;
    }
    m_shared->wake.notify_all();
    for (std::thread& worker : m_shared->workers)
        worker.join();
}

void ThreadPool::parallelFor(std::int64_t count, std::int64_t grain,
                             ops::FunctionRef<void(std::int64_t, std::int64_t)> body, int threads)
{
    if (count <= 0)
        return;
    std::int64_t pieces =
        std::min<std::int64_t>(std::min(m_threads, threads), (count + std::max<std::int64_t>(grain, 1) - 1) /
                                                                 std::max<std::int64_t>(grain, 1));
    if (pieces <= 1 || !m_shared || insideParallelFor) {
        body(0, count);
        return;
    }
    Shared& shared = *m_shared;
    {
        std::lock_guard lock(shared.mutex);
        shared.count = count;
        shared.chunk = (count + pieces - 1) / pieces;
        shared.pieces = pieces;
        shared.body = &body;
        shared.nextPiece.store(0);
        shared.open = true;
        shared.generation.fetch_add(1, std::memory_order_release);
    }
    shared.wake.notify_all();
    shared.takePieces();
    {
        std::lock_guard lock(shared.mutex);
        shared.open = false;
    }
    while (shared.joined.load(std::memory_order_acquire) != 0)
        relax();
}

} // namespace orrery::exec
