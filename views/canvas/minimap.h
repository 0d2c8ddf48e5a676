#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// Minimap: the whole scene in a corner, with a frame around what is visible. The picture is made once per
// scene.

#include "views/canvas/graph_scene.h"

#include <QImage>

class QPainter;

namespace orrery::canvas {

// The scene scaled into at most the given size, in device pixels of the ratio.
QImage minimapImage(const GraphScene& scene, const theme::Theme& theme, QSizeF most, double ratio);

// area: where the image lies in the target; visible: the part of the scene that the view shows.
void paintMinimap(QPainter& painter, const QImage& image, const QRectF& area, const QRectF& sceneBounds,
                  const QRectF& visible, const theme::Theme& theme);

} // namespace orrery::canvas
