// SPDX-License-Identifier: Apache-2.0
#include "views/memory/peak_plot.h"

#include "views/memory/byte_scale.h"
#include "views/memory/kind_style.h"

#include <QKeyEvent>
#include <QPainter>
#include <QTextDocument>
#include <QToolTip>

#include <cmath>

namespace orrery::memory {
namespace {

constexpr double leftMargin = 66, rightMargin = 20, topMargin = 26, bottomMargin = 36;
constexpr double reach = 28;      // of a click beside a point, in pixels
constexpr double lineRange = 2;   // a line higher than this many times the highest point is not drawn
constexpr int piecesBetween = 16; // of a line between two points

double sharp(double at) { return std::floor(at) + 0.5; }

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

} // namespace

QString offText(std::int64_t predictedBytes, std::int64_t measuredBytes)
{
    if (measuredBytes <= 0)
        return {};
    const double percent = 100 * (double(predictedBytes) / double(measuredBytes) - 1);
    const QString figure = QString::number(std::abs(percent), 'f', std::abs(percent) < 10 ? 1 : 0);
    const bool isNothing = figure == "0.0";
    return QString("%1%2 %").arg(isNothing ? "±" : percent < 0 ? "−" : "+", isNothing ? "0" : figure);
}

PeakPlot::PeakPlot(const theme::Theme& theme, QWidget* parent)
    : QWidget(parent)
    , m_theme(theme)
{
    setObjectName("peakPlot");
    setAccessibleName(tr("Predicted peak of memory"));
    setFocusPolicy(Qt::StrongFocus);
    setMouseTracking(true);
    setMinimumSize(220, 120);
}

void PeakPlot::setTheme(const theme::Theme& theme)
{
    m_theme = theme;
    update();
}

void PeakPlot::setPoints(std::vector<PeakPoint> points, const QString& dim, std::int64_t weightBytes)
{
    m_points = std::move(points);
    m_dim = dim;
    m_weightBytes = weightBytes;
    m_isLog = growsByHalf(m_points);
    double highest = 1;
    for (const PeakPoint& point : m_points)
        highest = std::max({highest, double(point.peakBytes()), double(point.measuredBytes)});
    m_top = highest;
    for (const double line : {double(m_weightBytes), double(m_machineBytes)})
        if (line <= lineRange * highest)
            m_top = std::max(m_top, line);
    m_top *= 1.1;
    m_hovered = -1;
    if (m_selected >= int(m_points.size()))
        m_selected = -1;
    update();
}

void PeakPlot::setMachineBytes(std::int64_t bytes)
{
    m_machineBytes = bytes;
    setPoints(m_points, m_dim, m_weightBytes);
}

void PeakPlot::select(int point)
{
    m_selected = point >= 0 && point < int(m_points.size()) ? point : -1;
    update();
}

void PeakPlot::choose(int point)
{
    if (m_points.empty())
        return;
    select(std::clamp(point, 0, int(m_points.size()) - 1));
    emit chosen(m_selected);
}

QRectF PeakPlot::plot() const
{
    return QRectF(rect()).adjusted(leftMargin, topMargin, -rightMargin, -bottomMargin);
}

double PeakPlot::xOf(double number) const
{
    const QRectF area = plot();
    const double first = double(m_points.front().number), last = double(m_points.back().number);
    if (first == last)
        return area.center().x();
    const double inset = 14; // so that the marks of the ends are whole
    const double part =
        m_isLog ? std::log2(number / first) / std::log2(last / first) : (number - first) / (last - first);
    return area.left() + inset + part * (area.width() - 2 * inset);
}

double PeakPlot::yOf(double bytes) const
{
    const QRectF area = plot();
    return area.bottom() - std::clamp(bytes / m_top, 0.0, 1.0) * area.height();
}

QPointF PeakPlot::positionOf(int point) const
{
    const PeakPoint& at = m_points[std::size_t(point)];
    return {xOf(double(at.number)), yOf(double(at.peakBytes()))};
}

int PeakPlot::pointAt(QPointF at) const
{
    int nearest = -1;
    double best = reach;
    for (int i = 0; i < int(m_points.size()); ++i)
        if (const double away = std::abs(positionOf(i).x() - at.x()); away < best) {
            best = away;
            nearest = i;
        }
    return nearest;
}

void PeakPlot::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    painter.fillRect(rect(), m_theme.color(theme::Role::Surface));
    if (m_points.empty())
        return;
    paintAxes(painter);
    paintStack(painter);
    paintLine(painter, double(m_weightBytes), tr("weights"), kindColor(m_theme, AllocKind::Weight));
    paintLine(painter, double(m_machineBytes), tr("memory of this machine"),
              m_theme.color(theme::Role::Error));
    paintMarks(painter);
    paintChosen(painter);
    paintLegend(painter);
    if (hasFocus()) {
        painter.setPen(m_theme.color(theme::Role::Accent));
        painter.setBrush(Qt::NoBrush);
        painter.drawRect(QRectF(rect()).adjusted(0.5, 0.5, -0.5, -0.5));
    }
}

void PeakPlot::paintAxes(QPainter& painter) const
{
    const QRectF area = plot();
    const QColor grid = m_theme.color(theme::Role::Border), muted = m_theme.color(theme::Role::TextMuted);
    painter.setFont(m_theme.font(theme::FontRole::Small));
    const auto label = [&](double y, const QString& text) {
        painter.setPen(muted);
        painter.drawText(QRectF(0, y - 9, area.left() - 7, 18), Qt::AlignRight | Qt::AlignVCenter, text);
    };
    for (const ByteTick& tick : byteTicks(m_top, std::max(1, int(area.height() / 32)))) {
        const double y = sharp(yOf(tick.bytes));
        painter.setPen(grid);
        painter.drawLine(QPointF(area.left(), y), QPointF(area.right(), y));
        label(y, tick.text);
    }
    label(area.bottom(), "0");
    painter.setPen(grid);
    painter.drawLine(QPointF(area.left(), sharp(area.bottom())), QPointF(area.right(), sharp(area.bottom())));
    double from = -1e9;
    for (const PeakPoint& point : m_points) {
        const double x = xOf(double(point.number));
        painter.setPen(grid);
        painter.drawLine(QPointF(sharp(x), area.bottom()), QPointF(sharp(x), area.bottom() + 4));
        const QString text = QString::number(point.number);
        const double width = painter.fontMetrics().horizontalAdvance(text) + 10;
        if (x - width / 2 < from)
            continue;
        from = x + width / 2;
        painter.setPen(muted);
        painter.drawText(QRectF(x - width / 2, area.bottom() + 4, width, 15), Qt::AlignCenter, text);
    }
    painter.setPen(muted);
    const QString title = m_isLog ? tr("%1 (log scale)").arg(m_dim) : m_dim;
    painter.drawText(QRectF(area.left(), area.bottom() + 18, area.width(), 16), Qt::AlignCenter,
                     painter.fontMetrics().elidedText(title, Qt::ElideMiddle, int(area.width())));
}

void PeakPlot::paintStack(QPainter& painter) const
{
    painter.setRenderHint(QPainter::Antialiasing);
    const QColor inputs = kindColor(m_theme, AllocKind::Input);
    const QColor activations = kindColor(m_theme, AllocKind::Activation);
    const auto faint = [](QColor color) {
        color.setAlphaF(0.45f);
        return color;
    };
    for (std::size_t i = 1; i < m_points.size(); ++i) {
        const PeakPoint &a = m_points[i - 1], &b = m_points[i];
        if (!a.error.isEmpty() || !b.error.isEmpty())
            continue;
        QPolygonF low, high;
        for (int piece = 0; piece <= piecesBetween; ++piece) {
            const double part = double(piece) / piecesBetween;
            const double number = m_isLog
                                      ? double(a.number) * std::pow(double(b.number) / double(a.number), part)
                                      : double(a.number) + part * double(b.number - a.number);
            const double share =
                b.number == a.number ? 0.0 : (number - double(a.number)) / double(b.number - a.number);
            const auto between = [share](std::int64_t from, std::int64_t to) {
                return double(from) + share * (double(to) - double(from));
            };
            const double x = xOf(number);
            low << QPointF(x, yOf(between(a.inputBytes, b.inputBytes)));
            high << QPointF(x, yOf(between(a.peakBytes(), b.peakBytes())));
        }
        const double floor = plot().bottom();
        QPolygonF below = low, above = high;
        below << QPointF(low.back().x(), floor) << QPointF(low.front().x(), floor);
        for (auto point = low.rbegin(); point != low.rend(); ++point)
            above << *point;
        painter.setPen(Qt::NoPen);
        painter.setBrush(faint(inputs));
        painter.drawPolygon(below);
        painter.setBrush(faint(activations));
        painter.drawPolygon(above);
        painter.setPen(QPen(activations, 2));
        painter.drawPolyline(high);
    }
    painter.setRenderHint(QPainter::Antialiasing, false);
}

void PeakPlot::paintLine(QPainter& painter, double bytes, const QString& text, const QColor& ink) const
{
    if (bytes <= 0 || bytes > m_top)
        return;
    const QRectF area = plot();
    const double y = sharp(yOf(bytes));
    painter.setPen(QPen(ink, 1, Qt::DashLine));
    painter.drawLine(QPointF(area.left(), y), QPointF(area.right(), y));
    painter.setFont(m_theme.font(theme::FontRole::Small));
    painter.setPen(m_theme.color(theme::Role::TextMuted));
    painter.drawText(QRectF(area.left() + 6, y - 17, area.width() - 12, 16), Qt::AlignLeft | Qt::AlignVCenter,
                     QString("%1 %2").arg(text, bytesText(std::int64_t(bytes))));
}

void PeakPlot::paintMarks(QPainter& painter) const
{
    painter.setRenderHint(QPainter::Antialiasing);
    const QColor surface = m_theme.color(theme::Role::Surface), text = m_theme.color(theme::Role::Text);
    for (int i = 0; i < int(m_points.size()); ++i) {
        const PeakPoint& point = m_points[std::size_t(i)];
        const QPointF at = positionOf(i);
        if (!point.error.isEmpty()) {
            painter.setPen(QPen(m_theme.color(theme::Role::Error), 2));
            painter.drawLine(at + QPointF(-4, -9), at + QPointF(4, -1));
            painter.drawLine(at + QPointF(-4, -1), at + QPointF(4, -9));
        } else {
            const bool isChosen = i == m_selected;
            painter.setPen(QPen(kindColor(m_theme, AllocKind::Activation), 2));
            painter.setBrush(isChosen ? kindColor(m_theme, AllocKind::Activation) : surface);
            painter.drawEllipse(at, isChosen || i == m_hovered ? 5.0 : 3.5,
                                isChosen || i == m_hovered ? 5.0 : 3.5);
        }
        if (point.measuredBytes > 0) {
            painter.setPen(QPen(surface, 1.5));
            painter.setBrush(text);
            drawDiamond(painter, {at.x(), yOf(double(point.measuredBytes))}, 6);
        }
    }
    painter.setRenderHint(QPainter::Antialiasing, false);
}

void PeakPlot::paintChosen(QPainter& painter) const
{
    if (m_selected < 0)
        return;
    const PeakPoint& point = m_points[std::size_t(m_selected)];
    const QRectF area = plot();
    const QPointF at = positionOf(m_selected);
    painter.setPen(QPen(m_theme.color(theme::Role::TextMuted), 1, Qt::DotLine));
    painter.drawLine(QPointF(sharp(at.x()), at.y() + 6), QPointF(sharp(at.x()), area.bottom()));
    QString text = !point.error.isEmpty() ? tr("no prediction")
                   : point.at.isEmpty()   ? bytesText(point.peakBytes())
                                          : tr("%1 at %2").arg(bytesText(point.peakBytes()), point.at);
    painter.setFont(m_theme.font(theme::FontRole::Small));
    text = painter.fontMetrics().elidedText(text, Qt::ElideMiddle, int(area.width() * 0.7));
    const double width = painter.fontMetrics().horizontalAdvance(text) + 12, height = 18;
    // Beside the mark where there is room, above the curve: it falls to the left.
    double left = at.x() - 12 - width;
    if (left < area.left() + 2)
        left = std::min(at.x() + 12, area.right() - width);
    const QRectF box(left, std::clamp(at.y() - 22, area.top(), area.bottom() - height), width, height);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(m_theme.color(theme::Role::Border));
    painter.setBrush(m_theme.color(theme::Role::SurfaceRaised));
    painter.drawRoundedRect(box, 3, 3);
    painter.setRenderHint(QPainter::Antialiasing, false);
    painter.setPen(m_theme.color(theme::Role::Text));
    painter.drawText(box, Qt::AlignCenter, text);
}

void PeakPlot::paintLegend(QPainter& painter) const
{
    painter.setFont(m_theme.font(theme::FontRole::Small));
    double x = plot().left();
    const double middle = topMargin / 2;
    const auto entry = [&](const QString& text, const auto& swatch) {
        const double width = painter.fontMetrics().horizontalAdvance(text);
        if (x + 16 + width > rect().right() - 4)
            return;
        painter.setRenderHint(QPainter::Antialiasing);
        swatch(QPointF(x + 5, middle));
        painter.setRenderHint(QPainter::Antialiasing, false);
        painter.setPen(m_theme.color(theme::Role::TextMuted));
        painter.drawText(QRectF(x + 16, middle - 9, width + 2, 18), Qt::AlignLeft | Qt::AlignVCenter, text);
        x += 16 + width + 18;
    };
    const auto box = [&](AllocKind kind) {
        return [&painter, color = kindColor(m_theme, kind)](QPointF at) {
            painter.setPen(Qt::NoPen);
            painter.setBrush(color);
            painter.drawRoundedRect(QRectF(at.x() - 5, at.y() - 5, 10, 10), 2, 2);
        };
    };
    entry(kindText(AllocKind::Activation), box(AllocKind::Activation));
    entry(kindText(AllocKind::Input), box(AllocKind::Input));
    for (const PeakPoint& point : m_points)
        if (point.measuredBytes > 0) {
            entry(tr("measured"), [&](QPointF at) {
                painter.setPen(Qt::NoPen);
                painter.setBrush(m_theme.color(theme::Role::Text));
                drawDiamond(painter, at, 5.5);
            });
            break;
        }
    if (double(m_weightBytes) > m_top)
        entry(tr("weights beside them: %1").arg(bytesText(m_weightBytes)), box(AllocKind::Weight));
}

QString PeakPlot::tipOf(const PeakPoint& point) const
{
    QString text = QString("%1 = %2").arg(m_dim).arg(point.number);
    if (!point.error.isEmpty())
        return text + "\n" + point.error;
    text += tr("\n%1  peak, predicted").arg(bytesText(point.peakBytes()));
    text += tr("\n%1  activations").arg(bytesText(point.activationBytes));
    text += tr("\n%1  inputs").arg(bytesText(point.inputBytes));
    if (point.measuredBytes > 0)
        text += tr("\n%1  measured; the prediction is off by %2")
                    .arg(bytesText(point.measuredBytes), offText(point.peakBytes(), point.measuredBytes));
    if (!point.at.isEmpty())
        text += tr("\nat %1").arg(point.at);
    return text;
}

void PeakPlot::mousePressEvent(QMouseEvent* event)
{
    if (event->button() != Qt::LeftButton)
        return QWidget::mousePressEvent(event);
    if (const int point = pointAt(event->position()); point >= 0)
        choose(point);
}

void PeakPlot::mouseMoveEvent(QMouseEvent* event)
{
    const int point = pointAt(event->position());
    if (std::exchange(m_hovered, point) != point)
        update();
    if (point < 0)
        return QToolTip::hideText();
    QToolTip::showText(event->globalPosition().toPoint() + QPoint(14, 10),
                       Qt::convertFromPlainText(tipOf(m_points[std::size_t(point)])), this);
}

void PeakPlot::leaveEvent(QEvent*)
{
    m_hovered = -1;
    update();
}

void PeakPlot::keyPressEvent(QKeyEvent* event)
{
    switch (event->key()) {
    case Qt::Key_Left:
        return choose(m_selected - 1);
    case Qt::Key_Right:
        return choose(m_selected + 1);
    case Qt::Key_Home:
        return choose(0);
    case Qt::Key_End:
        return choose(int(m_points.size()) - 1);
    default:
        QWidget::keyPressEvent(event);
    }
}

} // namespace orrery::memory
