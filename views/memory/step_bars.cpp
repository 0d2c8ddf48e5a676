// SPDX-License-Identifier: Apache-2.0
#include "views/memory/step_bars.h"

#include "engine/base/text.h"
#include "views/memory/byte_scale.h"

#include <QKeyEvent>
#include <QPainter>
#include <QToolTip>

#include <cmath>

namespace orrery::memory {

std::int64_t measureOf(const trace_db::StepMemory& step, StepMeasure measure)
{
    switch (measure) {
    case StepMeasure::Peak:
        return step.peakBytes;
    case StepMeasure::Allocated:
        return step.allocatedBytes;
    case StepMeasure::Count:
        return step.allocations;
    case StepMeasure::LiveAtEnd:
        return step.liveBytes;
    }
    return 0;
}

StepBars::StepBars(const theme::Theme& theme, QWidget* parent)
    : QWidget(parent)
    , m_theme(theme)
{
    setObjectName("stepBars");
    setAccessibleName(tr("Memory of each step"));
    setFocusPolicy(Qt::StrongFocus);
    setMouseTracking(true);
    setMinimumSize(160, 90);
}

void StepBars::setTheme(const theme::Theme& theme)
{
    m_theme = theme;
    update();
}

void StepBars::setIndex(std::shared_ptr<const trace_db::AllocIndex> index)
{
    m_index = std::move(index);
    m_a = m_b = -1;
    for (int i = 0; i < count(); ++i)
        if (m_index->steps[std::size_t(i)].kind == trace_db::StepKind::Measured) {
            m_a = m_a < 0 ? i : m_a;
            m_b = i;
        }
    if (m_a < 0 && count() > 0)
        m_a = m_b = 0;
    setMeasure(m_measure);
    if (m_a >= 0)
        emit picked(m_a, m_b);
}

void StepBars::setMeasure(StepMeasure measure)
{
    m_measure = measure;
    m_top = 1;
    for (int i = 0; i < count(); ++i)
        m_top = std::max(m_top, 1.12 * double(measureOf(m_index->steps[std::size_t(i)], measure)));
    update();
}

void StepBars::pick(int a, int b)
{
    if (count() == 0)
        return;
    m_a = std::clamp(a, 0, count() - 1);
    m_b = std::clamp(b, 0, count() - 1);
    update();
    emit picked(m_a, m_b);
}

QRectF StepBars::plot() const { return QRectF(rect()).adjusted(66, 20, -14, -20); }

QRectF StepBars::rectOf(int step) const
{
    const QRectF area = plot();
    const double each = area.width() / std::max(1, count());
    const double width = std::min(each, 64.0);
    const double gap = width > 4 ? std::min(8.0, width * 0.2) : 0;
    const double height = std::min(
        1.0,
        double(std::max<std::int64_t>(0, measureOf(m_index->steps[std::size_t(step)], m_measure))) / m_top);
    return QRectF(area.left() + step * std::min(each, 64.0) + gap / 2, area.bottom() - height * area.height(),
                  std::max(width - gap, 0.5), height * area.height());
}

int StepBars::stepAt(double x) const
{
    const double each = std::min(plot().width() / std::max(1, count()), 64.0);
    const int step = int(std::floor((x - plot().left()) / each));
    return step >= 0 && step < count() ? step : -1;
}

void StepBars::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    painter.fillRect(rect(), m_theme.color(theme::Role::Surface));
    if (count() == 0)
        return;
    const QRectF area = plot();
    painter.setFont(m_theme.font(theme::FontRole::Small));
    const QColor muted = m_theme.color(theme::Role::TextMuted), grid = m_theme.color(theme::Role::Border);
    for (const ByteTick& tick : byteTicks(m_top, std::max(1, int(area.height() / 32)))) {
        const double y = std::floor(area.bottom() - tick.bytes / m_top * area.height()) + 0.5;
        painter.setPen(grid);
        painter.drawLine(QPointF(area.left(), y), QPointF(area.right(), y));
        painter.setPen(muted);
        const QString text =
            m_measure == StepMeasure::Count ? QString::fromStdString(formatCount(tick.bytes)) : tick.text;
        painter.drawText(QRectF(0, y - 9, area.left() - 7, 18), Qt::AlignRight | Qt::AlignVCenter, text);
    }
    double labelFrom = area.left() - 100;
    for (int i = 0; i < count(); ++i) {
        const trace_db::StepMemory& step = m_index->steps[std::size_t(i)];
        const QRectF bar = rectOf(i);
        QColor fill = m_theme.series()[0];
        if (i == m_a)
            fill = m_theme.series()[1];
        else if (i == m_b)
            fill = m_theme.series()[3];
        else if (step.kind == trace_db::StepKind::WarmUp)
            fill.setAlphaF(0.4f);
        painter.fillRect(bar, fill);
        if (i == m_a || i == m_b) {
            painter.setPen(fill);
            const QString mark = m_a == m_b ? QStringLiteral("A = B") : i == m_a ? "A" : "B";
            painter.drawText(QRectF(bar.center().x() - 30, bar.top() - 17, 60, 16), Qt::AlignCenter, mark);
        }
        const QString label = QString::number(step.step);
        const double width = painter.fontMetrics().horizontalAdvance(label) + 12;
        if (bar.center().x() - width / 2 < labelFrom)
            continue;
        painter.setPen(muted);
        painter.drawText(QRectF(bar.center().x() - width / 2, area.bottom() + 3, width, 16), Qt::AlignCenter,
                         label);
        labelFrom = bar.center().x() + width / 2;
    }
    painter.setPen(grid);
    painter.drawLine(QPointF(area.left(), std::floor(area.bottom()) + 0.5),
                     QPointF(area.right(), std::floor(area.bottom()) + 0.5));
    if (hasFocus()) {
        painter.setPen(m_theme.color(theme::Role::Accent));
        painter.setBrush(Qt::NoBrush);
        painter.drawRect(QRectF(rect()).adjusted(0.5, 0.5, -0.5, -0.5));
    }
}

void StepBars::mousePressEvent(QMouseEvent* event)
{
    const int step = stepAt(event->position().x());
    if (event->button() != Qt::LeftButton || step < 0)
        return;
    if (event->modifiers() & (Qt::ShiftModifier | Qt::ControlModifier))
        pick(m_a, step);
    else
        pick(step, m_b);
}

void StepBars::mouseMoveEvent(QMouseEvent* event)
{
    const int at = stepAt(event->position().x());
    if (at < 0)
        return QToolTip::hideText();
    const trace_db::StepMemory& step = m_index->steps[std::size_t(at)];
    QToolTip::showText(event->globalPosition().toPoint() + QPoint(14, 10),
                       tr("%1 %2\npeak %3\nallocated %4 in %5 pieces\nlive at its end %6")
                           .arg(step.kind == trace_db::StepKind::WarmUp ? tr("warm-up") : tr("step"))
                           .arg(step.step)
                           .arg(bytesText(step.peakBytes), bytesText(step.allocatedBytes))
                           .arg(step.allocations)
                           .arg(bytesText(step.liveBytes)),
                       this);
}

void StepBars::keyPressEvent(QKeyEvent* event)
{
    const int by = event->key() == Qt::Key_Left ? -1 : event->key() == Qt::Key_Right ? 1 : 0;
    if (by == 0)
        return QWidget::keyPressEvent(event);
    if (event->modifiers() & Qt::ShiftModifier)
        pick(m_a, m_b + by);
    else
        pick(m_a + by, m_b);
}

} // namespace orrery::memory
