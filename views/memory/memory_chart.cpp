// SPDX-License-Identifier: Apache-2.0
#include "views/memory/memory_chart.h"

#include "views/memory/byte_scale.h"

#include <QKeyEvent>
#include <QPainter>
#include <QToolTip>

#include <cmath>

namespace orrery::memory {

MemoryChart::MemoryChart(const theme::Theme& theme, QWidget* parent)
    : TimePlot(theme, parent)
{
    setObjectName("memoryChart");
    setAccessibleName(tr("Live bytes over time"));
}

void MemoryChart::setFacts(std::shared_ptr<const MemoryFacts> facts)
{
    m_facts = std::move(facts);
    m_columns.clear();
    setIndex(m_facts ? m_facts->index : nullptr);
    if (m_facts)
        setBounds(m_facts->span());
    rescale();
}

void MemoryChart::setColumns(Columns columns, TimeRange range)
{
    m_columns = std::move(columns);
    m_columnsRange = range;
    rescale();
}

void MemoryChart::setKinds(const KindSet& kinds)
{
    m_kinds = kinds;
    rescale();
}

int MemoryChart::wantedColumns() const { return std::max(1, int(plot().width() * devicePixelRatioF())); }

std::int64_t MemoryChart::shownTotal(const trace_db::LiveBytes& live) const
{
    std::int64_t sum = 0;
    for (std::size_t kind = 0; kind < allocKindCount; ++kind)
        if (m_kinds[kind])
            sum = trace_db::addSaturated(sum, std::max<std::int64_t>(0, live.byKind[kind]));
    return sum;
}

void MemoryChart::rescale()
{
    double highest = 1;
    for (const auto& column : m_columns)
        highest = std::max(highest, double(shownTotal(column.highest.live)));
    m_top = highest * 1.12;
    update();
}

void MemoryChart::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    painter.fillRect(rect(), theme().color(theme::Role::Surface));
    if (!m_facts)
        return;
    paintByteAxis(painter, m_top);
    painter.save();
    painter.setClipRect(plot());
    paintColumns(painter);
    painter.restore();
    paintSteps(painter);
    paintRuler(painter);
    paintRange(painter);
    paintPeak(painter);
    paintMoment(painter);
    paintFocus(painter);
}

void MemoryChart::paintColumns(QPainter& painter) const
{
    if (m_columns.empty())
        return;
    const QRectF area = plot();
    const double ratio = devicePixelRatioF();
    const double from = xOf(m_columnsRange.begin), to = xOf(m_columnsRange.end);
    const double width = (to - from) / double(m_columns.size());
    const auto snapped = [&](double x) { return std::round(x * ratio) / ratio; };
    const auto yOf = [&](double bytes) { return snapped(area.bottom() - bytes / m_top * area.height()); };
    std::array<QColor, allocKindCount> colors;
    for (std::size_t kind = 0; kind < allocKindCount; ++kind)
        colors[kind] = kindColor(theme(), AllocKind(kind));
    QColor pale = theme().color(theme::Role::Surface);
    pale.setAlphaF(0.45f);
    for (std::size_t i = 0; i < m_columns.size(); ++i) {
        const double x0 = snapped(from + double(i) * width), x1 = snapped(from + double(i + 1) * width);
        if (x1 <= x0 || x1 < area.left() || x0 > area.right())
            continue;
        const auto& column = m_columns[i];
        double bytes = 0, bottom = yOf(0);
        for (const AllocKind kind : stackOrder()) {
            const auto k = std::size_t(kind);
            if (!m_kinds[k] || column.highest.live.byKind[k] <= 0)
                continue;
            bytes += double(column.highest.live.byKind[k]);
            const double y = yOf(bytes);
            painter.fillRect(QRectF(x0, y, x1 - x0, bottom - y), colors[k]);
            bottom = y;
        }
        const std::int64_t fall = column.highest.live.total - column.lowestTotal;
        const double lowest = yOf(std::max(0.0, bytes - double(fall)));
        if (lowest > bottom)
            painter.fillRect(QRectF(x0, bottom, x1 - x0, lowest - bottom), pale);
    }
}

void MemoryChart::paintPeak(QPainter& painter) const
{
    const QRectF area = plot();
    const trace_db::MemoryMoment& peak = m_facts->index->peak;
    const double x = xOf(peak.ts);
    if (m_columns.empty() || x < area.left() - 1 || x > area.right() + 1)
        return;
    const double bytes = double(shownTotal(peak.live)) +
                         (m_kinds[std::size_t(AllocKind::Native)] ? double(m_facts->nativeAt(peak.ts)) : 0);
    const double y = area.bottom() - std::min(1.0, bytes / m_top) * area.height();
    const QColor ink = theme().color(theme::Role::Error);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(Qt::NoPen);
    painter.setBrush(ink);
    const QPointF head[] = {{x - 5, y - 8}, {x + 5, y - 8}, {x, y - 1}};
    painter.drawPolygon(head, 3);
    painter.setRenderHint(QPainter::Antialiasing, false);
    painter.setFont(theme().font(theme::FontRole::Small));
    QString text = tr("peak %1").arg(bytesText(peak.live.total));
    if (m_facts->peakNode != trace_db::noId)
        text += tr(" at %1").arg(m_facts->nodeText(m_facts->peakNode));
    text = painter.fontMetrics().elidedText(text, Qt::ElideMiddle, int(area.width() / 2));
    const double width = painter.fontMetrics().horizontalAdvance(text) + 10, height = 18;
    const bool isRight = x + 10 + width < area.right();
    const QRectF box(isRight ? x + 9 : x - 9 - width, std::max(area.top(), y - 14), width, height);
    QColor back = theme().color(theme::Role::SurfaceRaised);
    back.setAlphaF(0.9f);
    painter.fillRect(box, back);
    painter.setPen(ink);
    painter.drawText(box, Qt::AlignCenter, text);
}

const trace_db::memory_curve::Row* MemoryChart::columnAt(double x) const
{
    const double from = xOf(m_columnsRange.begin), to = xOf(m_columnsRange.end);
    if (m_columns.empty() || x < from || x >= to)
        return nullptr;
    return &m_columns[std::min(m_columns.size() - 1,
                               std::size_t((x - from) / (to - from) * double(m_columns.size())))];
}

void MemoryChart::hovered(std::optional<QPointF> at)
{
    const auto* column = at && plot().contains(*at) ? columnAt(at->x()) : nullptr;
    if (column == nullptr) {
        QToolTip::hideText();
        return;
    }
    QString text = QString::fromStdString(axis().textAt(column->highest.ts));
    for (auto kind = stackOrder().rbegin(); kind != stackOrder().rend(); ++kind)
        if (const std::int64_t bytes = column->highest.live.byKind[std::size_t(*kind)]; bytes > 0)
            text += QString("\n%1  %2").arg(bytesText(bytes), kindText(*kind));
    text += tr("\n%1  in all").arg(bytesText(column->highest.live.total));
    QToolTip::showText(mapToGlobal(at->toPoint()) + QPoint(14, 10), text, this);
}

void MemoryChart::goToChange(int direction)
{
    const std::int64_t from = moment().value_or(axis().visible().begin);
    const auto chosen = [&](const auto& row) {
        return direction > 0 ? row.highest.ts > from : row.highest.ts < from;
    };
    const trace_db::memory_curve::Row* before = nullptr;
    if (direction > 0) {
        for (const auto& row : m_columns) {
            if (chosen(row) && before != nullptr && !(row.highest.live == before->highest.live))
                return chooseMoment(row.highest.ts);
            before = &row;
        }
    } else {
        for (auto row = m_columns.rbegin(); row != m_columns.rend(); ++row) {
            if (chosen(*row) && before != nullptr && !(row->highest.live == before->highest.live))
                return chooseMoment(row->highest.ts);
            before = &*row;
        }
    }
}

void MemoryChart::keyPressEvent(QKeyEvent* event)
{
    if (event->key() == Qt::Key_P && m_facts)
        return chooseMoment(m_facts->index->peak.ts);
    if (event->key() == Qt::Key_Period || event->key() == Qt::Key_Comma)
        return goToChange(event->key() == Qt::Key_Period ? 1 : -1);
    TimePlot::keyPressEvent(event);
}

} // namespace orrery::memory
