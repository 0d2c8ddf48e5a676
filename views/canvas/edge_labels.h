#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// Where the labels of edges go. Every value is labelled once, however many edges carry it, on a line of its
// own and clear of nodes, group headers and other labels; where there is no such place it has no label. In
// scene coordinates, so that labels stay where they are while the view pans and zooms.

#include <QRectF>

#include <vector>

namespace orrery::theme {
class Theme;
}

namespace orrery::canvas {

class GraphScene;

// Per edge: the rectangle of its label, null for none. The scene's nodes, edges and indices must be placed.
std::vector<QRectF> placeEdgeLabels(const GraphScene& scene, const theme::Theme& theme);

} // namespace orrery::canvas
