// SPDX-License-Identifier: Apache-2.0
#include "profiler/record/recorder.h"

#include <algorithm>
#include <unistd.h>
#include <vector>

namespace orrery::record {

Recorder::Recorder(SharedRing& ring, const Clock& clock)
    : m_header(ring.header())
    , m_data(ring.slotData())
    , m_clock(clock)
    , m_slots(ring.slots())
    , m_mask(ring.slots() - 1)
    , m_head(m_header.head.load(std::memory_order_relaxed))
    , m_tail(m_header.tail.load(std::memory_order_acquire))
    , m_heap(heap_probe::watching())
{
    if (m_heap)
        m_siteLive.reserve(heap_probe::maximumSites); // the path of a step allocates nothing
    m_header.clock = clock.parameters();
    m_header.producerPid.store(getpid(), std::memory_order_relaxed);
    m_header.clockReady.store(1, std::memory_order_release);
}

bool Recorder::makeRoom(std::uint64_t slots, std::uint32_t node)
{
    if (__builtin_expect(used() + slots <= m_slots, 1))
        return true;
    m_tail = m_header.tail.load(std::memory_order_acquire);
    return used() + slots <= m_slots || waitForRoom(slots, node);
}

// Off the usual path: spins for a moment, then sleeps in ever longer pieces of up to a millisecond. False
// when the consumer has closed the ring.
bool Recorder::waitForRoom(std::uint64_t slots, std::uint32_t node)
{
    std::uint64_t begin = m_clock.now();
    long sleepNs = 10'000;
    // Room for the wait's own event too, and for a batch of others: being woken for single slots would be
    // slow.
    std::uint64_t wanted = std::min(m_slots, std::max(slots + 1, m_slots / 4));
    for (int spins = 0; used() + wanted > m_slots; ++spins) {
        if (m_header.closed.load(std::memory_order_acquire) != 0)
            return false;
        if (spins < 2000) {
#if defined(__x86_64__)
            _mm_pause();
#endif
        } else {
            timespec wait{0, sleepNs};
            nanosleep(&wait, nullptr);
            sleepNs = std::min(sleepNs * 2, 1'000'000L);
        }
        m_tail = m_header.tail.load(std::memory_order_acquire);
    }
    put({m_clock.now(), EventKind::Wait, 0, 0, node, begin, m_step});
    publish();
    return true;
}

void Recorder::lose(std::uint64_t events) { m_header.lost.fetch_add(events, std::memory_order_relaxed); }

void Recorder::setCurrent(std::uint32_t node, std::uint64_t beginTicks)
{
    m_header.currentBeginTicks.store(beginTicks, std::memory_order_relaxed);
    m_header.currentNode.store(node, std::memory_order_release);
}

void Recorder::stepBegin(std::uint32_t step)
{
    makeRoom(reserve, noId);
    m_step = step;
    m_stepOps = 0;
    m_depth = 0;
    m_header.currentStep.store(step, std::memory_order_relaxed);
    m_stepBegin = m_clock.now();
}

void Recorder::stepEnd(std::uint32_t step)
{
    std::uint64_t now = m_clock.now();
    setCurrent(noId, 0);
    if (m_heap)
        writeHeap(step);
    if (!makeRoom(1, noId))
        return lose(1);
    put({now, EventKind::Step, 0, 0, step, m_stepBegin, m_stepOps});
    publish();
}

void Recorder::opBegin(NodeId node)
{
    makeRoom(reserve, node.value);
    if (m_heap) {
        settleHeap();
        heap_probe::setNode(node.value);
    }
    std::uint64_t now = m_clock.now();
    if (m_depth < maximumDepth)
        m_open[m_depth] = {now, node.value, {}, 0};
    ++m_depth;
    setCurrent(node.value, now);
}

// What happened on the heap since the last change of the running op belongs to the op that ran.
void Recorder::settleHeap()
{
    NativeHeapUse now = heap_probe::nativeUse();
    std::uint64_t peak = heap_probe::takeNativePeak();
    if (m_depth > 0 && m_depth <= maximumDepth) {
        Open& open = m_open[m_depth - 1];
        open.heap.allocatedBytes += now.allocatedBytes - m_settledHeap.allocatedBytes;
        open.heap.freedBytes += now.freedBytes - m_settledHeap.freedBytes;
        open.heap.allocations += now.allocations - m_settledHeap.allocations;
        open.heap.frees += now.frees - m_settledHeap.frees;
        open.heapPeak = std::max(open.heapPeak, peak);
    }
    m_settledHeap = now;
}

void Recorder::writeNativeUse(const NativeHeapUse& use, std::uint32_t node, std::uint64_t now)
{
    if (use.allocations + use.frees == 0)
        return;
    if (!makeRoom(2, node))
        return lose(1);
    auto counted = [](std::uint64_t count) { return std::min<std::uint64_t>(count, 0xffffffff); };
    put({now, EventKind::NativeUse, 0, 0, node, use.allocatedBytes, use.freedBytes});
    put({now, EventKind::NativeCount, 0, 0, node, counted(use.allocations) | counted(use.frees) << 32,
         m_open[m_depth].heapPeak});
    publish();
}

void Recorder::writeHeap(std::uint32_t step)
{
    if (!m_heap)
        return;
    std::uint64_t now = m_clock.now();
    std::size_t known = m_siteLive.size();
    std::size_t sites = heap_probe::siteCount();
    for (std::size_t i = 0; i < sites; ++i) {
        HeapLive live = heap_probe::liveAt(i);
        if (i >= known) {
            HeapSite site = heap_probe::site(i);
            m_siteLive.emplace_back();
            if (!makeRoom(2, noId)) {
                lose(1);
                continue;
            }
            put({now, EventKind::Site, static_cast<std::uint8_t>(site.kind), 0, static_cast<std::uint32_t>(i),
                 site.node, site.stack});
        } else if (step != noId && live.bytes == m_siteLive[i].bytes && live.blocks == m_siteLive[i].blocks) {
            continue;
        }
        m_siteLive[i] = live;
        if (!makeRoom(1, noId)) {
            lose(1);
            continue;
        }
        put({now, EventKind::SiteLive, 0, 0, static_cast<std::uint32_t>(i), live.bytes,
             std::min<std::uint64_t>(live.blocks, 0xffffffff) | std::uint64_t{step} << 32});
    }
    writeTotal(HeapTotal::Tensor, step, heap_probe::live(HeapShare::Tensor), now);
    writeTotal(HeapTotal::Native, step, heap_probe::live(HeapShare::Native), now);
    writeTotal(HeapTotal::Other, step, heap_probe::live(HeapShare::Other), now);
    writeTotal(HeapTotal::Mappings, step, heap_probe::liveMappings(), now);
    // Asking the allocator takes the longer the more free blocks it has: a hundredth of the time at most.
    if (now >= m_nextHeldTicks || step == noId) {
        writeTotal(HeapTotal::Held, step, {heap_probe::heldByAllocator(), 0}, now);
        std::uint64_t end = m_clock.now();
        m_nextHeldTicks = end + 100 * (end - now);
    }
    writeTotal(HeapTotal::Untracked, step, heap_probe::untracked(), now);
    writeTotal(HeapTotal::EarlierFreed, step, heap_probe::earlierFreed(), now);
    publish();
}

void Recorder::writeTotal(HeapTotal kind, std::uint32_t step, const HeapLive& live, std::uint64_t now)
{
    HeapLive& written = m_totals[static_cast<std::size_t>(kind)];
    if (live.bytes == written.bytes && live.blocks == written.blocks)
        return;
    written = live;
    if (!makeRoom(1, noId))
        return lose(1);
    put({now, EventKind::HeapTotal, static_cast<std::uint8_t>(kind), 0, step, live.bytes, live.blocks});
}

void Recorder::engineMemory(std::uint32_t step, std::int64_t liveBytes, std::int64_t heldBytes)
{
    if (!m_heap)
        return;
    std::uint64_t now = m_clock.now();
    writeTotal(HeapTotal::EngineLive, step, {static_cast<std::uint64_t>(liveBytes), 0}, now);
    writeTotal(HeapTotal::EngineHeld, step, {static_cast<std::uint64_t>(heldBytes), 0}, now);
    publish();
}

void Recorder::stepInputs(std::uint32_t step, std::uint32_t set)
{
    if (!makeRoom(1, noId))
        return lose(1);
    put({m_clock.now(), EventKind::StepInputs, 0, 0, step, set, 0});
    publish();
}

void Recorder::opEnd(NodeId node)
{
    std::uint64_t now = m_clock.now();
    if (m_depth == 0)
        return lose(1);
    if (m_heap)
        settleHeap();
    --m_depth;
    if (m_heap && m_depth < maximumDepth)
        writeNativeUse(m_open[m_depth].heap, node.value, now);
    Open outer = m_depth > 0 && m_depth <= maximumDepth ? m_open[m_depth - 1] : Open{};
    if (m_depth >= maximumDepth || !makeRoom(1, node.value)) {
        lose(1);
    } else {
        put({now, EventKind::Op, 0, static_cast<std::uint16_t>(m_depth), node.value, m_open[m_depth].begin,
             m_step});
        publish();
        ++m_ops;
        ++m_stepOps;
    }
    if (m_heap)
        heap_probe::setNode(outer.node);
    setCurrent(outer.node, outer.begin);
}

void Recorder::allocated(const exec::Allocation& allocation)
{
    std::uint64_t now = m_clock.now();
    if (!makeRoom(2, allocation.node.value))
        return lose(1);
    put({now, EventKind::Alloc, static_cast<std::uint8_t>(allocation.kind), 0, allocation.buffer.value,
         static_cast<std::uint64_t>(allocation.bytes), static_cast<std::uint64_t>(allocation.offset)});
    put({now, EventKind::AllocDetail, 0, 0, allocation.value.value, allocation.node.value, 0});
    publish();
}

void Recorder::freed(BufferId buffer, NodeId node)
{
    std::uint64_t now = m_clock.now();
    if (!makeRoom(1, node.value))
        return lose(1);
    put({now, EventKind::Free, 0, 0, buffer.value, node.value, 0});
    publish();
}

Result<RecordingCost> measureRecordingCost(const Clock& clock)
{
    constexpr std::uint32_t count = 4096;
    constexpr int rounds = 7;
    auto ring = TRY(SharedRing::anonymous(count * 2));
    Recorder recorder(*ring, clock);
    exec::ExecutionObserver& observer = recorder; // as it is called in a run
    std::vector<double> op, other;
    for (int round = 0; round < rounds; ++round) {
        auto timed = [&](auto body) {
            std::int64_t begin = monotonicNs();
            for (std::uint32_t i = 0; i < count; ++i)
                body(i);
            std::int64_t end = monotonicNs();
            ring->release(ring->header().head.load());
            return static_cast<double>(end - begin) / count;
        };
        op.push_back(timed([&](std::uint32_t i) {
            observer.opBegin(NodeId(i));
            observer.opEnd(NodeId(i));
        }));
        other.push_back(timed([&](std::uint32_t i) { observer.freed(BufferId(i), NodeId(i)); }));
    }
    auto median = [](std::vector<double>& values) {
        std::nth_element(values.begin(), values.begin() + rounds / 2, values.end());
        return values[rounds / 2];
    };
    return RecordingCost{median(op), median(other)};
}

} // namespace orrery::record
