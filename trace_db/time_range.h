#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// TimeRange: a stretch of a run's clock, in nanoseconds, begin inside and end outside. Empty (the default)
// means no stretch was chosen: the whole run. Times of a damaged file may be any int64, so lengths are
// unsigned or double and never overflow.

#include <algorithm>
#include <cstdint>

namespace orrery::trace_db {

struct TimeRange {
    std::int64_t begin = 0;
    std::int64_t end = 0;

    bool empty() const { return end <= begin; }
    double lengthNs() const { return empty() ? 0 : double(std::uint64_t(end) - std::uint64_t(begin)); }
    bool contains(std::int64_t ns) const { return ns >= begin && ns < end; }
    bool overlaps(std::int64_t ts, std::int64_t endTs) const { return ts < end && endTs > begin; }
    friend bool operator==(const TimeRange&, const TimeRange&) = default;
};

// In either order: what the user dragged from one to the other.
inline TimeRange rangeBetween(std::int64_t a, std::int64_t b) { return {std::min(a, b), std::max(a, b)}; }

} // namespace orrery::trace_db
