#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// RingDrain: takes events out of a ring into a trace. Each batch is committed together with the metric
// `ring_slots_drained`, and only then released in the ring; so whoever takes over after a crash goes on at
// exactly the slot that the trace has reached. When the trace cannot be written any more (a full disk), it
// keeps emptying the ring, counts what is lost, and says so in error(). Between start() and finish() ring and
// writer belong to its thread.

#include "profiler/record/shared_ring.h"
#include "profiler/session/event_translator.h"

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <string_view>
#include <thread>

namespace orrery::session {

inline constexpr std::string_view drainedMetric = "ring_slots_drained";

class RingDrain {
public:
    // `position`: how far the trace has come, 0 for a new run.
    RingDrain(record::SharedRing& ring, trace_db::TraceWriter& writer, const RunBounds& bounds,
              std::uint64_t position = 0);
    ~RingDrain();

    // Drains on a thread of its own; `pid` is the process whose resident set is sampled.
    void start(std::int64_t pid);
    // Ends the thread after everything that was published is in the trace.
    void finish();
    // Everything that is there now, on this thread.
    void drainAll();

    bool failed() const { return m_failed.load(std::memory_order_acquire); }
    std::uint32_t stepsDone() const { return m_steps.load(std::memory_order_relaxed); }
    // After finish() or drainAll().
    const std::optional<Error>& error() const { return m_error; }
    std::uint64_t events() const { return m_translator.events(); }
    std::int64_t lost() const { return m_lost; }

private:
    enum class Batch { Empty, Partial, Full };

    Batch drainBatch();
    Result<std::size_t> write(std::span<const record::Event> slots);
    void fail(Error error);
    void countLost();
    void loop(std::int64_t pid);

    record::SharedRing& m_ring;
    trace_db::TraceWriter& m_writer;
    EventTranslator m_translator;
    std::vector<record::Event> m_batch;
    std::uint64_t m_position;
    bool m_busy = false;
    std::uint64_t m_producerLost = 0;
    std::int64_t m_malformedReported = 0;
    std::int64_t m_lost = 0;
    std::optional<Error> m_error;
    std::atomic<bool> m_failed = false;
    std::atomic<std::uint32_t> m_steps = 0;

    std::thread m_thread;
    std::mutex m_mutex;
    std::condition_variable m_wake;
    bool m_finishing = false;
};

} // namespace orrery::session
