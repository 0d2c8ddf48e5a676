// SPDX-License-Identifier: Apache-2.0
#include "views/canvas/minimap.h"

#include "views/canvas/node_painter.h"

#include <QPainter>

#include <algorithm>
#include <numeric>
#include <vector>

namespace orrery::canvas {

QImage minimapImage(const GraphScene& scene, const theme::Theme& theme, QSizeF most, double ratio)
{
    const QRectF bounds = scene.bounds();
    const double zoom = std::min(most.width() / std::max(1.0, bounds.width()),
                                 most.height() / std::max(1.0, bounds.height()));
    const QSize size =
        (QSizeF(std::max(24.0, bounds.width() * zoom), std::max(24.0, bounds.height() * zoom)) * ratio)
            .toSize();
    QImage image(size, QImage::Format_ARGB32_Premultiplied);
    image.fill(Qt::transparent);
    QPainter painter(&image);
    const QPointF offset = QPointF(size.width(), size.height()) / 2 - bounds.center() * zoom * ratio;
    const bool hasOverlay = scene.graph().legend.shown();
    auto map = [&](const QRectF& rect) {
        return QRectF(rect.topLeft() * zoom * ratio + offset, rect.size() * zoom * ratio);
    };
    painter.setPen(QPen(theme.color(theme::Role::GroupBorder), 0));
    for (std::uint32_t g = 0; g < scene.graph().groups.size(); ++g)
        painter.drawRect(map(scene.groupRect(g)));
    // A long thin graph is drawn thicker than it is, and the hottest node of a place shows.
    constexpr double thin = 24, thick = 5;
    const QSizeF least(bounds.width() * zoom < thin ? thick * ratio : ratio,
                       bounds.height() * zoom < thin ? thick * ratio : ratio);
    std::vector<std::uint32_t> order(scene.nodeCount());
    std::iota(order.begin(), order.end(), 0u);
    if (hasOverlay)
        std::stable_sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) {
            const Overlay &x = scene.graph().nodes[a].overlay, &y = scene.graph().nodes[b].overlay;
            return x.prominence() < y.prominence();
        });
    for (std::uint32_t i : order) {
        QRectF rect = map(scene.nodeRect(i));
        const QPointF center = rect.center();
        rect.setSize(rect.size().expandedTo(least));
        rect.moveCenter(center);
        painter.fillRect(rect, nodeColor(scene.graph().nodes[i], theme, hasOverlay));
    }
    painter.end();
    image.setDevicePixelRatio(ratio);
    return image;
}

void paintMinimap(QPainter& painter, const QImage& image, const QRectF& area, const QRectF& sceneBounds,
                  const QRectF& visible, const theme::Theme& theme)
{
    painter.save();
    painter.setRenderHint(QPainter::Antialiasing, true);
    QColor background = theme.color(theme::Role::SurfaceRaised);
    background.setAlphaF(0.92f);
    painter.setPen(QPen(theme.color(theme::Role::Border), 1));
    painter.setBrush(background);
    painter.drawRoundedRect(area.adjusted(-5.5, -5.5, 5.5, 5.5), 7, 7);
    painter.drawImage(area.topLeft(), image);
    const double zoom = area.width() / std::max(1.0, sceneBounds.width());
    const double zoomY = area.height() / std::max(1.0, sceneBounds.height());
    const double scale = std::min(zoom, zoomY);
    QRectF frame((visible.topLeft() - sceneBounds.center()) * scale + area.center(), visible.size() * scale);
    frame = frame.intersected(area.adjusted(-3, -3, 3, 3));
    if (!frame.isEmpty()) {
        QColor fill = theme.color(theme::Role::Selection);
        painter.setPen(QPen(fill, 1.5));
        fill.setAlphaF(0.12f);
        painter.setBrush(fill);
        painter.drawRoundedRect(frame, 2, 2);
    }
    painter.restore();
}

} // namespace orrery::canvas
