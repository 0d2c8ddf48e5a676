#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// How one node looks, at each level of detail. Coordinates are the scene's; the painter's transform does the
// zoom. Nothing here depends on selection; paint_graph.cpp paints rings and marks over it.

#include "views/canvas/display_graph.h"
#include "views/canvas/level_of_detail.h"
#include "views/theme/theme.h"

#include <QPainter>

namespace orrery::canvas {

// The colour of a node as a whole: its heat where there is an overlay, else its category or kind.
QColor nodeColor(const DisplayNode& node, const theme::Theme& theme, bool hasOverlay);

void paintNode(QPainter& painter, const DisplayNode& node, const QRectF& rect, const theme::Theme& theme,
               Detail detail, bool hasOverlay);

// Radius of the node's corners in the scene.
double cornerRadius(const DisplayNode& node, const QRectF& rect, const theme::Theme& theme);

// A hash of all that paintNode() draws, except for the size; nodes that look alike share it.
std::uint64_t appearance(const DisplayNode& node, Detail detail, bool hasOverlay);

} // namespace orrery::canvas
