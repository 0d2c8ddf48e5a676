#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// Where the ports of a node lie: inputs along the edge where the flow comes in, outputs where it leaves,
// evenly around the middle. Scene coordinates.

#include "views/canvas/canvas_edits.h"
#include "views/layout/layout.h"

#include <QRectF>

namespace orrery::canvas {

inline constexpr double portRadius = 5; // of what is painted; pixels
inline constexpr double portReach = 9;  // of the pointer; pixels

QPointF portPlace(const QRectF& node, Side side, std::size_t slot, std::size_t count,
                  layout::Direction direction);

// The slot nearest to the point among those of a side within the distance.
std::optional<std::size_t> portNear(const QRectF& node, Side side, std::size_t count,
                                    layout::Direction direction, QPointF point, double distance);

} // namespace orrery::canvas
