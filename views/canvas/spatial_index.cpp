// SPDX-License-Identifier: Apache-2.0
#include "views/canvas/spatial_index.h"

#include <algorithm>
#include <limits>
#include <numeric>

namespace orrery::canvas {
namespace {

constexpr std::uint32_t fanOut = 16;

// Distance along a Hilbert curve of order 16.
std::uint32_t hilbert(std::uint32_t x, std::uint32_t y)
{
    std::uint32_t d = 0;
    for (std::uint32_t s = 1u << 15; s > 0; s /= 2) {
        const std::uint32_t rx = (x & s) != 0, ry = (y & s) != 0;
        d += s * s * ((3 * rx) ^ ry);
        if (ry == 0) {
            if (rx == 1) {
                x = 0xffff - x;
                y = 0xffff - y;
            }
            std::swap(x, y);
        }
    }
    return d;
}

} // namespace

SpatialIndex::SpatialIndex(const std::vector<QRectF>& rects)
{
    if (rects.empty())
        return;
    Box all{std::numeric_limits<double>::max(), std::numeric_limits<double>::max(),
            std::numeric_limits<double>::lowest(), std::numeric_limits<double>::lowest()};
    auto cover = [](Box& into, const Box& box) {
        into.minX = std::min(into.minX, box.minX);
        into.minY = std::min(into.minY, box.minY);
        into.maxX = std::max(into.maxX, box.maxX);
        into.maxY = std::max(into.maxY, box.maxY);
    };
    std::vector<Box> leaves;
    leaves.reserve(rects.size());
    for (const QRectF& rect : rects) {
        leaves.push_back({rect.left(), rect.top(), rect.right(), rect.bottom()});
        cover(all, leaves.back());
    }
    const double width = std::max(all.maxX - all.minX, 1e-9), height = std::max(all.maxY - all.minY, 1e-9);
    std::vector<std::uint32_t> place(rects.size()), order(rects.size());
    for (std::size_t i = 0; i < leaves.size(); ++i) {
        const Box& box = leaves[i];
        place[i] = hilbert(std::uint32_t(65535 * ((box.minX + box.maxX) / 2 - all.minX) / width),
                           std::uint32_t(65535 * ((box.minY + box.maxY) / 2 - all.minY) / height));
    }
    std::iota(order.begin(), order.end(), 0u);
    std::sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) {
        return place[a] != place[b] ? place[a] < place[b] : a < b;
    });
    for (std::uint32_t i : order) {
        m_boxes.push_back(leaves[i]);
        m_items.push_back(i);
    }
    m_levelEnd.push_back(std::uint32_t(m_boxes.size()));
    for (std::uint32_t start = 0; m_levelEnd.back() - start > 1;) {
        const std::uint32_t end = m_levelEnd.back();
        for (std::uint32_t child = start; child < end; child += fanOut) {
            Box box = m_boxes[child];
            for (std::uint32_t i = child + 1; i < std::min(child + fanOut, end); ++i)
                cover(box, m_boxes[i]);
            m_boxes.push_back(box);
            m_items.push_back(child);
        }
        start = end;
        m_levelEnd.push_back(std::uint32_t(m_boxes.size()));
    }
}

void SpatialIndex::query(const QRectF& area, std::vector<std::uint32_t>& out) const
{
    if (m_boxes.empty())
        return;
    const std::size_t before = out.size();
    auto touches = [&](const Box& box) {
        return box.minX <= area.right() && box.maxX >= area.left() && box.minY <= area.bottom() &&
               box.maxY >= area.top();
    };
    struct Visit {
        std::uint32_t box, level;
    };
    std::vector<Visit> stack{{std::uint32_t(m_boxes.size() - 1), std::uint32_t(m_levelEnd.size() - 1)}};
    while (!stack.empty()) {
        const Visit visit = stack.back();
        stack.pop_back();
        if (!touches(m_boxes[visit.box]))
            continue;
        if (visit.level == 0) {
            out.push_back(m_items[visit.box]);
            continue;
        }
        const std::uint32_t first = m_items[visit.box];
        const std::uint32_t end = std::min(first + fanOut, m_levelEnd[visit.level - 1]);
        for (std::uint32_t child = first; child < end; ++child)
            stack.push_back({child, visit.level - 1});
    }
    std::sort(out.begin() + std::ptrdiff_t(before), out.end());
}

} // namespace orrery::canvas
