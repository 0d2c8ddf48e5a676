// SPDX-License-Identifier: Apache-2.0
#include "views/memory/time_plot.h"

#include "views/memory/byte_scale.h"

#include <QApplication>
#include <QKeyEvent>
#include <QPainter>

#include <cmath>

namespace orrery::memory {
namespace {

constexpr double leftMargin = 66, rightMargin = 14, topMargin = 20, rulerHeight = 20;

double sharp(double x) { return std::floor(x) + 0.5; }

} // namespace

TimePlot::TimePlot(const theme::Theme& theme, QWidget* parent)
    : QWidget(parent)
    , m_theme(theme)
{
    setFocusPolicy(Qt::StrongFocus);
    setMouseTracking(true);
    setMinimumSize(160, 90);
    m_axis.setWidth(std::max(1.0, plot().width()));
}

QRectF TimePlot::plot() const
{
    return QRectF(rect()).adjusted(leftMargin, topMargin, -rightMargin, -rulerHeight);
}

void TimePlot::setTheme(const theme::Theme& theme)
{
    m_theme = theme;
    themeChanged();
    update();
}

void TimePlot::setBounds(TimeRange bounds)
{
    if (bounds == m_axis.bounds())
        return;
    m_axis.setBounds(bounds);
    moved();
}

void TimePlot::setIndex(std::shared_ptr<const trace_db::AllocIndex> index)
{
    m_index = std::move(index);
    update();
}

void TimePlot::setMoment(std::optional<std::int64_t> ts)
{
    m_moment = ts;
    if (ts && !m_axis.visible().contains(*ts)) {
        m_axis.reveal({*ts, *ts == INT64_MAX ? *ts : *ts + 1});
        moved();
    }
    update();
}

void TimePlot::setRange(TimeRange range)
{
    m_range = range;
    update();
}

void TimePlot::show(TimeRange range)
{
    m_axis.show(range);
    moved();
}

void TimePlot::moved()
{
    update();
    emit viewChanged();
}

void TimePlot::resizeEvent(QResizeEvent*)
{
    const TimeRange seen = m_axis.visible(); // the same stretch in another width
    m_axis.setWidth(std::max(1.0, plot().width()));
    m_axis.show(seen, 0);
    moved();
}

void TimePlot::zoomAboutMiddle(double factor)
{
    const double middle =
        m_moment && m_axis.visible().contains(*m_moment) ? m_axis.xOf(*m_moment) : m_axis.width() / 2;
    m_axis.zoomAbout(middle, factor);
    moved();
}

void TimePlot::wheelEvent(QWheelEvent* event)
{
    const QPoint delta = event->angleDelta();
    if (event->modifiers() & Qt::ShiftModifier || std::abs(delta.x()) > std::abs(delta.y()))
        m_axis.panBy(-double(delta.x() != 0 ? delta.x() : delta.y()) * 0.5);
    else
        m_axis.zoomAbout(event->position().x() - plot().left(), std::pow(1.2, delta.y() / 120.0));
    moved();
    event->accept();
}

void TimePlot::mousePressEvent(QMouseEvent* event)
{
    if (event->button() != Qt::LeftButton)
        return QWidget::mousePressEvent(event);
    m_pressed = event->position();
    m_lastX = m_pressed.x();
    if (event->modifiers() & Qt::ShiftModifier) {
        m_drag = Drag::Ranging;
        m_rangeFrom = timeAt(m_pressed.x());
    } else {
        m_drag = Drag::Pressed;
    }
}

void TimePlot::mouseMoveEvent(QMouseEvent* event)
{
    const QPointF at = event->position();
    if (m_drag == Drag::Pressed && (at - m_pressed).manhattanLength() >= QApplication::startDragDistance())
        m_drag = Drag::Panning;
    if (m_drag == Drag::Panning) {
        m_axis.panBy(m_lastX - at.x());
        m_lastX = at.x();
        setCursor(Qt::ClosedHandCursor);
        moved();
    } else if (m_drag == Drag::Ranging) {
        setRange(trace_db::rangeBetween(m_rangeFrom, timeAt(at.x())));
    } else if (m_drag == Drag::None) {
        hovered(at);
    }
}

void TimePlot::mouseReleaseEvent(QMouseEvent* event)
{
    if (event->button() != Qt::LeftButton)
        return QWidget::mouseReleaseEvent(event);
    const Drag drag = std::exchange(m_drag, Drag::None);
    unsetCursor();
    if (drag == Drag::Ranging)
        chooseRange(trace_db::rangeBetween(m_rangeFrom, timeAt(event->position().x())));
    else if (drag == Drag::Pressed)
        clicked(event->position());
}

void TimePlot::mouseDoubleClickEvent(QMouseEvent*)
{
    m_drag = Drag::None;
    stepRange();
    if (!m_range.empty())
        show(m_range);
}

void TimePlot::leaveEvent(QEvent*) { hovered({}); }

void TimePlot::clicked(QPointF at) { chooseMoment(timeAt(at.x())); }

void TimePlot::chooseMoment(std::int64_t ts)
{
    const TimeRange& bounds = m_axis.bounds();
    setMoment(std::clamp(ts, bounds.begin, std::max(bounds.begin, bounds.end)));
    emit momentChosen(*m_moment);
}

void TimePlot::chooseRange(TimeRange range)
{
    setRange(range);
    emit rangeChosen(range);
}

void TimePlot::stepRange()
{
    if (!m_index || !m_moment)
        return;
    if (const trace_db::StepMemory* step = m_index->stepAt(*m_moment))
        chooseRange({step->begin, step->end});
}

void TimePlot::keyPressEvent(QKeyEvent* event)
{
    switch (event->key()) {
    case Qt::Key_W:
    case Qt::Key_Plus:
        return zoomAboutMiddle(1.5);
    case Qt::Key_S:
    case Qt::Key_Minus:
        return zoomAboutMiddle(1 / 1.5);
    case Qt::Key_A:
        m_axis.panBy(-m_axis.width() / 8);
        return moved();
    case Qt::Key_D:
        m_axis.panBy(m_axis.width() / 8);
        return moved();
    case Qt::Key_Left:
    case Qt::Key_Right: {
        const double pixels = event->modifiers() & Qt::ControlModifier ? 20 : 1;
        const double from = m_moment ? m_axis.xOf(*m_moment) : m_axis.width() / 2;
        return chooseMoment(m_axis.timeAt(from + (event->key() == Qt::Key_Left ? -pixels : pixels)));
    }
    case Qt::Key_R:
        return stepRange();
    case Qt::Key_0:
        m_axis.showAll();
        return moved();
    case Qt::Key_Escape:
        if (!m_range.empty())
            return chooseRange({});
        break;
    default:
        break;
    }
    QWidget::keyPressEvent(event);
}

void TimePlot::paintRuler(QPainter& painter) const
{
    const QRectF area = plot();
    painter.setFont(m_theme.font(theme::FontRole::Small));
    QColor grid = m_theme.color(theme::Role::Border);
    for (const timeline::Tick& tick : m_axis.ticks()) {
        const double x = sharp(area.left() + tick.x);
        if (x < area.left() || x > area.right() + 1)
            continue;
        painter.setPen(grid);
        painter.drawLine(QPointF(x, area.bottom()), QPointF(x, area.bottom() + (tick.major ? 5 : 3)));
        if (!tick.major)
            continue;
        painter.setPen(m_theme.color(theme::Role::TextMuted));
        painter.drawText(QRectF(x - 60, area.bottom() + 4, 120, rulerHeight - 4), Qt::AlignCenter,
                         QString::fromStdString(tick.text));
    }
}

void TimePlot::paintSteps(QPainter& painter) const
{
    if (!m_index)
        return;
    const QRectF area = plot();
    painter.setFont(m_theme.font(theme::FontRole::Small));
    double labelFrom = area.left() - 1;
    double lineFrom = -1;
    for (const trace_db::StepMemory& step : m_index->steps) {
        const double x0 = std::max(area.left(), xOf(step.begin)), x1 = std::min(area.right(), xOf(step.end));
        if (x1 < area.left() || x0 > area.right() || x0 - lineFrom < 4)
            continue;
        lineFrom = x0;
        painter.setPen(QPen(m_theme.color(theme::Role::Border), 1, Qt::DotLine));
        painter.drawLine(QPointF(sharp(x0), area.top()), QPointF(sharp(x0), area.bottom()));
        const QString text = step.kind == trace_db::StepKind::WarmUp ? tr("warm-up %1").arg(step.step)
                                                                     : tr("step %1").arg(step.step);
        const double width = painter.fontMetrics().horizontalAdvance(text) + 8;
        if (x1 - x0 < width || x0 < labelFrom)
            continue;
        painter.setPen(m_theme.color(theme::Role::TextMuted));
        painter.drawText(QRectF(x0 + 4, area.top() - topMargin, width, topMargin), Qt::AlignVCenter, text);
        labelFrom = x0 + width;
    }
}

void TimePlot::paintRange(QPainter& painter) const
{
    if (m_range.empty())
        return;
    const QRectF area = plot();
    const double x0 = std::clamp(xOf(m_range.begin), area.left(), area.right());
    const double x1 = std::clamp(xOf(m_range.end), area.left(), area.right());
    QColor veil = m_theme.color(theme::Role::Window);
    veil.setAlphaF(0.55f);
    painter.fillRect(QRectF(area.left(), area.top(), x0 - area.left(), area.height()), veil);
    painter.fillRect(QRectF(x1, area.top(), area.right() - x1, area.height()), veil);
    painter.setPen(QPen(m_theme.color(theme::Role::Accent), 1));
    for (const double x : {x0, x1})
        painter.drawLine(QPointF(sharp(x), area.top()), QPointF(sharp(x), area.bottom()));
}

void TimePlot::paintMoment(QPainter& painter) const
{
    if (!m_moment)
        return;
    const QRectF area = plot();
    const double x = sharp(xOf(*m_moment));
    if (x < area.left() || x > area.right() + 1)
        return;
    painter.setPen(QPen(m_theme.color(theme::Role::Text), 1));
    painter.drawLine(QPointF(x, area.top() - 4), QPointF(x, area.bottom()));
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setBrush(m_theme.color(theme::Role::Text));
    const QPointF head[] = {{x - 4, area.top() - 8}, {x + 4, area.top() - 8}, {x, area.top() - 2}};
    painter.drawPolygon(head, 3);
    painter.setRenderHint(QPainter::Antialiasing, false);
}

void TimePlot::paintByteAxis(QPainter& painter, double top) const
{
    const QRectF area = plot();
    painter.setFont(m_theme.font(theme::FontRole::Small));
    for (const ByteTick& tick : byteTicks(top, std::max(1, int(area.height() / 32)))) {
        const double y = sharp(area.bottom() - tick.bytes / top * area.height());
        painter.setPen(m_theme.color(theme::Role::Border));
        painter.drawLine(QPointF(area.left(), y), QPointF(area.right(), y));
        painter.setPen(m_theme.color(theme::Role::TextMuted));
        painter.drawText(QRectF(0, y - 9, area.left() - 7, 18), Qt::AlignRight | Qt::AlignVCenter, tick.text);
    }
    painter.setPen(m_theme.color(theme::Role::TextMuted));
    painter.drawText(QRectF(0, area.bottom() - 9, area.left() - 7, 18), Qt::AlignRight | Qt::AlignVCenter,
                     "0");
    painter.setPen(m_theme.color(theme::Role::Border));
    painter.drawLine(QPointF(area.left(), sharp(area.bottom())), QPointF(area.right(), sharp(area.bottom())));
}

void TimePlot::paintFocus(QPainter& painter) const
{
    if (!hasFocus())
        return;
    painter.setPen(QPen(m_theme.color(theme::Role::Accent), 1));
    painter.setBrush(Qt::NoBrush);
    painter.drawRect(QRectF(rect()).adjusted(0.5, 0.5, -0.5, -0.5));
}

} // namespace orrery::memory
