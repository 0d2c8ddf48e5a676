// SPDX-License-Identifier: Apache-2.0
#include "views/tensor_view/histogram_plot.h"

#include "views/tensor_view/number_format.h"

#include <QHelpEvent>
#include <QPainter>
#include <QToolTip>

#include <algorithm>
#include <cmath>

namespace orrery::tensor_view {

HistogramPlot::HistogramPlot(QWidget* parent)
    : QWidget(parent)
    , m_theme(*theme::Theme::load(theme::Mode::Light))
{
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    setAccessibleName(tr("Histogram"));
}

void HistogramPlot::setTheme(const theme::Theme& theme)
{
    m_theme = theme;
    update();
}
void HistogramPlot::setSubject(SubjectPointer subject)
{
    m_subject = std::move(subject);
    update();
}
void HistogramPlot::setCounts(Counts counts)
{
    m_counts = counts;
    update();
}

QRect HistogramPlot::plot() const
{
    return rect().adjusted(0, 2, -1, -QFontMetrics(m_theme.font(theme::FontRole::Small)).height() - 3);
}

std::vector<std::int64_t> HistogramPlot::bars() const
{
    if (!m_subject || m_subject->histogram.counts.empty())
        return {};
    const auto& counts = m_subject->histogram.counts;
    const std::size_t width =
        std::clamp<std::size_t>(std::size_t(std::max(1, plot().width())) / 2, 1, counts.size());
    std::vector<std::int64_t> bars(width, 0);
    for (std::size_t i = 0; i < counts.size(); ++i)
        bars[i * width / counts.size()] += counts[i];
    return bars;
}

void HistogramPlot::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    painter.setFont(m_theme.font(theme::FontRole::Small));
    const QRect area = plot();
    const auto bars = this->bars();
    painter.fillRect(area, m_theme.color(theme::Role::Surface));
    if (!bars.empty()) {
        const std::int64_t most = *std::max_element(bars.begin(), bars.end());
        const auto height = [&](std::int64_t count) {
            const double part = m_counts == Counts::Linear
                                    ? double(count) / double(std::max<std::int64_t>(1, most))
                                    : std::log1p(double(count)) / std::log1p(double(most));
            return count == 0 ? 0.0 : std::max(1.0, part * (area.height() - 3));
        };
        const double each = double(area.width()) / double(bars.size());
        for (std::size_t i = 0; i < bars.size(); ++i) {
            const double high = height(bars[i]);
            painter.fillRect(QRectF(area.left() + double(i) * each, area.bottom() + 1 - high,
                                    each > 3 ? each - 1 : each, high),
                             m_theme.color(theme::Role::Accent));
        }
        const QRect labels(area.left(), area.bottom() + 3, area.width(), this->height());
        painter.setPen(m_theme.color(theme::Role::TextMuted));
        painter.drawText(
            labels, Qt::AlignLeft | Qt::AlignTop,
            QString::fromStdString(numberText(m_subject->histogram.low, {Notation::General, 4})));
        painter.drawText(
            labels, Qt::AlignRight | Qt::AlignTop,
            QString::fromStdString(numberText(m_subject->histogram.high, {Notation::General, 4})));
    }
    painter.setPen(m_theme.color(theme::Role::Border));
    painter.drawLine(area.bottomLeft() + QPoint(0, 1), area.bottomRight() + QPoint(0, 1));
}

bool HistogramPlot::event(QEvent* event)
{
    if (event->type() != QEvent::ToolTip)
        return QWidget::event(event);
    const auto bars = this->bars();
    const auto* help = static_cast<QHelpEvent*>(event);
    const double part = double(help->pos().x() - plot().left()) / std::max(1, plot().width());
    if (bars.empty() || part < 0 || part >= 1)
        return true;
    const auto bar = std::size_t(part * double(bars.size()));
    const auto& histogram = m_subject->histogram;
    const double width = (histogram.high - histogram.low) / double(bars.size());
    QToolTip::showText(
        help->globalPos(),
        tr("%L1 elements from %2 to %3")
            .arg(bars[bar])
            .arg(QString::fromStdString(numberText(histogram.low + width * double(bar), {})))
            .arg(QString::fromStdString(numberText(histogram.low + width * double(bar + 1), {}))),
        this);
    return true;
}

} // namespace orrery::tensor_view
