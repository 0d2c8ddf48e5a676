// SPDX-License-Identifier: Apache-2.0
#include "views/memory/peak_plot.h"

#include "views/memory/byte_scale.h"

#include <QKeyEvent>
#include <QPainter>
#include <QToolTip>

#include <cmath>

namespace orrery::memory {
namespace {

constexpr double reach = 28; // of a click beside a point, in pixels

} // namespace

QString offText(std::int64_t predictedBytes, std::int64_t measuredBytes)
{
    if (measuredBytes <= 0)
        return {};
    const double percent = 100 * (double(predictedBytes) / double(measuredBytes) - 1);
    const QString figure = QString::number(std::abs(percent), 'f', std::abs(percent) < 10 ? 1 : 0);
    if (figure == "0.0")
        return "0 %";
    return QString("%1%2 %").arg(percent < 0 ? "−" : "+", figure);
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
    m_picture.points = std::move(points);
    m_picture.dim = dim;
    m_picture.weightBytes = weightBytes;
    m_picture.hovered = -1;
    m_picture.rescale();
    select(m_picture.selected);
}

void PeakPlot::setEarlier(std::vector<PeakPoint> points, const QString& what)
{
    m_picture.earlier = std::move(points);
    m_picture.earlierText = what;
    m_picture.rescale();
    update();
}

void PeakPlot::setMachineBytes(std::int64_t bytes)
{
    m_picture.machineBytes = bytes;
    m_picture.rescale();
    update();
}

void PeakPlot::select(int point)
{
    m_picture.selected = point >= 0 && point < int(points().size()) ? point : -1;
    update();
}

void PeakPlot::choose(int point)
{
    if (points().empty())
        return;
    select(std::clamp(point, 0, int(points().size()) - 1));
    emit chosen(selected());
}

int PeakPlot::pointAt(QPointF at) const
{
    int nearest = -1;
    double best = reach;
    for (int i = 0; i < int(points().size()); ++i)
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
    m_picture.paint(painter, m_theme);
    if (hasFocus()) {
        painter.setPen(m_theme.color(theme::Role::Accent));
        painter.setBrush(Qt::NoBrush);
        painter.drawRect(QRectF(rect()).adjusted(0.5, 0.5, -0.5, -0.5));
    }
}

void PeakPlot::resizeEvent(QResizeEvent*) { m_picture.area = rect(); }

QString PeakPlot::tipOf(const PeakPoint& point) const
{
    QString text = QString("%1 = %2").arg(m_picture.dim).arg(point.number);
    if (!point.error.isEmpty())
        return text + "\n" + point.error;
    const auto line = [&](std::int64_t bytes, const QString& what) {
        text += QString("\n%1  %2").arg(bytesText(bytes), what);
    };
    line(point.peakBytes(), tr("predicted peak"));
    if (point.workspaceBytes > 0)
        line(point.workspaceBytes, tr("of it work space"));
    line(point.activationBytes, tr("of it activations"));
    line(point.inputBytes, tr("of it inputs"));
    if (point.measuredBytes > 0)
        line(
            point.measuredBytes,
            tr("measured; the prediction is off by %1").arg(offText(point.peakBytes(), point.measuredBytes)));
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
    if (std::exchange(m_picture.hovered, point) != point)
        update();
    if (point < 0)
        return QToolTip::hideText();
    QToolTip::showText(
        event->globalPosition().toPoint() + QPoint(14, 10),
        "<p style='white-space:pre'>" + tipOf(points()[std::size_t(point)]).toHtmlEscaped() + "</p>", this);
}

void PeakPlot::leaveEvent(QEvent*)
{
    m_picture.hovered = -1;
    update();
}

void PeakPlot::keyPressEvent(QKeyEvent* event)
{
    switch (event->key()) {
    case Qt::Key_Left:
        return choose(selected() - 1);
    case Qt::Key_Right:
        return choose(selected() + 1);
    case Qt::Key_Home:
        return choose(0);
    case Qt::Key_End:
        return choose(int(points().size()) - 1);
    default:
        QWidget::keyPressEvent(event);
    }
}

} // namespace orrery::memory
