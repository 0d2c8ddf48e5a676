#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// SpatialIndex: which rectangles touch an area? A packed R-tree: rectangles sorted along a Hilbert curve,
// sixteen to a node, built once in O(n log n), asked in O(log n + hits), without recursion. Rectangles keep
// their index. After "Flatbush" (Hilbert-packed static R-tree).

#include <QRectF>

#include <cstdint>
#include <vector>

namespace orrery::canvas {

class SpatialIndex {
public:
    SpatialIndex() = default;
    explicit SpatialIndex(const std::vector<QRectF>& rects);

    // Appends the indices of all rectangles that touch the area (borders included), in ascending order.
    void query(const QRectF& area, std::vector<std::uint32_t>& out) const;

private:
    struct Box {
        double minX, minY, maxX, maxY;
    };
    std::vector<Box> m_boxes;              // leaves first, then level by level up to the root
    std::vector<std::uint32_t> m_items;    // for leaves the rectangle, for others the first child
    std::vector<std::uint32_t> m_levelEnd; // end of each level in m_boxes
};

} // namespace orrery::canvas
