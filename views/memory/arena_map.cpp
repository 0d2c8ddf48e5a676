// SPDX-License-Identifier: Apache-2.0
#include "views/memory/arena_map.h"

#include "engine/base/text.h"
#include "views/memory/byte_scale.h"
#include "views/memory/kind_style.h"

#include <QKeyEvent>
#include <QPainter>
#include <QToolTip>

#include <cmath>

namespace orrery::memory {
namespace {

constexpr double labelWidth = 34, labelHeight = 13; // least size of a box with a text

} // namespace

ArenaMap::ArenaMap(const theme::Theme& theme, QWidget* parent)
    : TimePlot(theme, parent)
{
    setObjectName("arenaMap");
    setAccessibleName(tr("Addresses of the arena over time"));
}

void ArenaMap::setFacts(std::shared_ptr<const MemoryFacts> facts)
{
    m_facts = std::move(facts);
    setBoxes({});
    setIndex(m_facts ? m_facts->index : nullptr);
    if (m_facts)
        setBounds(m_facts->span());
}

void ArenaMap::setBoxes(trace_db::arena_boxes::Answer answer)
{
    m_answer = std::move(answer);
    m_selected = m_hovered = -1;
    m_cacheAxis.reset();
    update();
}

void ArenaMap::setBoxColor(BoxColor color)
{
    m_color = color;
    m_cacheAxis.reset();
    update();
}

void ArenaMap::setNode(std::uint32_t node)
{
    m_node = node;
    if (m_selected >= 0 && m_answer.boxes[std::size_t(m_selected)].buffer.node != node)
        m_selected = -1;
    update();
}

double ArenaMap::top() const
{
    std::int64_t bytes = std::max<std::int64_t>(1, m_answer.topBytes);
    if (m_facts)
        bytes = std::max({bytes, m_facts->plannedArenaBytes, m_facts->index->arenaTopBytes});
    return double(bytes) * 1.1;
}

QRectF ArenaMap::rectOf(const Box& box) const
{
    const QRectF area = plot();
    const double x0 = xOf(box.buffer.ts);
    const double x1 = std::max(box.end == INT64_MAX ? area.right() : xOf(box.end), x0);
    const double y0 = area.bottom() - double(box.buffer.offset + box.buffer.bytes) / top() * area.height();
    const double y1 = area.bottom() - double(box.buffer.offset) / top() * area.height();
    return QRectF(QPointF(x0, y0), QPointF(x1, y1));
}

QColor ArenaMap::colorOf(const Box& box) const
{
    if (m_color == BoxColor::Kind || box.buffer.node == trace_db::noId)
        return kindColor(theme(), box.buffer.kind);
    const std::string& type = m_facts->graph->node(box.buffer.node).opType;
    const std::string_view bare = std::string_view(type).starts_with("Fused")
                                      ? std::string_view(type).substr(5)
                                      : std::string_view(type);
    return theme().category(theme::categoryOfOpType(bare));
}

void ArenaMap::paintBoxes(QPainter& painter) const
{
    const QRectF area = plot();
    const double ratio = devicePixelRatioF();
    const auto snapped = [&](double x) { return std::round(x * ratio) / ratio; };
    const QColor edge = theme().color(theme::Role::Surface);
    painter.setFont(theme().font(theme::FontRole::Small));
    for (const Box& box : m_answer.boxes) {
        QRectF at = rectOf(box);
        if (at.right() < area.left() || at.left() > area.right())
            continue;
        at.setCoords(snapped(std::max(at.left(), area.left())), snapped(at.top()),
                     snapped(std::min(at.right(), area.right())), snapped(at.bottom()));
        at.setWidth(std::max(at.width(), 1 / ratio));
        at.setHeight(std::max(at.height(), 1 / ratio));
        const QColor fill = colorOf(box);
        painter.fillRect(at, fill);
        if (at.width() > 4 && at.height() > 3) {
            painter.setPen(QPen(edge, 1));
            painter.setBrush(Qt::NoBrush);
            painter.drawRect(at.adjusted(0.5, 0.5, -0.5, -0.5));
        }
        if (at.width() < labelWidth || at.height() < labelHeight)
            continue;
        painter.setPen(theme::Theme::textOn(fill));
        const QRectF inner = at.adjusted(4, 0, -4, 0);
        const QString text = painter.fontMetrics().elidedText(m_facts->valueText(box.buffer.value),
                                                              Qt::ElideMiddle, int(inner.width()));
        painter.drawText(inner, Qt::AlignLeft | Qt::AlignVCenter | Qt::TextSingleLine, text);
    }
}

void ArenaMap::paintLevel(QPainter& painter, std::int64_t bytes, const QString& text, Qt::PenStyle style,
                          const QColor& ink) const
{
    const QRectF area = plot();
    const double y = std::floor(area.bottom() - double(bytes) / top() * area.height()) + 0.5;
    painter.setPen(QPen(ink, 1.2, style));
    painter.drawLine(QPointF(area.left(), y), QPointF(area.right(), y));
    painter.setFont(theme().font(theme::FontRole::Small));
    const double width = painter.fontMetrics().horizontalAdvance(text) + 8;
    const QRectF box(area.right() - width, y - 16, width, 15);
    QColor back = theme().color(theme::Role::SurfaceRaised);
    back.setAlphaF(0.85f);
    painter.fillRect(box, back);
    painter.setPen(ink);
    painter.drawText(box, Qt::AlignCenter, text);
}

void ArenaMap::paintLevels(QPainter& painter) const
{
    const std::int64_t planned = m_facts->plannedArenaBytes, fullest = m_facts->index->arenaPeak.live.total;
    const QColor ink = theme().color(theme::Role::Error), calm = theme().color(theme::Role::TextMuted);
    const double apart = std::abs(double(planned - fullest)) / top() * plot().height();
    if (planned >= 0 && apart < 16) {
        const QString text =
            planned == fullest
                ? tr("planned = most in use at once: %1").arg(bytesText(planned))
                : tr("planned %1 · most in use at once %2").arg(bytesText(planned), bytesText(fullest));
        return paintLevel(painter, planned, text, Qt::DashLine, ink);
    }
    if (planned >= 0)
        paintLevel(painter, planned, tr("planned %1").arg(bytesText(planned)), Qt::DashLine, ink);
    paintLevel(painter, fullest, tr("lower bound: most in use at once %1").arg(bytesText(fullest)),
               Qt::DotLine, calm);
}

void ArenaMap::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    painter.fillRect(rect(), theme().color(theme::Role::Surface));
    if (!m_facts)
        return;
    paintByteAxis(painter, top());
    const QSize pixels = size() * devicePixelRatioF();
    if (m_cacheAxis != axis() || m_cache.size() != pixels) {
        m_cache = QPixmap(pixels);
        m_cache.setDevicePixelRatio(devicePixelRatioF());
        m_cache.fill(Qt::transparent);
        QPainter boxes(&m_cache);
        paintBoxes(boxes);
        m_cacheAxis = axis();
    }
    painter.save();
    painter.setClipRect(plot());
    painter.drawPixmap(0, 0, m_cache);
    painter.setBrush(Qt::NoBrush);
    for (std::size_t i = 0; i < m_answer.boxes.size(); ++i) {
        const bool isSelected = int(i) == m_selected;
        const bool isNode = m_node != trace_db::noId && m_answer.boxes[i].buffer.node == m_node;
        if (!isSelected && !isNode && int(i) != m_hovered)
            continue;
        painter.setPen(QPen(theme().color(isSelected || isNode ? theme::Role::Selection : theme::Role::Text),
                            isSelected ? 2.5 : 1.5));
        painter.drawRect(rectOf(m_answer.boxes[i]));
    }
    painter.restore();
    paintSteps(painter);
    paintRuler(painter);
    paintRange(painter);
    if (m_facts->index->arenaTopBytes > 0)
        paintLevels(painter);
    paintMoment(painter);
    paintFocus(painter);
}

int ArenaMap::boxAt(QPointF at) const
{
    int nearest = -1;
    double nearestDistance = 3; // pixels: boxes may be thinner than one
    for (std::size_t i = 0; i < m_answer.boxes.size(); ++i) {
        const QRectF box = rectOf(m_answer.boxes[i]);
        const double dx = std::max({box.left() - at.x(), 0.0, at.x() - box.right()});
        const double dy = std::max({box.top() - at.y(), 0.0, at.y() - box.bottom()});
        if (const double distance = std::hypot(dx, dy); distance < nearestDistance) {
            nearest = int(i);
            nearestDistance = distance;
        }
    }
    return nearest;
}

ArenaMap::Use ArenaMap::useAt(std::int64_t ts) const
{
    Use use;
    for (const Box& box : m_answer.boxes)
        if (box.buffer.ts <= ts && ts < box.end) {
            use.bytes = trace_db::addSaturated(use.bytes, box.buffer.bytes);
            use.extent = std::max(use.extent, trace_db::addSaturated(box.buffer.offset, box.buffer.bytes));
        }
    return use;
}

void ArenaMap::choose(int box)
{
    m_selected = box;
    const trace_db::LiveBuffer& buffer = m_answer.boxes[std::size_t(box)].buffer;
    emit boxChosen(buffer.node, buffer.value);
    m_selected = box;
    update();
}

void ArenaMap::clicked(QPointF at)
{
    TimePlot::clicked(at);
    if (const int box = boxAt(at); box >= 0)
        choose(box);
}

QString ArenaMap::tipOf(const Box& box) const
{
    const trace_db::LiveBuffer& buffer = box.buffer;
    QString text = m_facts->valueText(buffer.value);
    if (text.isEmpty())
        text = kindText(buffer.kind);
    text += tr("\n%1 at offset %2, %3")
                .arg(bytesText(buffer.bytes), bytesText(buffer.offset), kindText(buffer.kind));
    text += tr("\nallocated by %1").arg(m_facts->nodeText(buffer.node));
    if (box.end != INT64_MAX)
        text += tr("\nfreed by %1 after %2")
                    .arg(m_facts->nodeText(box.freedBy),
                         QString::fromStdString(formatDurationNs(box.end - buffer.ts)));
    return text;
}

void ArenaMap::hovered(std::optional<QPointF> at)
{
    const int box = at && m_facts && plot().contains(*at) ? boxAt(*at) : -1;
    if (box != m_hovered) {
        m_hovered = box;
        update();
    }
    if (box < 0)
        QToolTip::hideText();
    else
        QToolTip::showText(mapToGlobal(at->toPoint()) + QPoint(14, 10),
                           tipOf(m_answer.boxes[std::size_t(box)]), this);
}

void ArenaMap::keyPressEvent(QKeyEvent* event)
{
    const int count = int(m_answer.boxes.size());
    if ((event->key() == Qt::Key_Period || event->key() == Qt::Key_Comma) && count > 0) {
        const int step = event->key() == Qt::Key_Period ? 1 : -1;
        int next = m_selected < 0 ? (step > 0 ? 0 : count - 1) : m_selected + step;
        next = std::clamp(next, 0, count - 1);
        chooseMoment(m_answer.boxes[std::size_t(next)].buffer.ts);
        return choose(next);
    }
    TimePlot::keyPressEvent(event);
}

} // namespace orrery::memory
