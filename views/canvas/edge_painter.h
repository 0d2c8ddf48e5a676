#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// How edges look: curves that leave and arrive along the direction of flow, with arrow heads and shape
// labels, where few are visible; plain lines in one batch where many are. View maps scene to target
// coordinates.

#include "views/canvas/graph_scene.h"
#include "views/canvas/sprite_cache.h"

#include <QPainter>
#include <QPainterPath>

#include <span>

namespace orrery::canvas {

struct View {
    double zoom = 1;
    QPointF offset;
    QPointF map(QPointF scene) const { return scene * zoom + offset; }
    QRectF map(const QRectF& scene) const { return {map(scene.topLeft()), scene.size() * zoom}; }
};

// In scene coordinates.
QPainterPath smoothPath(const GraphScene& scene, std::uint32_t edge);

enum class EdgeStyle : std::uint8_t { Lines, Curves };

void paintEdges(QPainter& painter, const GraphScene& scene, const theme::Theme& theme, const View& view,
                std::span<const std::uint32_t> edges, EdgeStyle style);
// Over the others, in one colour and heavier.
void paintHighlightedEdges(QPainter& painter, const GraphScene& scene, const View& view,
                           std::span<const std::uint32_t> edges, const QColor& color);
// At the places that the scene chose for them.
void paintEdgeLabels(QPainter& painter, const GraphScene& scene, const theme::Theme& theme, const View& view,
                     std::span<const std::uint32_t> edges, const QRectF& viewport);

} // namespace orrery::canvas
