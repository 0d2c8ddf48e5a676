#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// A layout that keeps what is there: nodes of the picture before stay where they are, or go where the user
// put them; new ones come beside what they are connected with and push apart what they would overlap. Only
// edges with an end that is new or moved are routed anew, as short lines between the ends. Pure; linear but
// for the few nodes that are new.

#include "views/canvas/graph_scene.h"

namespace orrery::canvas {

// Where the user put nodes: their top left corners, by key.
using Placed = std::unordered_map<std::uint64_t, QPointF>;

// Nothing when too much is new for that; then a layout from the ground up is better.
std::optional<layout::LayoutResult> keepPlaces(const layout::LayoutRequest& request,
                                               const DisplayGraph& graph, const GraphScene& before,
                                               const Placed& placed);
// Puts nodes of a finished layout where the user wants them; their edges follow.
void applyPlaced(layout::LayoutResult& result, const layout::LayoutRequest& request,
                 const DisplayGraph& graph, const Placed& placed);

// Where a box would snap to: edges and middles of its neighbours within the reach, for each axis.
struct Snap {
    QPointF by;
    std::optional<double> x, y; // lines to show
};
Snap snapTo(const QRectF& box, const std::vector<QRectF>& others, double reach);

enum class Align : std::uint8_t { Left, Top, CentersAcross, CentersDown, DistributeAcross, DistributeDown };
std::vector<QPointF> aligned(const std::vector<QRectF>& boxes, Align how); // top left corners

} // namespace orrery::canvas
