#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// LiveBytes: how many bytes of each kind are live, kept by adding allocations and taking frees away. Sums of
// hostile sizes stay at the ends of the range instead of wrapping.

#include "trace_db/event.h"

#include <algorithm>
#include <array>
#include <cstdint>

namespace orrery::trace_db {

inline std::int64_t addSaturated(std::int64_t sum, std::int64_t value)
{
    constexpr std::int64_t limit = std::int64_t{1} << 60;
    return std::clamp(sum, -limit, limit) + std::clamp(value, -limit, limit);
}

struct LiveBytes {
    std::array<std::int64_t, allocKindCount> byKind = {}; // in the order of AllocKind
    std::int64_t total = 0;

    void add(AllocKind kind, std::int64_t bytes)
    {
        std::int64_t& sum = byKind[static_cast<std::size_t>(kind)];
        sum = addSaturated(sum, bytes);
        total = addSaturated(total, bytes);
    }
    // What is known of a free's buffer was written into the event when it was recorded.
    void apply(const AllocEvent& event)
    {
        add(event.kind, event.action == AllocAction::Alloc ? event.bytes : -event.bytes);
    }
    friend bool operator==(const LiveBytes&, const LiveBytes&) = default;
};

} // namespace orrery::trace_db
