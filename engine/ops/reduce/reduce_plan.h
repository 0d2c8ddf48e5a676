#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// ReducePlan: a dense tensor's dims split into kept and reduced ones. Dims of one element vanish and
// neighbours of the same kind are merged, so that kept and reduced groups alternate. Made per run.

#include "engine/base/result.h"
#include "engine/graph/shape.h"

#include <cstdint>
#include <span>
#include <vector>

namespace orrery::ops {

struct ReduceGroup {
    std::int64_t size = 1;
    std::int64_t stride = 1; // in elements
};

struct ReducePlan {
    std::vector<ReduceGroup> kept;    // outermost first, without the innermost group of the tensor
    std::vector<ReduceGroup> reduced; // likewise
    std::int64_t rowLength = 1;       // elements of the innermost group, which lie side by side …
    bool rowReduced = true;           // … and are reduced to one, or each kept
    std::int64_t keptCount = 1;       // the product of `kept`
    std::int64_t reducedCount = 1;    // the product of `reduced`
    graph::Dims outputDims;

    // How many elements make one result.
    std::int64_t elementsPerResult() const { return reducedCount * (rowReduced ? rowLength : 1); }
};

enum class KeepDims { No, Yes };

// Which of `rank` dims the axes name; BadModel when one is outside of [-rank, rank) or comes twice.
Result<std::vector<bool>> reducedDims(std::span<const std::int64_t> axes, std::size_t rank);
// No axes: every element is a result of its own.
Result<ReducePlan> planReduce(const graph::Dims& dims, std::span<const std::int64_t> axes, KeepDims keepDims);

// The offset of the index-th combination of the groups' positions, the last group moving fastest.
std::int64_t offsetOf(std::span<const ReduceGroup> groups, std::int64_t index);

} // namespace orrery::ops
