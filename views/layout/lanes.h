#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// Lanes: vertical tracks beside the graph for edges too long to run between boxes. A lane over ranks
// first..last lies just outside of everything on these ranks, boxes and earlier lanes alike. Private to this
// folder.

#include <algorithm>
#include <cstdint>
#include <vector>

namespace orrery::layout {

// The outermost extent per rank, with range maximum and range raise in O(log ranks), without recursion: a
// segment tree whose marks stay where they are put (raising to a maximum needs no pushing down).
class Outline {
public:
    explicit Outline(const std::vector<double>& extents)
        : m_size(extents.size())
        , m_max(2 * extents.size())
        , m_mark(2 * extents.size(), lowest)
    {
        std::copy(extents.begin(), extents.end(), m_max.begin() + std::ptrdiff_t(m_size));
        for (std::size_t i = m_size; i-- > 1;)
            m_max[i] = std::max(m_max[2 * i], m_max[2 * i + 1]);
    }

    double outermost(std::size_t first, std::size_t last) const
    {
        double result = lowest;
        for (std::size_t l = first + m_size, r = last + m_size + 1; l < r; l /= 2, r /= 2) {
            if (l & 1)
                result = std::max(result, m_max[l++]);
            if (r & 1)
                result = std::max(result, m_max[--r]);
        }
        for (std::size_t leaf : {first + m_size, last + m_size})
            for (std::size_t i = leaf; i >= 1; i /= 2)
                result = std::max(result, m_mark[i]);
        return result;
    }

    void raise(std::size_t first, std::size_t last, double to)
    {
        for (std::size_t l = first + m_size, r = last + m_size + 1; l < r; l /= 2, r /= 2) {
            if (l & 1)
                mark(l++, to);
            if (r & 1)
                mark(--r, to);
        }
        for (std::size_t leaf : {first + m_size, last + m_size})
            for (std::size_t i = leaf / 2; i >= 1; i /= 2)
                m_max[i] = std::max({m_max[2 * i], m_max[2 * i + 1], m_mark[i]});
    }

private:
    static constexpr double lowest = -1e300;

    void mark(std::size_t i, double to)
    {
        m_max[i] = std::max(m_max[i], to);
        m_mark[i] = std::max(m_mark[i], to);
    }

    std::size_t m_size;
    std::vector<double> m_max, m_mark;
};

} // namespace orrery::layout
