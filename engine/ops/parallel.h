#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// parallelFor for kernels that need a work space per thread: the range is cut into at most `slots` pieces and
// each piece knows its slot, so that scratch for all slots is taken once, before the loop.

#include "engine/ops/kernel.h"

#include <algorithm>

namespace orrery::ops {

// How many pieces count tasks make at most: one per thread, and none empty.
inline std::int64_t slotCount(int threads, std::int64_t count)
{
    return std::clamp<std::int64_t>(count, 1, std::max(threads, 1));
}
inline std::int64_t slotCount(const KernelContext& context, std::int64_t count)
{
    return slotCount(context.threadCount(), count);
}

// Calls body(slot, begin, end) for the pieces of [0, count); equal slots never run at the same time.
template<class F>
void parallelSlots(KernelContext& context, std::int64_t slots, std::int64_t count, F&& body)
{
    context.parallelFor(slots, 1, [&](std::int64_t first, std::int64_t last) {
        for (std::int64_t slot = first; slot < last; ++slot)
            if (count * slot / slots < count * (slot + 1) / slots)
                body(slot, count * slot / slots, count * (slot + 1) / slots);
    });
}

// Bytes rounded up to whole cache lines, for pieces of one scratch buffer.
constexpr std::size_t cacheLines(std::size_t bytes) { return (bytes + 63) / 64 * 64; }

} // namespace orrery::ops
