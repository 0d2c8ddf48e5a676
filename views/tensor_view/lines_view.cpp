// SPDX-License-Identifier: Apache-2.0
#include "views/tensor_view/lines_view.h"

#include "views/tensor_view/number_format.h"

#include <QKeyEvent>
#include <QPainter>
#include <QPainterPath>

#include <algorithm>
#include <cmath>
#include <limits>

namespace orrery::tensor_view {

LinesView::LinesView(QWidget* parent)
    : QWidget(parent)
    , m_theme(*theme::Theme::load(theme::Mode::Light))
{
    setFocusPolicy(Qt::StrongFocus);
    setMouseTracking(true);
    setMinimumHeight(80);
    setAccessibleName(tr("Lines"));
}

void LinesView::setTheme(const theme::Theme& theme)
{
    m_theme = theme;
    update();
}

void LinesView::setContent(SubjectPointer subject, const SliceView& slice)
{
    const SliceView lying = slice.columns() == 1 ? slice.transposed() : slice;
    const bool isSameSize = m_subject && subject && lying.columns() == m_slice.columns();
    m_subject = subject && subject->elements.readable() ? std::move(subject) : nullptr;
    m_slice = lying;
    m_first = std::clamp<std::int64_t>(m_first, 0, std::max<std::int64_t>(0, lineCount() - 1));
    if (!isSameSize) {
        m_cursor = -1;
        m_lines.clear();
        m_from = 0;
        m_count = m_slice.columns();
    }
    render();
}

void LinesView::setFirstLine(std::int64_t row)
{
    m_first = std::clamp<std::int64_t>(row, 0, std::max<std::int64_t>(0, lineCount() - 1));
    render();
}

QRectF LinesView::plot() const { return QRectF(rect()).adjusted(58, 22, -12, -26); }

void LinesView::render()
{
    update();
    if (!m_subject || m_count <= 0) {
        m_lines.clear();
        return m_task.cancel();
    }
    const std::int64_t last = std::min(lineCount(), m_first + mostLines);
    const int width = std::max(1, int(plot().width() * devicePixelRatioF()));
    m_task.submit(
        [subject = m_subject, slice = m_slice, first = m_first, last, from = m_from, count = m_count,
         width](std::stop_token stop) {
            std::vector<std::vector<LinePoint>> lines;
            for (std::int64_t row = first; row < last && !stop.stop_requested(); ++row)
                lines.push_back(lineOf(subject->elements, slice, row, from, count, width, stop));
            return lines;
        },
        [this, from = m_from, count = m_count](std::vector<std::vector<LinePoint>> lines) {
            m_lines = std::move(lines);
            m_madeFrom = from;
            m_madeCount = count;
            update();
        });
}

ValueRange LinesView::valueRange() const
{
    ValueRange range{std::numeric_limits<double>::infinity(), -std::numeric_limits<double>::infinity()};
    for (const auto& line : m_lines)
        for (const LinePoint& point : line)
            if (point.hasFinite)
                range = {std::min(range.low, point.low), std::max(range.high, point.high)};
    if (!(range.low <= range.high))
        return {0, 1};
    double extra = (range.high - range.low) * 0.05;
    if (!(extra > 0))
        extra = std::max(1e-6, std::abs(range.low) * 0.1);
    return {range.low - extra, range.high + extra};
}

std::int64_t LinesView::columnAt(double x) const
{
    const QRectF area = plot();
    const double part = (x - area.left()) / std::max(1.0, area.width());
    return std::clamp<std::int64_t>(m_from + std::int64_t(std::floor(part * double(m_count))), 0,
                                    std::max<std::int64_t>(0, m_slice.columns() - 1));
}

void LinesView::paintLine(QPainter& painter, std::size_t line, const ValueRange& range) const
{
    const QRectF area = plot();
    const auto& points = m_lines[line];
    const QColor color = m_theme.series()[line % m_theme.series().size()];
    const double each =
        double(m_madeCount) / double(m_count) / std::max<std::size_t>(1, points.size()) * area.width();
    const double left = area.left() + double(m_madeFrom - m_from) / double(m_count) * area.width();
    const auto y = [&](double value) { return area.bottom() - range.part(value) * area.height(); };
    QPainterPath path;
    bool isDown = false;
    for (std::size_t i = 0; i < points.size(); ++i) {
        const double x = left + (double(i) + 0.5) * each;
        const LinePoint& point = points[i];
        if (!point.hasFinite) {
            isDown = false;
        } else {
            isDown ? path.lineTo(x, y(point.low)) : path.moveTo(x, y(point.low));
            if (point.high > point.low)
                path.lineTo(x, y(point.high));
            isDown = true;
        }
        if (point.hasNan || point.hasInfinity) {
            painter.setPen(Qt::NoPen);
            painter.setBrush(m_theme.color(point.hasNan ? theme::Role::NotANumber : theme::Role::Infinite));
            painter.drawRect(QRectF(x - std::max(1.0, each / 2), area.bottom() - 5, std::max(2.0, each), 5));
        }
    }
    painter.setBrush(Qt::NoBrush);
    painter.setPen(QPen(color, 1.4, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin));
    painter.drawPath(path);
    if (each >= 7) {
        painter.setPen(Qt::NoPen);
        painter.setBrush(color);
        for (std::size_t i = 0; i < points.size(); ++i)
            if (points[i].hasFinite)
                painter.drawEllipse(QPointF(left + (double(i) + 0.5) * each, y(points[i].low)), 2.4, 2.4);
    }
}

void LinesView::paintAxes(QPainter& painter, const ValueRange& range) const
{
    const QRectF area = plot();
    painter.setFont(m_theme.font(theme::FontRole::Small));
    const auto grid = m_theme.color(theme::Role::Border);
    const auto ink = m_theme.color(theme::Role::TextMuted);
    for (double tick : axisTicks(range.low, range.high, std::max(2, int(area.height() / 36)))) {
        const double y = area.bottom() - range.part(tick) * area.height();
        painter.setPen(QPen(grid, tick == 0 ? 1.5 : 0.7));
        painter.drawLine(QPointF(area.left(), y), QPointF(area.right(), y));
        painter.setPen(ink);
        painter.drawText(QRectF(0, y - 8, area.left() - 6, 16), Qt::AlignRight | Qt::AlignVCenter,
                         QString::fromStdString(numberText(tick, {Notation::General, 4})));
    }
    painter.setPen(ink);
    for (double tick :
         axisTicks(double(m_from), double(m_from + m_count - 1), std::max(2, int(area.width() / 70)))) {
        if (tick != std::floor(tick))
            continue;
        const double x = area.left() + (tick - double(m_from) + 0.5) / double(m_count) * area.width();
        painter.drawLine(QPointF(x, area.bottom()), QPointF(x, area.bottom() + 3));
        painter.drawText(QRectF(x - 40, area.bottom() + 5, 80, 16), Qt::AlignHCenter | Qt::AlignTop,
                         QString::number(m_slice.columnIndex(std::int64_t(tick))));
    }
    painter.setPen(grid);
    painter.drawRect(area);
}

void LinesView::paintLegend(QPainter& painter) const
{
    const QRectF area = plot();
    const QFontMetrics metrics(painter.font());
    double x = area.left();
    const std::int64_t column = m_cursor;
    if (column >= 0 && column < m_slice.columns()) {
        const double at = area.left() + (double(column - m_from) + 0.5) / double(m_count) * area.width();
        if (at >= area.left() && at <= area.right()) {
            painter.setPen(QPen(m_theme.color(theme::Role::TextMuted), 1, Qt::DashLine));
            painter.drawLine(QPointF(at, area.top()), QPointF(at, area.bottom()));
        }
        const QString place = tr("at %1:").arg(m_slice.columnIndex(column));
        painter.setPen(m_theme.color(theme::Role::TextMuted));
        painter.drawText(QPointF(x, area.top() - 7), place);
        x += metrics.horizontalAdvance(place) + 10;
    }
    for (std::size_t i = 0; i < m_lines.size(); ++i) {
        const std::int64_t row = m_first + std::int64_t(i);
        QString text = m_slice.rowAxis() < 0 ? QString() : QString::number(m_slice.rowIndex(row));
        if (column >= 0 && column < m_slice.columns() && row < m_slice.rows())
            text += (text.isEmpty() ? "" : " = ") +
                    QString::fromStdString(numberText(m_subject->elements.at(m_slice.flat(row, column)),
                                                      {Notation::General, 5}));
        if (text.isEmpty())
            continue;
        const double width = metrics.horizontalAdvance(text) + 16;
        if (x + width > area.right() + 8)
            break;
        painter.setPen(QPen(m_theme.series()[i % m_theme.series().size()], 3));
        painter.drawLine(QPointF(x, area.top() - 11), QPointF(x + 9, area.top() - 11));
        painter.setPen(m_theme.color(theme::Role::Text));
        painter.drawText(QPointF(x + 13, area.top() - 7), text);
        x += width + 8;
    }
}

void LinesView::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    painter.fillRect(rect(), m_theme.color(theme::Role::Surface));
    painter.setRenderHint(QPainter::Antialiasing);
    if (!m_subject || m_count <= 0) {
        painter.setPen(m_theme.color(theme::Role::TextMuted));
        painter.drawText(rect(), Qt::AlignCenter, tr("No numbers to draw"));
        return;
    }
    const ValueRange range = valueRange();
    paintAxes(painter, range);
    painter.save();
    painter.setClipRect(plot().adjusted(0, -2, 0, 2));
    for (std::size_t i = m_lines.size(); i-- > 0;)
        paintLine(painter, i, range);
    painter.restore();
    paintLegend(painter);
}

void LinesView::resizeEvent(QResizeEvent*) { render(); }

void LinesView::zoom(double factor, double at)
{
    if (!m_subject)
        return;
    const std::int64_t all = m_slice.columns();
    const auto count = std::clamp<std::int64_t>(std::int64_t(std::llround(double(m_count) / factor)),
                                                std::min<std::int64_t>(4, all), all);
    m_from = std::clamp<std::int64_t>(m_from + std::int64_t(std::llround(double(m_count - count) * at)), 0,
                                      all - count);
    m_count = count;
    render();
}

void LinesView::pan(std::int64_t columns)
{
    m_from =
        std::clamp<std::int64_t>(m_from + columns, 0, std::max<std::int64_t>(0, m_slice.columns() - m_count));
    render();
}

void LinesView::showAll()
{
    m_from = 0;
    m_count = m_slice.columns();
    render();
}

void LinesView::wheelEvent(QWheelEvent* event)
{
    const QRectF area = plot();
    if (event->angleDelta().y() != 0)
        zoom(std::pow(1.25, event->angleDelta().y() / 120.0),
             std::clamp((event->position().x() - area.left()) / std::max(1.0, area.width()), 0.0, 1.0));
    event->accept();
}

void LinesView::mousePressEvent(QMouseEvent* event) { m_dragX = event->position().x(); }

void LinesView::mouseMoveEvent(QMouseEvent* event)
{
    if (event->buttons().testFlag(Qt::LeftButton)) {
        const double each = plot().width() / std::max(1.0, double(m_count));
        const auto by = std::int64_t((m_dragX - event->position().x()) / std::max(each, 1e-9));
        if (by != 0) {
            m_dragX = event->position().x();
            pan(by);
        }
    }
    m_cursor = plot().contains(event->position()) ? columnAt(event->position().x()) : -1;
    update();
}

void LinesView::mouseDoubleClickEvent(QMouseEvent*) { showAll(); }

void LinesView::leaveEvent(QEvent*)
{
    m_cursor = -1;
    update();
}

void LinesView::keyPressEvent(QKeyEvent* event)
{
    switch (event->key()) {
    case Qt::Key_Plus:
    case Qt::Key_Equal:
        return zoom(1.5, 0.5);
    case Qt::Key_Minus:
        return zoom(1 / 1.5, 0.5);
    case Qt::Key_0:
        return showAll();
    case Qt::Key_Left:
    case Qt::Key_Right:
        m_cursor = std::clamp<std::int64_t>((m_cursor < 0 ? m_from + m_count / 2 : m_cursor) +
                                                (event->key() == Qt::Key_Left ? -1 : 1),
                                            0, std::max<std::int64_t>(0, m_slice.columns() - 1));
        if (m_cursor < m_from)
            pan(m_cursor - m_from);
        else if (m_cursor >= m_from + m_count)
            pan(m_cursor - m_from - m_count + 1);
        return update();
    default:
        QWidget::keyPressEvent(event);
    }
}

} // namespace orrery::tensor_view
