// SPDX-License-Identifier: Apache-2.0
#include "views/canvas/node_painter.h"

#include "views/canvas/node_geometry.h"

#include <QFontMetricsF>
#include <QPainterPath>

#include <algorithm>
#include <cmath>
#include <functional>

namespace orrery::canvas {
namespace {

using theme::FontRole;
using theme::Role;
using theme::Theme;

QString text(const std::string& utf8) { return QString::fromUtf8(utf8.data(), qsizetype(utf8.size())); }

void drawLine(QPainter& painter, const QRectF& rect, const std::string& utf8, Qt::Alignment alignment,
              Qt::TextElideMode elide)
{
    const QFontMetricsF fm(painter.font());
    QString shown = text(utf8);
    if (fm.horizontalAdvance(shown) > rect.width())
        shown = fm.elidedText(shown, elide, rect.width());
    painter.drawText(rect, int(alignment) | Qt::TextSingleLine | Qt::TextDontClip, shown);
}

QPainterPath topRounded(const QRectF& rect, double radius)
{
    QPainterPath path;
    path.moveTo(rect.bottomLeft());
    path.lineTo(rect.left(), rect.top() + radius);
    path.quadTo(rect.topLeft(), rect.topLeft() + QPointF(radius, 0));
    path.lineTo(rect.right() - radius, rect.top());
    path.quadTo(rect.topRight(), rect.topRight() + QPointF(0, radius));
    path.lineTo(rect.bottomRight());
    path.closeSubpath();
    return path;
}

QColor mixed(const QColor& a, const QColor& b, double part)
{
    auto mix = [part](float x, float y) { return float(x + (y - x) * part); };
    return QColor::fromRgbF(mix(a.redF(), b.redF()), mix(a.greenF(), b.greenF()), mix(a.blueF(), b.blueF()));
}

// The card under an op or a collapsed group.
void paintCard(QPainter& painter, const QRectF& rect, const QColor& fill, const QColor& border, double radius,
               const Theme& theme)
{
    painter.setPen(Qt::NoPen);
    painter.setBrush(theme.color(Role::NodeShadow));
    painter.drawRoundedRect(rect.translated(0, 1.5), radius, radius);
    painter.setBrush(fill);
    painter.setPen(QPen(border, 1));
    painter.drawRoundedRect(rect.adjusted(0.5, 0.5, -0.5, -0.5), radius, radius);
}

void paintBadge(QPainter& painter, const QRectF& header, Badge badge, const Theme& theme)
{
    const Role role = badge == Badge::Error     ? Role::Error
                      : badge == Badge::Warning ? Role::Warning
                                                : Role::Info;
    const QPointF center(header.right() - 13, header.center().y());
    const QColor fill = theme.color(role);
    painter.setPen(QPen(Qt::white, 1.2));
    painter.setBrush(fill);
    painter.drawEllipse(center, 7, 7);
    QFont font = theme.font(FontRole::NodeTitle);
    font.setPixelSize(10);
    painter.setFont(font);
    painter.setPen(Theme::textOn(fill));
    painter.drawText(QRectF(center.x() - 7, center.y() - 7, 14, 14), Qt::AlignCenter,
                     badge == Badge::Info ? "i" : "!");
}

// In few steps, so that pictures of nodes are shared; the middle of a change is one of them.
QColor overlayColor(const Overlay& overlay, const Theme& theme)
{
    return overlay.isChange ? theme.diverging(std::round(overlay.heat * 30) / 30)
                            : theme.heat(std::round(overlay.heat * 31) / 31);
}

// The last row: how hot, and the number. Without a measurement it says so, in a colour that is no heat.
void paintOverlayRow(QPainter& painter, const QRectF& row, const Overlay& overlay, double radius,
                     const Theme& theme)
{
    const QColor fill = overlay.measured ? overlayColor(overlay, theme) : theme.color(Role::NotMeasured);
    painter.save();
    QPainterPath path;
    const QRectF inner = row.adjusted(1, 0, -1, -1);
    path.moveTo(inner.topLeft());
    path.lineTo(inner.bottomLeft() - QPointF(0, radius));
    path.quadTo(inner.bottomLeft(), inner.bottomLeft() + QPointF(radius, 0));
    path.lineTo(inner.bottomRight() - QPointF(radius, 0));
    path.quadTo(inner.bottomRight(), inner.bottomRight() - QPointF(0, radius));
    path.lineTo(inner.topRight());
    path.closeSubpath();
    painter.setPen(Qt::NoPen);
    painter.setBrush(fill);
    painter.drawPath(path);
    painter.setPen(Theme::textOn(fill));
    QFont font = theme.font(FontRole::NodeText);
    font.setWeight(overlay.measured ? QFont::DemiBold : QFont::Normal);
    painter.setFont(font);
    const bool isSilent = !overlay.measured && overlay.label.empty();
    const std::string label = isSilent ? std::string("not measured") : overlay.label;
    drawLine(painter, row.adjusted(6, 0, -6, -1), label, Qt::AlignCenter, Qt::ElideRight);
    painter.restore();
}

void paintFullCard(QPainter& painter, const DisplayNode& node, QRectF rect, const Theme& theme,
                   bool hasOverlay)
{
    using namespace metrics;
    const double radius = theme.cornerRadius();
    const bool isGroup = node.kind == NodeKind::Group;
    const QColor category = isGroup ? theme.color(Role::GroupText) : theme.category(node.category);
    QColor fill = theme.color(Role::NodeFill);
    if (hasOverlay && node.overlay.measured)
        fill = mixed(fill, overlayColor(node.overlay, theme), 0.22);
    if (isGroup)
        for (double step : {2.0, 1.0})
            paintCard(painter, rect.translated(step * 2, step * 2), theme.color(Role::NodeFill),
                      theme.color(Role::GroupBorder), radius, theme);
    paintCard(painter, rect, fill, theme.color(isGroup ? Role::GroupBorder : Role::NodeBorder), radius,
              theme);

    QRectF header(rect.left(), rect.top(), rect.width(), headerHeight);
    const bool onlyHeader = node.subtitle.empty() && node.lines.empty() && !hasOverlay;
    painter.setPen(Qt::NoPen);
    if (isGroup) {
        painter.setBrush(mixed(theme.color(Role::NodeFill), theme.color(Role::GroupBorder), 0.35));
    } else {
        painter.setBrush(category);
    }
    if (onlyHeader)
        painter.drawRoundedRect(rect, radius, radius);
    else
        painter.drawPath(topRounded(header, radius));
    const QColor titleColor = isGroup ? theme.color(Role::NodeText) : theme.color(Role::NodeHeaderText);
    painter.setFont(theme.font(FontRole::NodeTitle));
    painter.setPen(titleColor);
    QRectF titleRect = header.adjusted(sidePadding, 0, node.badge == Badge::None ? -sidePadding : -24, 0);
    if (isGroup) {
        QPolygonF arrow{{header.left() + 10, header.center().y() - 4},
                        {header.left() + 16, header.center().y()},
                        {header.left() + 10, header.center().y() + 4}};
        painter.setPen(Qt::NoPen);
        painter.setBrush(titleColor);
        painter.drawPolygon(arrow);
        painter.setPen(titleColor);
        titleRect.setLeft(header.left() + 22);
    }
    drawLine(painter, titleRect, node.title, Qt::AlignLeft | Qt::AlignVCenter, Qt::ElideRight);
    if (node.badge != Badge::None)
        paintBadge(painter, header, node.badge, theme);

    double y = header.bottom() + bodyPadding;
    painter.setFont(theme.font(FontRole::NodeText));
    auto line = [&](const std::string& content, Role role, Qt::TextElideMode elide) {
        painter.setPen(theme.color(role));
        drawLine(painter, QRectF(rect.left() + sidePadding, y, rect.width() - 2 * sidePadding, lineHeight),
                 content, Qt::AlignLeft | Qt::AlignVCenter, elide);
        y += lineHeight;
    };
    if (!node.subtitle.empty())
        line(node.subtitle, Role::NodeTextMuted, Qt::ElideLeft); // the end of a path tells most
    for (const std::string& content : node.lines)
        line(content, Role::NodeText, Qt::ElideRight);
    if (hasOverlay)
        paintOverlayRow(painter,
                        QRectF(rect.left(), rect.bottom() - overlayHeight, rect.width(), overlayHeight),
                        node.overlay, radius, theme);
}

void paintPill(QPainter& painter, const DisplayNode& node, const QRectF& rect, const Theme& theme)
{
    const bool isPill = node.kind != NodeKind::Constant;
    const double radius = cornerRadius(node, rect, theme);
    const QColor accent = theme.category(isPill ? OpCategory::InputOutput : OpCategory::Data);
    const QColor fill = isPill ? accent : theme.color(Role::StubFill);
    painter.setPen(isPill ? QPen(Qt::NoPen) : QPen(theme.color(Role::NodeBorder), 1));
    painter.setBrush(fill);
    painter.drawRoundedRect(rect.adjusted(0.5, 0.5, -0.5, -0.5), radius, radius);
    const double titleHeight =
        rect.height() - metrics::lineHeight * double(node.lines.size()) - (node.lines.empty() ? 0 : 3);
    QColor ink = isPill ? theme.color(Role::NodeHeaderText) : theme.color(Role::NodeText);
    painter.setFont(theme.font(isPill ? FontRole::NodeTitle : FontRole::NodeText));
    painter.setPen(ink);
    const QRectF inner = rect.adjusted(metrics::sidePadding, 0, -metrics::sidePadding, 0);
    drawLine(painter, QRectF(inner.left(), rect.top(), inner.width(), titleHeight), node.title,
             Qt::AlignCenter, Qt::ElideMiddle);
    painter.setFont(theme.font(FontRole::NodeText));
    ink.setAlphaF(isPill ? 0.85f : 0.8f);
    painter.setPen(ink);
    double y = rect.top() + titleHeight - 4;
    for (const std::string& content : node.lines) {
        drawLine(painter, QRectF(inner.left(), y, inner.width(), metrics::lineHeight), content,
                 Qt::AlignCenter, Qt::ElideRight);
        y += metrics::lineHeight;
    }
}

void paintStub(QPainter& painter, const DisplayNode& node, const QRectF& rect, const Theme& theme)
{
    QPen pen(theme.color(Role::StubBorder), 1);
    pen.setDashPattern({2, 2});
    painter.setPen(pen);
    painter.setBrush(theme.color(Role::StubFill));
    const double radius = rect.height() / 2;
    painter.drawRoundedRect(rect.adjusted(0.5, 0.5, -0.5, -0.5), radius, radius);
    painter.setPen(QPen(theme.color(Role::NodeTextMuted), 1.2));
    const QPointF tip(rect.left() + 11, rect.center().y());
    painter.drawLine(tip + QPointF(-3, -3), tip + QPointF(0, 0));
    painter.drawLine(tip + QPointF(-3, 3), tip + QPointF(0, 0));
    painter.setFont(theme.font(FontRole::NodeText));
    drawLine(painter, rect.adjusted(15, 0, -8, 0), node.title, Qt::AlignLeft | Qt::AlignVCenter,
             Qt::ElideMiddle);
}

// Zoomed out: the op type, as large as fits, on the whole card.
void paintTitleOnly(QPainter& painter, const DisplayNode& node, const QRectF& rect, const Theme& theme,
                    bool hasOverlay)
{
    const QColor fill = nodeColor(node, theme, hasOverlay);
    const double radius = cornerRadius(node, rect, theme);
    const bool isPale = hasOverlay || node.kind == NodeKind::Stub || node.kind == NodeKind::Constant ||
                        node.kind == NodeKind::Group;
    painter.setPen(isPale ? QPen(theme.color(Role::NodeBorder), 1.5) : QPen(Qt::NoPen));
    painter.setBrush(fill);
    painter.drawRoundedRect(rect, radius, radius);
    painter.setPen(Theme::textOn(fill));
    const double room = rect.width() - 8;
    auto fitted = [&](double pixels, const std::string& content) {
        QFont font = theme.font(FontRole::NodeTitle);
        font.setWeight(QFont::DemiBold);
        font.setPixelSize(int(pixels));
        if (const double width = QFontMetricsF(font).horizontalAdvance(text(content)); width > room)
            font.setPixelSize(std::max(11, int(font.pixelSize() * room / width)));
        painter.setFont(font);
    };
    QRectF place = rect.adjusted(4, 0, -4, 0);
    if (hasOverlay && node.overlay.measured && rect.height() >= 56) {
        fitted(16, node.overlay.label);
        drawLine(painter, QRectF(place.left(), place.bottom() - 24, place.width(), 20), node.overlay.label,
                 Qt::AlignCenter, Qt::ElideRight);
        place.setBottom(place.bottom() - 20);
    }
    fitted(std::clamp(place.height() * 0.45, 11.0, 24.0), node.title);
    drawLine(painter, place, node.title, Qt::AlignCenter, Qt::ElideRight);
}

} // namespace

QColor nodeColor(const DisplayNode& node, const Theme& theme, bool hasOverlay)
{
    switch (node.kind) {
    case NodeKind::Stub:
    case NodeKind::Constant:
        return theme.color(Role::StubFill);
    case NodeKind::GraphInput:
    case NodeKind::GraphOutput:
        return theme.category(OpCategory::InputOutput);
    case NodeKind::Op:
    case NodeKind::Group:
        break;
    }
    if (hasOverlay)
        return node.overlay.measured ? overlayColor(node.overlay, theme) : theme.color(Role::NotMeasured);
    return node.kind == NodeKind::Group
               ? mixed(theme.color(Role::NodeFill), theme.color(Role::GroupBorder), 0.5)
               : theme.category(node.category);
}

double cornerRadius(const DisplayNode& node, const QRectF& rect, const Theme& theme)
{
    switch (node.kind) {
    case NodeKind::GraphInput:
    case NodeKind::GraphOutput:
    case NodeKind::Stub:
        return std::min(rect.height() / 2, 14.0);
    case NodeKind::Constant:
        return 4;
    case NodeKind::Op:
    case NodeKind::Group:
        break;
    }
    return theme.cornerRadius();
}

void paintNode(QPainter& painter, const DisplayNode& node, const QRectF& rect, const Theme& theme,
               Detail detail, bool hasOverlay)
{
    if (detail == Detail::Titles)
        return paintTitleOnly(painter, node, rect, theme, hasOverlay);
    if (detail != Detail::Full) {
        const double radius = cornerRadius(node, rect, theme);
        painter.setPen(Qt::NoPen);
        painter.setBrush(node.kind == NodeKind::Stub || node.kind == NodeKind::Constant
                             ? theme.color(Role::StubBorder)
                             : nodeColor(node, theme, hasOverlay));
        painter.drawRoundedRect(rect, radius, radius);
        return;
    }
    switch (node.kind) {
    case NodeKind::Op:
    case NodeKind::Group:
        return paintFullCard(painter, node, rect, theme, hasOverlay);
    case NodeKind::GraphInput:
    case NodeKind::GraphOutput:
    case NodeKind::Constant:
        return paintPill(painter, node, rect, theme);
    case NodeKind::Stub:
        return paintStub(painter, node, rect, theme);
    }
}

std::uint64_t appearance(const DisplayNode& node, Detail detail, bool hasOverlay)
{
    std::uint64_t hash = std::uint64_t(node.kind) | std::uint64_t(node.category) << 8 |
                         std::uint64_t(detail) << 16 | std::uint64_t(hasOverlay) << 24 |
                         std::uint64_t(node.badge) << 32;
    auto add = [&hash](std::uint64_t value) {
        hash = (hash ^ value) * 0x9e3779b97f4a7c15ull;
        hash ^= hash >> 32;
    };
    auto addText = [&](const std::string& value) { add(std::hash<std::string>{}(value)); };
    if (hasOverlay)
        add(node.overlay.measured
                ? std::uint64_t(1 + std::lround(node.overlay.heat * 31)) + (node.overlay.isChange ? 100 : 0)
                : 0);
    if (detail >= Detail::Titles)
        addText(node.title);
    if (detail >= Detail::Titles && hasOverlay)
        addText(node.overlay.label);
    if (detail == Detail::Full) {
        addText(node.subtitle);
        for (const std::string& line : node.lines)
            addText(line);
    }
    return hash;
}

} // namespace orrery::canvas
