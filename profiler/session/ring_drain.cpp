// SPDX-License-Identifier: Apache-2.0
#include "profiler/session/ring_drain.h"

#include "profiler/record/process_probe.h"

#include <chrono>

namespace orrery::session {

namespace {

constexpr std::size_t batchSlots = 32768;
constexpr auto interval = std::chrono::milliseconds(100);
constexpr auto busyInterval = std::chrono::milliseconds(1); // while the ring is small for what comes

} // namespace

RingDrain::RingDrain(record::SharedRing& ring, trace_db::TraceWriter& writer, const RunBounds& bounds,
                     std::uint64_t position)
    : m_ring(ring)
    , m_writer(writer)
    , m_translator(writer, bounds)
    , m_batch(std::min<std::size_t>(batchSlots, ring.slots()))
    , m_position(position)
{}

RingDrain::~RingDrain() { finish(); }

void RingDrain::fail(Error error)
{
    if (!m_error)
        m_error = std::move(error);
    m_failed.store(true, std::memory_order_release);
}

void RingDrain::countLost()
{
    std::uint64_t producerLost = m_ring.header().lost.load(std::memory_order_relaxed);
    std::int64_t now = static_cast<std::int64_t>(producerLost - m_producerLost) +
                       (m_translator.malformed() - m_malformedReported);
    m_producerLost = producerLost;
    m_malformedReported = m_translator.malformed();
    if (now <= 0)
        return;
    m_lost += now;
    if (auto added = m_writer.addLostEvents(now); !added.ok())
        fail(added.error());
}

Result<std::size_t> RingDrain::write(std::span<const record::Event> slots)
{
    std::size_t used = TRY(m_translator.take(slots));
    countLost();
    TRY(m_writer.setMetric(drainedMetric, static_cast<double>(m_position + used)));
    TRY(m_writer.flush());
    return used;
}

RingDrain::Batch RingDrain::drainBatch()
{
    m_translator.setClock(m_ring.clock());
    std::size_t count = m_ring.peek(m_position, m_batch);
    if (m_ring.damaged() && !m_error)
        fail({ErrorCode::Internal, "the event ring is damaged; the events after this moment are lost", {}});
    m_busy = count > m_ring.slots() / 8;
    if (count == 0)
        return Batch::Empty;
    std::size_t used = count;
    if (m_failed) {
        m_lost += static_cast<std::int64_t>(count);
    } else {
        auto written = write({m_batch.data(), count});
        if (written.ok()) {
            used = *written;
        } else {
            fail(written.releaseError());
            m_lost += static_cast<std::int64_t>(count);
        }
    }
    m_position += used;
    m_ring.release(m_position);
    m_steps.store(m_translator.stepsDone(), std::memory_order_relaxed);
    return used == 0 ? Batch::Empty : count == m_batch.size() ? Batch::Full : Batch::Partial;
}

void RingDrain::drainAll()
{
    while (drainBatch() != Batch::Empty) {
    }
}

void RingDrain::loop(std::int64_t pid)
{
    record::ProcessProbe probe(pid);
    std::uint32_t residentSet = trace_db::noId;
    if (auto counter = m_writer.counter("resident_set", "bytes"); counter.ok())
        residentSet = *counter;
    else
        fail(counter.error());

    for (bool finishing = false; !finishing;) {
        {
            std::unique_lock lock(m_mutex);
            finishing = m_finishing;
        }
        if (auto bytes = probe.residentBytes(); bytes && !m_failed) {
            trace_db::CounterSample sample{record::monotonicNs(), static_cast<double>(*bytes), residentSet};
            if (auto added = m_writer.append(std::span<const trace_db::CounterSample>(&sample, 1));
                !added.ok())
                fail(added.error());
        }
        while (drainBatch() == Batch::Full) {
        }
        if (finishing)
            break;
        std::unique_lock lock(m_mutex);
        m_wake.wait_for(lock, m_busy ? busyInterval : interval, [this] { return m_finishing; });
    }
    drainAll();
    if (!m_failed)
        if (auto flushed = m_writer.flush(); !flushed.ok())
            fail(flushed.error());
}

void RingDrain::start(std::int64_t pid)
{
    m_thread = std::thread([this, pid] { loop(pid); });
}

void RingDrain::finish()
{
    if (!m_thread.joinable())
        return;
    {
        std::lock_guard lock(m_mutex);
        m_finishing = true;
        m_wake.notify_all();
    }
    m_thread.join();
}

} // namespace orrery::session
