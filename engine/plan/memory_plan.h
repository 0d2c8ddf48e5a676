#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// MemoryPlan: where each value of a Plan lives for one set of concrete input shapes. Values whose shapes
// inference knows get an offset in one arena, chosen so that the arena's size stays close to the largest sum
// of bytes alive at one moment (the lower bound); values that depend on data are allocated when their shape
// is known, during the run.

#include "engine/plan/plan.h"

#include <cstdint>

namespace orrery::plan {

// One piece of the arena and the instructions over which it is in use; positions count through all blocks in
// order, a body of an If lying inside of its instruction.
struct PlannedBuffer {
    BufferId id;
    std::int64_t offset = 0;
    std::int64_t bytes = 0;
    std::uint32_t firstUse = 0;
    std::uint32_t lastUse = 0;
    std::vector<ValueId> values; // those that share it in place, first writer first
};

struct MemoryPlan {
    std::vector<graph::ValueType> types; // by ValueId, concrete where known
    std::vector<BufferId> bufferOf;      // by ValueId; invalid: not planned
    std::vector<std::int64_t> partAt;    // by ValueId: where in its buffer it begins; 0 but for joined inputs
    std::vector<PlannedBuffer> buffers;  // by BufferId
    std::int64_t arenaBytes = 0;         // planned peak
    std::int64_t lowerBoundBytes = 0;    // largest sum of live planned bytes
    std::vector<Problem> problems;       // of inference with these shapes; hints that cannot be followed
};

// Input types by ValueId of the root's inputs, concrete.
Result<MemoryPlan> planMemory(const Plan& plan, const std::map<ValueId, graph::ValueType>& inputTypes);

} // namespace orrery::plan
