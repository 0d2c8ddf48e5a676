#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// LogHistogram: counts of durations in buckets an eighth of an octave wide (the log-linear buckets of
// HdrHistogram), so that a quantile is within 7 % of the value that it stands for. Fixed size, no allocation.

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace orrery::trace_db {

class LogHistogram {
public:
    void add(std::uint64_t ns)
    {
        ++m_counts[bucketOf(ns)];
        ++m_total;
    }

    // The middle of the bucket that holds the entry of rank ceil(q * n); 0 when empty.
    std::int64_t quantile(double q) const
    {
        auto rank = static_cast<std::uint64_t>(q * static_cast<double>(m_total) + 0.999999);
        std::uint64_t seen = 0;
        for (std::size_t bucket = 0; bucket < buckets; ++bucket) {
            seen += m_counts[bucket];
            if (seen >= rank && seen > 0)
                return middleOf(bucket);
        }
        return 0;
    }

private:
    static constexpr std::size_t parts = 8; // of an octave; below it each value has a bucket of its own
    static constexpr std::size_t buckets = 61 * parts + parts;

    static std::size_t bucketOf(std::uint64_t ns)
    {
        if (ns < parts)
            return ns;
        auto exponent = static_cast<std::size_t>(std::bit_width(ns)) - 1;
        return (exponent - 2) * parts + ((ns >> (exponent - 3)) & (parts - 1));
    }

    static std::int64_t middleOf(std::size_t bucket)
    {
        if (bucket < parts)
            return static_cast<std::int64_t>(bucket);
        std::size_t shift = bucket / parts - 1;
        std::uint64_t low = (parts + bucket % parts) << shift;
        return static_cast<std::int64_t>(low + ((std::uint64_t{1} << shift) >> 1));
    }

    std::array<std::uint32_t, buckets> m_counts = {};
    std::uint64_t m_total = 0;
};

} // namespace orrery::trace_db
