#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// Self time out of op events that come in the order in which they ended. On one thread, when an op of depth d
// ends, all its direct children (depth d + 1) have ended before and none of another parent is left over: so
// one sum per depth is enough. The sum of depth d + 1 is taken by the op of depth d that ends next, and
// emptied. A new step forgets the sums, so that children whose parent was lost do not count for a later one.
// O(1) per event.

#include "trace_db/event.h"

#include <algorithm>
#include <array>
#include <cstdint>

namespace orrery::trace_db {

class SelfTime {
public:
    static constexpr std::size_t depthMaximum = 254; // deeper ops count as their parents' siblings

    std::int64_t add(const OpEvent& event)
    {
        if (event.step != m_step) {
            m_step = event.step;
            std::fill_n(m_children.begin(), m_used, 0);
            m_used = 0;
        }
        std::size_t depth = std::min<std::size_t>(event.depth, depthMaximum);
        std::uint64_t children = m_children[depth + 1];
        m_children[depth + 1] = 0;
        m_children[depth] += static_cast<std::uint64_t>(event.dur);
        m_used = std::max(m_used, depth + 1);
        auto dur = static_cast<std::uint64_t>(event.dur);
        return static_cast<std::int64_t>(children < dur ? dur - children : 0);
    }

private:
    std::array<std::uint64_t, depthMaximum + 2> m_children = {};
    std::size_t m_used = 0;
    std::uint32_t m_step = noId;
};

} // namespace orrery::trace_db
