// SPDX-License-Identifier: Apache-2.0
#include "engine/ops/broadcast.h"

#include "engine/base/check.h"
#include "engine/base/checked_math.h"

#include <algorithm>

namespace orrery::ops {
namespace {

std::int64_t dimFromEnd(const graph::Dims& dims, std::size_t fromEnd)
{
    return fromEnd < dims.size() ? dims[dims.size() - 1 - fromEnd] : 1;
}

} // namespace

Result<Broadcast> Broadcast::create(std::initializer_list<const graph::Dims*> operands)
{
    CHECK(operands.size() <= maxOperands);
    const graph::Dims* const* operand = operands.begin();
    Broadcast result;
    std::size_t rank = 0;
    for (const graph::Dims* dims : operands)
        rank = std::max(rank, dims->size());
    result.m_dims.assign(rank, 1);

    Offsets step; // of each operand for one step in the current dim: the elements of its inner dims
    step.fill(1);
    bool first = true;
    for (std::size_t fromEnd = 0; fromEnd < rank; ++fromEnd) {
        std::int64_t size = 1;
        for (const graph::Dims* dims : operands) {
            std::int64_t dim = dimFromEnd(*dims, fromEnd);
            if (dim == 1)
                continue;
            if (size != 1 && dim != size)
                return Error{ErrorCode::BadModel,
                             "shapes " + graph::dimsText(**operand) + " and " + graph::dimsText(*dims) +
                                 " cannot be broadcast together",
                             {}};
            size = dim;
        }
        result.m_dims[rank - 1 - fromEnd] = size;
        if (size == 1)
            continue;
        Outer outer{size, {}};
        for (std::size_t i = 0; i < operands.size(); ++i) {
            if (dimFromEnd(*operand[i], fromEnd) == 1)
                continue;
            outer.strides[i] = step[i];
            step[i] *= size; // the operand exists, so its element count fits
        }
        if (first) {
            result.m_rowLength = size;
            result.m_lanes = outer.strides;
            first = false;
            continue;
        }
        std::int64_t& innerSize = result.m_outer.empty() ? result.m_rowLength : result.m_outer.back().size;
        const Offsets& inner = result.m_outer.empty() ? result.m_lanes : result.m_outer.back().strides;
        bool merges = true;
        for (std::size_t i = 0; i < operands.size(); ++i)
            merges = merges && outer.strides[i] == inner[i] * innerSize;
        if (merges)
            innerSize *= size;
        else
            result.m_outer.push_back(outer);
    }
    std::optional<std::int64_t> count = checkedElementCount(result.m_dims);
    if (!count)
        return Error{ErrorCode::LimitReached,
                     "the broadcast result " + graph::dimsText(result.m_dims) + " has too many elements",
                     {}};
    result.m_count = *count;
    return result;
}

void Broadcast::forRows(std::int64_t begin, std::int64_t end,
                        FunctionRef<void(std::int64_t, const Offsets&, std::int64_t)> row) const
{
    if (begin >= end)
        return;
    std::vector<std::int64_t> index(m_outer.size());
    Offsets base{};
    std::int64_t rowIndex = begin / m_rowLength;
    for (std::size_t d = 0; d < m_outer.size(); ++d) {
        index[d] = rowIndex % m_outer[d].size;
        rowIndex /= m_outer[d].size;
        for (std::size_t i = 0; i < maxOperands; ++i)
            base[i] += index[d] * m_outer[d].strides[i];
    }
    std::int64_t within = begin % m_rowLength;
    while (begin < end) {
        std::int64_t length = std::min(m_rowLength - within, end - begin);
        Offsets at = base;
        for (std::size_t i = 0; i < maxOperands; ++i)
            at[i] += within * m_lanes[i];
        row(begin, at, length);
        begin += length;
        within = 0;
        for (std::size_t d = 0; d < m_outer.size(); ++d) {
            const Outer& outer = m_outer[d];
            bool wraps = ++index[d] == outer.size;
            for (std::size_t i = 0; i < maxOperands; ++i)
                base[i] += wraps ? -outer.strides[i] * (outer.size - 1) : outer.strides[i];
            if (!wraps)
                break;
            index[d] = 0;
        }
    }
}

} // namespace orrery::ops
