// SPDX-License-Identifier: Apache-2.0
#include "views/memory/peak_picture.h"

#include "views/memory/byte_scale.h"
#include "views/memory/kind_style.h"

#include <QCoreApplication>
#include <QPainter>

#include <cmath>

namespace orrery::memory {
namespace {

constexpr double leftMargin = 66, rightMargin = 20, topMargin = 26, bottomMargin = 36;
constexpr double inset = 14;      // so that the marks of the ends are whole
constexpr double lineRange = 2;   // a line higher than this many times the highest point is not drawn
constexpr int piecesBetween = 16; // of a line between two points

// What lies at the bottom first.
constexpr AllocKind stack[] = {AllocKind::Input, AllocKind::Activation, AllocKind::Workspace};

QString tr(const char* text) { return QCoreApplication::translate("Memory", text); }

double sharp(double at) { return std::floor(at) + 0.5; }

std::int64_t bytesOf(const PeakPoint& point, AllocKind kind)
{
    return kind == AllocKind::Input       ? point.inputBytes
           : kind == AllocKind::Workspace ? point.workspaceBytes
                                          : point.activationBytes;
}

bool growsByHalf(const std::vector<PeakPoint>& points)
{
    if (points.size() < 3 || points.front().number <= 0)
        return false;
    for (std::size_t i = 1; i < points.size(); ++i)
        if (2 * double(points[i].number) < 3 * double(points[i - 1].number))
            return false;
    return true;
}

void drawDiamond(QPainter& painter, QPointF at, double size)
{
    const QPointF corners[] = {
        {at.x() - size, at.y()}, {at.x(), at.y() - size}, {at.x() + size, at.y()}, {at.x(), at.y() + size}};
    painter.drawPolygon(corners, 4);
}

class Smooth {
public:
    explicit Smooth(QPainter& painter)
        : m_painter(painter)
    {
        painter.setRenderHint(QPainter::Antialiasing);
    }
    ~Smooth() { m_painter.setRenderHint(QPainter::Antialiasing, false); }

private:
    QPainter& m_painter;
};

} // namespace

void PeakPicture::rescale()
{
    m_isLog = growsByHalf(points);
    double highest = 1;
    for (const auto* list : {&points, &earlier})
        for (const PeakPoint& point : *list)
            highest = std::max({highest, double(point.peakBytes()), double(point.measuredBytes)});
    m_top = highest;
    for (const double line : {double(weightBytes), double(machineBytes)})
        if (line <= lineRange * highest)
            m_top = std::max(m_top, line);
    m_top *= 1.1;
}

QRectF PeakPicture::plot() const { return area.adjusted(leftMargin, topMargin, -rightMargin, -bottomMargin); }

double PeakPicture::xOf(double number) const
{
    const QRectF inner = plot();
    const double first = double(points.front().number), last = double(points.back().number);
    if (first == last)
        return inner.center().x();
    const double part =
        m_isLog ? std::log2(number / first) / std::log2(last / first) : (number - first) / (last - first);
    return inner.left() + inset + part * (inner.width() - 2 * inset);
}

double PeakPicture::yOf(double bytes) const
{
    const QRectF inner = plot();
    return inner.bottom() - std::clamp(bytes / m_top, 0.0, 1.0) * inner.height();
}

QPointF PeakPicture::positionOf(int point) const
{
    const PeakPoint& at = points[std::size_t(point)];
    return {xOf(double(at.number)), yOf(double(at.peakBytes()))};
}

QPolygonF PeakPicture::line(const PeakPoint& a, const PeakPoint& b, std::int64_t bytesOfA,
                            std::int64_t bytesOfB) const
{
    QPolygonF result;
    const double from = double(a.number), to = double(b.number);
    for (int piece = 0; piece <= piecesBetween; ++piece) {
        const double part = double(piece) / piecesBetween;
        const double number = m_isLog ? from * std::pow(to / from, part) : from + part * (to - from);
        const double share = to > from ? (number - from) / (to - from) : 0;
        result << QPointF(xOf(number), yOf(double(bytesOfA) + share * (double(bytesOfB) - double(bytesOfA))));
    }
    return result;
}

void PeakPicture::paint(QPainter& painter, const theme::Theme& theme) const
{
    if (points.empty())
        return;
    painter.setFont(theme.font(theme::FontRole::Small));
    paintAxes(painter, theme);
    for (std::size_t i = 0; i < points.size();) {
        std::size_t end = i + 1;
        while (end < points.size() && points[i].error.isEmpty() && points[end].error.isEmpty())
            ++end;
        paintStack(painter, theme, i, end);
        i = end;
    }
    paintEarlier(painter, theme);
    paintLine(painter, theme, double(weightBytes), tr("weights"), kindColor(theme, AllocKind::Weight));
    paintLine(painter, theme, double(machineBytes), tr("memory of this machine"),
              theme.color(theme::Role::Error));
    paintMarks(painter, theme);
    paintChosen(painter, theme);
    paintLegend(painter, theme);
}

void PeakPicture::paintAxes(QPainter& painter, const theme::Theme& theme) const
{
    const QRectF inner = plot();
    const QColor grid = theme.color(theme::Role::Border), muted = theme.color(theme::Role::TextMuted);
    const auto label = [&](double y, const QString& text) {
        painter.setPen(muted);
        painter.drawText(QRectF(area.left(), y - 9, leftMargin - 7, 18), Qt::AlignRight | Qt::AlignVCenter,
                         text);
    };
    for (const ByteTick& tick : byteTicks(m_top, std::max(1, int(inner.height() / 32)))) {
        const double y = sharp(yOf(tick.bytes));
        painter.setPen(grid);
        painter.drawLine(QPointF(inner.left(), y), QPointF(inner.right(), y));
        label(y, tick.text);
    }
    label(inner.bottom(), "0");
    painter.setPen(grid);
    painter.drawLine(QPointF(inner.left(), sharp(inner.bottom())),
                     QPointF(inner.right(), sharp(inner.bottom())));
    double from = -1e9;
    for (const PeakPoint& point : points) {
        const double x = xOf(double(point.number));
        painter.setPen(grid);
        painter.drawLine(QPointF(sharp(x), inner.bottom()), QPointF(sharp(x), inner.bottom() + 4));
        const QString text = QString::number(point.number);
        const double width = painter.fontMetrics().horizontalAdvance(text) + 10;
        if (x - width / 2 < from)
            continue;
        from = x + width / 2;
        painter.setPen(muted);
        painter.drawText(QRectF(x - width / 2, inner.bottom() + 4, width, 15), Qt::AlignCenter, text);
    }
    painter.setPen(muted);
    const QString title = m_isLog ? tr("%1 (log scale)").arg(dim) : dim;
    painter.drawText(QRectF(inner.left(), inner.bottom() + 18, inner.width(), 16), Qt::AlignCenter,
                     painter.fontMetrics().elidedText(title, Qt::ElideMiddle, int(inner.width())));
}

// Of neighbours that all have a prediction, in one piece: edges of pieces would show.
void PeakPicture::paintStack(QPainter& painter, const theme::Theme& theme, std::size_t first,
                             std::size_t end) const
{
    const Smooth smooth(painter);
    std::vector<std::int64_t> bytes(points.size(), 0);
    const auto wholeLine = [&] {
        QPolygonF result;
        for (std::size_t i = first + 1; i < end; ++i)
            result += line(points[i - 1], points[i], bytes[i - 1], bytes[i]);
        return result;
    };
    QPolygonF low = wholeLine();
    for (const AllocKind kind : stack) {
        for (std::size_t i = first; i < end; ++i)
            bytes[i] += bytesOf(points[i], kind);
        const QPolygonF high = wholeLine();
        QPolygonF between = high;
        for (auto point = low.rbegin(); point != low.rend(); ++point)
            between << *point;
        QColor fill = kindColor(theme, kind);
        fill.setAlphaF(0.5f);
        painter.setPen(Qt::NoPen);
        painter.setBrush(fill);
        painter.drawPolygon(between);
        low = high;
    }
    painter.setPen(QPen(theme.color(theme::Role::Text), 1.5));
    painter.drawPolyline(low);
}

void PeakPicture::paintEarlier(QPainter& painter, const theme::Theme& theme) const
{
    const Smooth smooth(painter);
    painter.setPen(QPen(theme.color(theme::Role::TextMuted), 1.5, Qt::DotLine));
    for (std::size_t i = 1; i < earlier.size(); ++i) {
        const PeakPoint &a = earlier[i - 1], &b = earlier[i];
        if (a.error.isEmpty() && b.error.isEmpty() && a.number >= points.front().number &&
            b.number <= points.back().number)
            painter.drawPolyline(line(a, b, a.peakBytes(), b.peakBytes()));
    }
}

void PeakPicture::paintLine(QPainter& painter, const theme::Theme& theme, double bytes, const QString& text,
                            const QColor& ink) const
{
    if (bytes <= 0 || bytes > m_top)
        return;
    const QRectF inner = plot();
    const double y = sharp(yOf(bytes));
    painter.setPen(QPen(ink, 1, Qt::DashLine));
    painter.drawLine(QPointF(inner.left(), y), QPointF(inner.right(), y));
    painter.setPen(theme.color(theme::Role::TextMuted));
    painter.drawText(QRectF(inner.left() + 6, y - 17, inner.width() - 12, 16),
                     Qt::AlignLeft | Qt::AlignVCenter,
                     QString("%1 %2").arg(text, bytesText(std::int64_t(bytes))));
}

void PeakPicture::paintMarks(QPainter& painter, const theme::Theme& theme) const
{
    const Smooth smooth(painter);
    const QColor surface = theme.color(theme::Role::Surface), ink = theme.color(theme::Role::Text);
    for (int i = 0; i < int(points.size()); ++i) {
        const PeakPoint& point = points[std::size_t(i)];
        const QPointF at = positionOf(i);
        if (!point.error.isEmpty()) {
            painter.setPen(QPen(theme.color(theme::Role::Error), 2));
            painter.drawLine(at + QPointF(-4, -9), at + QPointF(4, -1));
            painter.drawLine(at + QPointF(-4, -1), at + QPointF(4, -9));
            continue;
        }
        const double size = i == selected || i == hovered ? 5 : 3.5;
        painter.setPen(QPen(i == selected ? theme.color(theme::Role::Accent) : ink, 1.5));
        painter.setBrush(i == selected ? theme.color(theme::Role::Accent) : surface);
        painter.drawEllipse(at, size, size);
        if (point.measuredBytes > 0) {
            painter.setPen(QPen(surface, 1.5));
            painter.setBrush(theme.color(theme::Role::Warning));
            drawDiamond(painter, {at.x(), yOf(double(point.measuredBytes))}, 6.5);
        }
    }
}

void PeakPicture::paintChosen(QPainter& painter, const theme::Theme& theme) const
{
    if (selected < 0 || selected >= int(points.size()))
        return;
    const PeakPoint& point = points[std::size_t(selected)];
    const QRectF inner = plot();
    const QPointF at = positionOf(selected);
    painter.setPen(QPen(theme.color(theme::Role::Accent), 1, Qt::DotLine));
    painter.drawLine(QPointF(sharp(at.x()), at.y() + 6), QPointF(sharp(at.x()), inner.bottom()));
    QString text = !point.error.isEmpty() ? tr("no prediction")
                   : point.at.isEmpty()   ? bytesText(point.peakBytes())
                                          : tr("%1 at %2").arg(bytesText(point.peakBytes()), point.at);
    text = painter.fontMetrics().elidedText(text, Qt::ElideMiddle, int(inner.width() * 0.7));
    const double width = painter.fontMetrics().horizontalAdvance(text) + 12, height = 18;
    // To the left where there is room: a curve that rises is below.
    double left = at.x() - 12 - width;
    if (left < inner.left() + 2)
        left = std::min(at.x() + 12, inner.right() - width);
    const QRectF box(left, std::clamp(at.y() - 22, inner.top(), inner.bottom() - height), width, height);
    {
        const Smooth smooth(painter);
        painter.setPen(theme.color(theme::Role::Border));
        painter.setBrush(theme.color(theme::Role::SurfaceRaised));
        painter.drawRoundedRect(box, 3, 3);
    }
    painter.setPen(theme.color(theme::Role::Text));
    painter.drawText(box, Qt::AlignCenter, text);
}

void PeakPicture::paintLegend(QPainter& painter, const theme::Theme& theme) const
{
    double x = area.left() + leftMargin;
    const double middle = area.top() + topMargin / 2;
    const auto entry = [&](const QString& text, const auto& swatch) {
        const double width = painter.fontMetrics().horizontalAdvance(text);
        if (x + 16 + width > area.right() - 4)
            return;
        {
            const Smooth smooth(painter);
            swatch(QPointF(x + 5, middle));
        }
        painter.setPen(theme.color(theme::Role::TextMuted));
        painter.drawText(QRectF(x + 16, middle - 9, width + 2, 18), Qt::AlignLeft | Qt::AlignVCenter, text);
        x += 16 + width + 16;
    };
    const auto box = [&](const QColor& color) {
        return [&painter, color](QPointF at) {
            painter.setPen(Qt::NoPen);
            painter.setBrush(color);
            painter.drawRoundedRect(QRectF(at.x() - 5, at.y() - 5, 10, 10), 2, 2);
        };
    };
    const auto any = [&](const auto& holds) { return std::any_of(points.begin(), points.end(), holds); };
    for (const AllocKind kind : {AllocKind::Workspace, AllocKind::Activation, AllocKind::Input})
        if (any([&](const PeakPoint& point) { return bytesOf(point, kind) > 0; }))
            entry(kindText(kind), box(kindColor(theme, kind)));
    if (any([](const PeakPoint& point) { return point.measuredBytes > 0; }))
        entry(tr("measured"), [&](QPointF at) {
            painter.setPen(Qt::NoPen);
            painter.setBrush(theme.color(theme::Role::Warning));
            drawDiamond(painter, at, 5.5);
        });
    if (earlier.size() > 1)
        entry(earlierText, [&](QPointF at) {
            painter.setPen(QPen(theme.color(theme::Role::TextMuted), 1.5, Qt::DotLine));
            painter.drawLine(at - QPointF(5, 0), at + QPointF(6, 0));
        });
    if (double(weightBytes) > m_top)
        entry(tr("weights beside them: %1").arg(bytesText(weightBytes)),
              box(kindColor(theme, AllocKind::Weight)));
}

} // namespace orrery::memory
