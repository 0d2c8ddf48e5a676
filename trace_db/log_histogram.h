#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// LogHistogram: counts of durations in buckets an eighth of an octave wide (the log-linear buckets of
// HdrHistogram), so that a quantile is within 7 % of the value that it stands for. Only the stretch of
// buckets that is in use takes memory: for most nodes one cache line.

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>

namespace orrery::trace_db {

class LogHistogram {
public:
    void add(std::uint64_t ns)
    {
        auto bucket = static_cast<std::uint32_t>(bucketOf(ns));
        if (m_window == nullptr || bucket - m_window[0] >= m_window[1])
            widen(bucket);
        ++m_window[counts + (bucket - m_window[0])];
    }

    // The middle of the bucket that holds the entry of rank ceil(q * n) of the n entries; 0 when empty.
    std::int64_t quantile(double q, std::int64_t n) const
    {
        auto rank = static_cast<std::uint64_t>(q * static_cast<double>(n) + 0.999999);
        std::uint64_t seen = 0;
        for (std::uint32_t i = 0; m_window != nullptr && i < m_window[1]; ++i) {
            seen += m_window[counts + i];
            if (seen >= rank && seen > 0)
                return middleOf(m_window[0] + i);
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

    // Makes the window hold the bucket, and a little around it.
    void widen(std::uint32_t bucket)
    {
        std::uint32_t first = bucket - std::min<std::uint32_t>(bucket, margin);
        std::uint32_t end = std::min<std::uint32_t>(bucket + 1 + margin, buckets);
        if (m_window != nullptr) {
            first = std::min(first, m_window[0]);
            end = std::max(end, m_window[0] + m_window[1]);
        }
        auto wider = std::make_unique<std::uint32_t[]>(counts + end - first);
        wider[0] = first;
        wider[1] = end - first;
        if (m_window != nullptr)
            std::copy_n(&m_window[counts], m_window[1], &wider[counts + (m_window[0] - first)]);
        m_window = std::move(wider);
    }

    static constexpr std::uint32_t margin = 6;
    static constexpr std::size_t counts = 2;
    // The first bucket, how many, and from `counts` on what each counted.
    std::unique_ptr<std::uint32_t[]> m_window;
};

} // namespace orrery::trace_db
