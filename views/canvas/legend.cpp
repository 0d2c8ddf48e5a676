// SPDX-License-Identifier: Apache-2.0
#include "views/canvas/paint_graph.h"

#include <QFontMetricsF>
#include <QLinearGradient>

namespace orrery::canvas {

QRectF paintLegend(QPainter& painter, const OverlayLegend& legend, const theme::Theme& theme,
                   QPointF bottomLeft)
{
    using theme::FontRole;
    using theme::Role;
    if (!legend.shown())
        return {};
    auto text = [](const std::string& utf8) {
        return QString::fromUtf8(utf8.data(), qsizetype(utf8.size()));
    };
    const QFont titleFont = theme.font(FontRole::NodeTitle), smallFont = theme.font(FontRole::Small);
    const QFontMetricsF titleMetrics(titleFont), smallMetrics(smallFont);
    const QString title = titleMetrics.elidedText(text(legend.title), Qt::ElideRight, 420);
    const QString unknown = QStringLiteral("not measured");
    constexpr double padding = 10, barWidth = 190, barHeight = 10, swatch = 12;
    const double keyWidth = barWidth + 16 + swatch + 6 + smallMetrics.horizontalAdvance(unknown);
    const double width = 2 * padding + std::max(keyWidth, titleMetrics.horizontalAdvance(title));
    const double height = 2 * padding + titleMetrics.height() + 6 + barHeight + 3 + smallMetrics.height();
    const QRectF box(bottomLeft.x(), bottomLeft.y() - height, width, height);

    painter.save();
    painter.setRenderHint(QPainter::Antialiasing, true);
    painter.setPen(QPen(theme.color(Role::Border), 1));
    painter.setBrush(theme.color(Role::SurfaceRaised));
    painter.drawRoundedRect(box.adjusted(0.5, 0.5, -0.5, -0.5), 8, 8);
    const double left = box.left() + padding;
    double y = box.top() + padding;
    painter.setFont(titleFont);
    painter.setPen(theme.color(Role::Text));
    painter.drawText(QRectF(left, y, width, titleMetrics.height()), Qt::AlignLeft | Qt::AlignVCenter, title);
    y += titleMetrics.height() + 6;
    QLinearGradient gradient(left, 0, left + barWidth, 0);
    for (int i = 0; i <= 10; ++i)
        gradient.setColorAt(i / 10.0, legend.isChange ? theme.diverging(i / 10.0) : theme.heat(i / 10.0));
    painter.setPen(QPen(theme.color(Role::Border), 1));
    painter.setBrush(gradient);
    painter.drawRoundedRect(QRectF(left, y, barWidth, barHeight), 3, 3);
    painter.setBrush(theme.color(Role::NotMeasured));
    painter.drawRoundedRect(QRectF(left + barWidth + 16, y - 1, swatch, swatch), 3, 3);
    painter.setFont(smallFont);
    painter.setPen(theme.color(Role::TextMuted));
    painter.drawText(QRectF(left + barWidth + 16 + swatch + 6, y - 3, 200, 16),
                     Qt::AlignLeft | Qt::AlignVCenter, unknown);
    y += barHeight + 3;
    const QRectF ends(left, y, barWidth, smallMetrics.height());
    painter.drawText(ends, Qt::AlignLeft | Qt::AlignVCenter, text(legend.minimum));
    painter.drawText(ends, Qt::AlignRight | Qt::AlignVCenter, text(legend.maximum));
    painter.restore();
    return box;
}

} // namespace orrery::canvas
