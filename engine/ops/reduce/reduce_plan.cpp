// SPDX-License-Identifier: Apache-2.0
#include "engine/ops/reduce/reduce_plan.h"

#include "engine/ops/infer_context.h"

#include <algorithm>

namespace orrery::ops {

Result<std::vector<bool>> reducedDims(std::span<const std::int64_t> axes, std::size_t rank)
{
    std::vector<bool> reduced(rank, false);
    for (std::int64_t axis : axes) {
        auto at = static_cast<std::size_t>(TRY(normalizeAxis(axis, rank)));
        if (reduced[at])
            return badInput("axis " + std::to_string(axis) + " is listed twice");
        reduced[at] = true;
    }
    return reduced;
}

Result<ReducePlan> planReduce(const graph::Dims& dims, std::span<const std::int64_t> axes, KeepDims keepDims)
{
    std::vector<bool> isReduced = TRY(reducedDims(axes, dims.size()));
    ReducePlan plan;
    for (std::size_t d = 0; d < dims.size(); ++d)
        if (!isReduced[d])
            plan.outputDims.push_back(dims[d]);
        else if (keepDims == KeepDims::Yes)
            plan.outputDims.push_back(1);

    std::int64_t stride = 1;
    enum class Kind { None, Kept, Reduced };
    Kind last = Kind::None;
    bool inRow = true;
    for (std::size_t d = dims.size(); d-- > 0;) {
        if (dims[d] == 1)
            continue;
        Kind kind = isReduced[d] ? Kind::Reduced : Kind::Kept;
        if (last == Kind::None)
            plan.rowReduced = kind == Kind::Reduced;
        else if (kind != last)
            inRow = false;
        std::vector<ReduceGroup>& groups = isReduced[d] ? plan.reduced : plan.kept;
        if (inRow)
            plan.rowLength *= dims[d];
        else if (kind == last)
            groups.back().size *= dims[d];
        else
            groups.push_back({dims[d], stride});
        stride *= dims[d]; // the tensor exists: its element count fits
        last = kind;
    }
    std::reverse(plan.kept.begin(), plan.kept.end());
    std::reverse(plan.reduced.begin(), plan.reduced.end());
    for (const ReduceGroup& group : plan.kept)
        plan.keptCount *= group.size;
    for (const ReduceGroup& group : plan.reduced)
        plan.reducedCount *= group.size;
    return plan;
}

std::int64_t offsetOf(std::span<const ReduceGroup> groups, std::int64_t index)
{
    std::int64_t offset = 0;
    for (std::size_t g = groups.size(); g-- > 0;) {
        offset += index % groups[g].size * groups[g].stride;
        index /= groups[g].size;
    }
    return offset;
}

} // namespace orrery::ops
