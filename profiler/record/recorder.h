#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// Recorder: the ExecutionObserver that writes Events into a SharedRing. On the path of an op it takes no
// lock, allocates nothing and makes no system call. When the ring is full it waits before the op begins, so
// that the wait is no part of any op's time, and records the wait as an event. Belongs to the executing
// thread. Where the heap probe watches, it tells the probe which node runs, and writes down what each op
// asked of the heap and, after each step, where live bytes changed.

#include "engine/exec/observer.h"
#include "profiler/record/clock.h"
#include "profiler/record/heap_probe.h"
#include "profiler/record/shared_ring.h"

#include <array>
#include <cstdint>
#include <vector>

namespace orrery::record {

class Recorder final : public exec::ExecutionObserver {
public:
    // Writes the clock's parameters into the ring (see Clock::parameters()); both outlive the recorder.
    Recorder(SharedRing& ring, const Clock& clock);

    void stepBegin(std::uint32_t step) override;
    void stepEnd(std::uint32_t step) override;
    void opBegin(NodeId node) override;
    void opEnd(NodeId node) override;
    void allocated(const exec::Allocation& allocation) override;
    void freed(BufferId buffer, NodeId node) override;

    // Before a step whose inputs are other than those of the step before.
    void stepInputs(std::uint32_t step, std::uint32_t set);
    // After a step: what the engine itself counts.
    void engineMemory(std::uint32_t step, std::int64_t liveBytes, std::int64_t heldBytes);
    // After the Execution is gone: what is still there.
    void closed() { writeHeap(noId); }

    std::uint64_t slotsWritten() const { return m_head; }
    std::uint64_t ops() const { return m_ops; }

private:
    // Free slots that an op must find before it begins: more than it usually needs for itself and its
    // buffers.
    static constexpr std::uint64_t reserve = 16;
    static constexpr std::size_t maximumDepth = 256;

    std::uint64_t used() const { return m_head - m_tail; }
    bool makeRoom(std::uint64_t slots, std::uint32_t node);
    void put(const Event& event) { m_data[m_head++ & m_mask] = event; }
    void publish() { m_header.head.store(m_head, std::memory_order_release); }
    void setCurrent(std::uint32_t node, std::uint64_t beginTicks);
    bool waitForRoom(std::uint64_t slots, std::uint32_t node);
    void lose(std::uint64_t events);
    void settleHeap();
    void writeNativeUse(const NativeHeapUse& use, std::uint32_t node, std::uint64_t now);
    void writeHeap(std::uint32_t step);
    void writeTotal(HeapTotal kind, std::uint32_t step, const HeapLive& live, std::uint64_t now);

    struct Open {
        std::uint64_t begin = 0;
        std::uint32_t node = noId;
        NativeHeapUse heap;
        std::uint64_t heapPeak = 0;
    };

    RingHeader& m_header;
    Event* m_data;
    const Clock& m_clock;
    std::uint64_t m_slots;
    std::uint64_t m_mask;
    std::uint64_t m_head;
    std::uint64_t m_tail; // as last seen
    std::uint32_t m_step = 0;
    std::uint64_t m_stepBegin = 0;
    std::uint64_t m_stepOps = 0;
    std::uint64_t m_ops = 0;
    std::size_t m_depth = 0;
    bool m_heap; // the probe watches
    NativeHeapUse m_settledHeap;
    std::vector<HeapLive> m_siteLive; // as last written
    std::array<HeapLive, heapTotalCount> m_totals{};
    std::uint64_t m_nextHeldTicks = 0;
    std::array<Open, maximumDepth> m_open;
};

// What recording costs on this machine now, in nanoseconds: for an op (begin and end), and for one other
// event.
struct RecordingCost {
    double opNs = 0;
    double otherNs = 0;
};
Result<RecordingCost> measureRecordingCost(const Clock& clock);

} // namespace orrery::record
