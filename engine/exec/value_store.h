#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// ValueStore: the values of one Execution. Each value slot holds a tensor whose bytes lie in the arena
// (planned), on the heap (shape known only at run time, or shared storage), in a constant or in an input.
// Buffers are counted by the slots that share them; the first use and the last release of each are told to
// the observer. Keeps the sum of live bytes, its peak and the limit.

#include "engine/exec/guarded_memory.h"
#include "engine/exec/observer.h"
#include "engine/exec/storage.h"
#include "engine/plan/memory_plan.h"

#include <memory>
#include <span>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

namespace orrery::exec {

class ValueStore {
public:
    ValueStore(std::shared_ptr<const plan::Plan> plan, Storage storage, ExecutionObserver* observer,
               std::int64_t memoryLimitBytes);
    ~ValueStore();
    ValueStore(const ValueStore&) = delete;
    ValueStore& operator=(const ValueStore&) = delete;

    // Takes a new memory plan: drops all values but constants and makes room for the arena.
    void adopt(plan::MemoryPlan memoryPlan);
    const plan::MemoryPlan& memoryPlan() const { return m_memoryPlan; }
    bool hasPlan() const { return m_planned; }

    // Drops all values but constants, as at the start of a run.
    void clear();
    void announceWeights();

    // Values that the run was given rather than computed.
    void setInput(ValueId id, graph::Tensor tensor);
    // The bytes of `tensor`, computed for or by `node`, become those of the value; no limit is asked.
    void put(ValueId id, graph::Tensor tensor, NodeId node);
    // Shared storage: drops everything but constants and holds these instead; values that share bytes share a
    // buffer again.
    void restore(std::span<const std::pair<ValueId, graph::Tensor>> values);
    // Goes on with the constants of a variant of the plan.
    void usePlan(std::shared_ptr<const plan::Plan> variant);
    bool isAlive(ValueId id) const { return m_slots[id.index()].filled && !m_slots[id.index()].constant; }
    std::vector<ValueId> alive() const; // sorted, without constants
    // Each buffer once, by the first of the values that share it.
    std::vector<std::pair<ValueId, std::int64_t>> buffersInUse() const;
    const graph::Tensor* get(ValueId id) const
    {
        return m_slots[id.index()].filled ? &m_slots[id.index()].tensor : nullptr;
    }

    // Storage for an output of the instruction: its planned place, the bytes of an input that dies here, or
    // the heap.
    Result<graph::Tensor*> makeOutput(const plan::Instruction& instruction, std::size_t output,
                                      graph::DataType type, std::span<const std::int64_t> dims);
    // The value `to` becomes another name of what `from` holds.
    void share(ValueId from, ValueId to);
    void release(ValueId id, NodeId by);
    // At the end of a loop's iteration: `to` become what `from` hold, everything else that the body's inputs
    // and outputs hold is released.
    void carry(std::span<const ValueId> from, std::span<const ValueId> to, RegionId body, NodeId by);
    bool isInArena(ValueId id) const
    {
        std::uint32_t buffer = m_slots[id.index()].buffer;
        return buffer != none && m_buffers[buffer].planned.valid();
    }
    // Bytes of one iteration that are kept until the loop's output is made of them all; counted like values.
    Result<void> gather(ValueId output, std::int64_t bytes, NodeId node);
    void restoreGathered(ValueId output, std::int64_t bytes, NodeId node);
    void dropGathered(ValueId output, NodeId by);
    // LimitReached when the limit leaves no room for so many bytes more.
    Result<void> checkRoom(std::int64_t bytes) const;

    Result<std::byte*> scratch(std::size_t bytes, const plan::Instruction& instruction);
    void releaseScratch(NodeId node);
    // After a foreign kernel: RunFailed when it wrote outside of what it was given. Small outputs then move
    // to the heap: mappings are few, and a loop may keep thousands of them.
    Result<void> checkGuards(const plan::Instruction& instruction);

    std::int64_t weightBytes() const { return m_weightBytes; }
    std::int64_t liveBytes() const { return m_liveBytes; }
    std::int64_t peakLiveBytes() const { return m_peakLiveBytes; }
    // What it holds of the heap: the arena, values and work space outside of it, as the allocator was asked
    // for them. Constants, inputs and the mappings of foreign kernels are none of it.
    std::int64_t heldBytes() const { return m_heldBytes; }

private:
    static constexpr std::uint32_t none = 0xffffffff;

    struct Slot {
        graph::Tensor tensor;
        std::uint32_t buffer = none; // index into m_buffers; none for constants
        bool filled = false;
        bool constant = false;
    };
    struct Buffer {
        BufferId id;
        std::int64_t bytes = 0;
        std::uint32_t users = 0;
        std::int64_t heldBytes = 0; // of the heap
        BufferId planned;           // the place in the memory plan; invalid for heap and inputs
        bool reusable = false;      // the run's own bytes, outside of the arena
    };

    Result<std::uint32_t> addBuffer(Allocation allocation, BufferId planned);
    std::uint32_t addHeld(const Allocation& allocation);
    void setHeld(std::uint32_t buffer, std::int64_t bytes);
    void dropUser(std::uint32_t buffer, NodeId by);
    std::uint32_t dyingInput(const plan::Instruction& instruction, std::size_t output,
                             std::size_t bytes) const;

    void takeConstants();
    bool isConstant(const graph::Tensor& tensor) const;
    std::uint32_t bufferOf(const graph::Tensor& tensor) const;
    void hold(Slot& slot, graph::Tensor tensor, const Allocation& allocation);

    std::shared_ptr<const plan::Plan> m_plan;
    Storage m_storage;
    ExecutionObserver* m_observer;
    std::int64_t m_memoryLimitBytes;

    plan::MemoryPlan m_memoryPlan;
    bool m_planned = false;
    graph::Tensor m_arena;
    std::vector<graph::Tensor> m_plannedTensors; // by ValueId: ready-made, borrowed from the arena
    std::vector<std::uint32_t> m_activeBuffer;   // by planned BufferId: index into m_buffers while in use

    std::vector<Slot> m_slots;
    std::unordered_set<const std::byte*> m_constantBytes;
    std::vector<Buffer> m_buffers;
    std::vector<std::uint32_t> m_freeBuffers;
    std::unordered_map<ValueId, std::vector<std::uint32_t>> m_gathered; // buffers, by output of a loop
    std::uint32_t m_nextBufferId = 0;

    struct Scratch {
        graph::Tensor tensor;
        std::uint32_t buffer = none;
        std::int64_t heldBytes = 0; // of the heap
    };
    std::vector<Scratch> m_scratch;
    std::size_t m_scratchUsed = 0;
    GuardedMemory m_guarded; // what foreign kernels write to

    std::int64_t m_weightBytes = 0;
    std::int64_t m_liveBytes = 0;
    std::int64_t m_peakLiveBytes = 0;
    std::int64_t m_heldBytes = 0;
};

} // namespace orrery::exec
