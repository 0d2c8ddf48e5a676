// SPDX-License-Identifier: Apache-2.0
#include "views/canvas/edge_painter.h"

#include <QFontMetricsF>

#include <algorithm>
#include <array>
#include <cmath>

namespace orrery::canvas {
namespace {

using theme::Role;

constexpr double arrowLength = 7, arrowWidth = 3.2;
constexpr double laneCorner = 9;

enum class Piece : std::uint8_t { Along, Across, Slanted };

// In coordinates where edges flow towards +y.
Piece pieceOf(QPointF a, QPointF b)
{
    if (std::abs(b.x() - a.x()) < 0.5)
        return Piece::Along;
    return std::abs(b.y() - a.y()) < 0.5 ? Piece::Across : Piece::Slanted;
}

QPointF unit(QPointF v)
{
    const double length = std::hypot(v.x(), v.y());
    return length > 0 ? v / length : QPointF(0, 1);
}

QPainterPath smoothDown(const std::vector<QPointF>& p)
{
    QPainterPath path(p.front());
    const std::size_t n = p.size();
    auto piece = [&](std::size_t i) { return pieceOf(p[i], p[i + 1]); };
    auto length = [&](std::size_t i) { return std::hypot(p[i + 1].x() - p[i].x(), p[i + 1].y() - p[i].y()); };
    // The direction at a point: along the flow where the line runs along it or ends, else between its
    // neighbours.
    auto tangent = [&](std::size_t i) {
        if (i == 0 || i + 1 == n || piece(i - 1) == Piece::Along || piece(i) == Piece::Along)
            return QPointF(0, 1);
        return unit(unit(p[i] - p[i - 1]) + unit(p[i + 1] - p[i]));
    };
    for (std::size_t i = 0; i + 1 < n; ++i) {
        const QPointF a = p[i], b = p[i + 1];
        if (piece(i) == Piece::Slanted) {
            const bool down = b.y() > a.y();
            const double reach = std::min(std::abs(b.y() - a.y()) * 0.6, length(i) * 0.5);
            if (down)
                path.cubicTo(a + tangent(i) * reach, b - tangent(i + 1) * reach, b);
            else
                path.lineTo(b);
            continue;
        }
        // A corner between a lane and its ends is rounded.
        const bool corner = i + 2 < n && piece(i + 1) != Piece::Slanted && piece(i + 1) != piece(i);
        if (!corner) {
            path.lineTo(b);
            continue;
        }
        const double radius = std::min({laneCorner, length(i) / 2, length(i + 1) / 2});
        path.lineTo(b - unit(b - a) * radius);
        path.quadTo(b, b + unit(p[i + 2] - b) * radius);
    }
    return path;
}

void addArrow(QPainterPath& path, QPointF tip, bool across)
{
    const QPointF back = across ? QPointF(-arrowLength, 0) : QPointF(0, -arrowLength);
    const QPointF side = across ? QPointF(0, arrowWidth) : QPointF(arrowWidth, 0);
    path.moveTo(tip);
    path.lineTo(tip + back + side);
    path.lineTo(tip + back - side);
    path.closeSubpath();
}

QColor colorOf(const GraphScene& scene, std::uint32_t edge, const theme::Theme& theme)
{
    const EdgeKind kind = scene.graph().edges[edge].kind;
    if (scene.isBackEdge(edge) || kind == EdgeKind::Back)
        return theme.color(Role::BackEdge);
    return theme.color(kind == EdgeKind::Control ? Role::ControlEdge : Role::Edge);
}

void paintLines(QPainter& painter, const GraphScene& scene, const theme::Theme& theme, const View& view,
                std::span<const std::uint32_t> edges)
{
    // One batch per colour; points that fall on the same pixel are left out.
    std::array<std::vector<QLine>, 3> batches;
    const QColor colors[3] = {theme.color(Role::Edge), theme.color(Role::BackEdge),
                              theme.color(Role::ControlEdge)};
    for (std::uint32_t edge : edges) {
        const QRectF rect = scene.edgeRect(edge);
        if ((rect.width() + rect.height()) * view.zoom < 3)
            continue;
        const EdgeKind kind = scene.graph().edges[edge].kind;
        auto& batch = batches[scene.isBackEdge(edge) || kind == EdgeKind::Back ? 1
                              : kind == EdgeKind::Control                      ? 2
                                                                               : 0];
        const QPointF* points = scene.edgePoints(edge);
        const std::size_t count = scene.edgePointCount(edge);
        QPoint last = view.map(points[0]).toPoint();
        for (std::size_t i = 1; i < count; ++i) {
            const QPoint next = view.map(points[i]).toPoint();
            if (i + 1 < count && (next - last).manhattanLength() < 3)
                continue;
            batch.push_back(QLine(last, next));
            last = next;
        }
    }
    painter.setRenderHint(QPainter::Antialiasing, false);
    for (std::size_t i = 0; i < batches.size(); ++i) {
        if (batches[i].empty())
            continue;
        painter.setPen(QPen(colors[i], 0));
        painter.drawLines(batches[i].data(), int(batches[i].size()));
    }
}

} // namespace

QPainterPath smoothPath(const GraphScene& scene, std::uint32_t edge)
{
    const bool across = scene.direction() == layout::Direction::LeftToRight;
    const QPointF* points = scene.edgePoints(edge);
    std::vector<QPointF> down;
    for (std::size_t i = 0; i < scene.edgePointCount(edge); ++i)
        down.push_back(across ? points[i].transposed() : points[i]);
    QPainterPath path = smoothDown(down);
    return across ? QTransform(0, 1, 1, 0, 0, 0).map(path) : path;
}

void paintEdges(QPainter& painter, const GraphScene& scene, const theme::Theme& theme, const View& view,
                std::span<const std::uint32_t> edges, EdgeStyle style)
{
    if (style == EdgeStyle::Lines)
        return paintLines(painter, scene, theme, view, edges);
    const bool across = scene.direction() == layout::Direction::LeftToRight;
    painter.save();
    painter.setRenderHint(QPainter::Antialiasing, true);
    painter.translate(view.offset);
    painter.scale(view.zoom, view.zoom);
    for (std::uint32_t edge : edges) {
        const QColor color = colorOf(scene, edge, theme);
        QPen pen(color, std::max(1.2, 0.8 / view.zoom));
        pen.setCapStyle(Qt::FlatCap);
        if (scene.graph().edges[edge].kind == EdgeKind::Control)
            pen.setDashPattern({4, 3});
        painter.setPen(pen);
        painter.setBrush(Qt::NoBrush);
        painter.drawPath(smoothPath(scene, edge));
        QPainterPath arrow;
        addArrow(arrow, scene.edgePoints(edge)[scene.edgePointCount(edge) - 1], across);
        painter.setPen(Qt::NoPen);
        painter.setBrush(color);
        painter.drawPath(arrow);
    }
    painter.restore();
}

void paintHighlightedEdges(QPainter& painter, const GraphScene& scene, const View& view,
                           std::span<const std::uint32_t> edges, const QColor& color)
{
    const bool across = scene.direction() == layout::Direction::LeftToRight;
    painter.save();
    painter.setRenderHint(QPainter::Antialiasing, true);
    painter.translate(view.offset);
    painter.scale(view.zoom, view.zoom);
    for (std::uint32_t edge : edges) {
        painter.setPen(QPen(color, std::max(2.2, 1.6 / view.zoom)));
        painter.setBrush(Qt::NoBrush);
        painter.drawPath(smoothPath(scene, edge));
        QPainterPath arrow;
        addArrow(arrow, scene.edgePoints(edge)[scene.edgePointCount(edge) - 1], across);
        painter.setPen(QPen(color, 1));
        painter.setBrush(color);
        painter.drawPath(arrow);
    }
    painter.restore();
}

void paintEdgeLabels(QPainter& painter, const GraphScene& scene, const theme::Theme& theme, const View& view,
                     std::span<const std::uint32_t> edges, const QRectF& viewport)
{
    QFont font = theme.font(theme::FontRole::EdgeLabel);
    font.setPixelSize(std::max(1, int(std::lround(font.pixelSize() * view.zoom))));
    const QFontMetricsF fm(font);
    QColor background = theme.color(Role::Canvas);
    background.setAlphaF(0.88f);
    painter.save();
    painter.setRenderHint(QPainter::Antialiasing, true);
    painter.setFont(font);
    for (std::uint32_t edge : edges) {
        const QRectF place = scene.edgeLabelRect(edge);
        if (place.isNull())
            continue;
        const std::string& label = scene.graph().edges[edge].label;
        const QString text = QString::fromUtf8(label.data(), qsizetype(label.size()));
        // Fonts have whole sizes: at some zooms the text is a little wider than its place.
        QRectF rect = view.map(place);
        const double wider = std::max(0.0, fm.horizontalAdvance(text) + 2 - rect.width()) / 2;
        rect.adjust(-wider, 0, wider, 0);
        if (!viewport.intersects(rect))
            continue;
        painter.setPen(Qt::NoPen);
        painter.setBrush(background);
        painter.drawRoundedRect(rect, 3, 3);
        painter.setPen(theme.color(Role::EdgeLabel));
        painter.drawText(rect, Qt::AlignCenter | Qt::TextSingleLine, text);
    }
    painter.restore();
}

} // namespace orrery::canvas
