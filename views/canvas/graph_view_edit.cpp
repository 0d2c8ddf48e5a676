// SPDX-License-Identifier: Apache-2.0
//
// GraphView as an editor: lines from port to port, edges that can be selected, nodes that are moved, things
// that are dropped. What may be connected and what comes of it is asked of CanvasEdits.
#include "views/canvas/edge_painter.h"
#include "views/canvas/graph_view.h"
#include "views/canvas/port_places.h"

#include <QDragEnterEvent>
#include <QMimeData>
#include <QPainter>
#include <QPainterPath>

#include <algorithm>
#include <cmath>

namespace orrery::canvas {
namespace {

constexpr double leastPortZoom = 0.3; // smaller nodes cannot be read, and their ports not be hit
constexpr double edgeReach = 6;       // pixels
constexpr double snapReach = 7;       // pixels

std::size_t countOf(const NodePorts& ports, Side side)
{
    return side == Side::Input ? ports.inputs.size() : ports.outputs.size();
}

QRectF grown(const QRectF& rect, double by) { return rect.adjusted(-by, -by, by, by); }

} // namespace

void GraphView::setEdits(CanvasEdits* edits) { m_edits = edits; }

void GraphView::setSelectedEdge(const EdgeRef& edge)
{
    if (m_selectedEdge == edge)
        return;
    m_selectedEdge = edge;
    if (edge.valid())
        setSelectedKey(noKey);
    update();
    emit edgeSelected();
}

std::uint32_t GraphView::indexOf(const EdgeRef& edge) const
{
    if (!m_scene || !edge.valid())
        return noIndex;
    const std::uint32_t node = m_scene->nodeOfKey(edge.to);
    if (node == noIndex)
        return noIndex;
    for (std::uint32_t e : m_scene->edgesOf(node))
        if (const DisplayEdge& shown = m_scene->graph().edges[e];
            shown.to == node && shown.toPort == edge.slot && shown.key == edge.value)
            return e;
    return noIndex;
}

// An edge into a collapsed group stands for several, and a control edge for no value: neither can be edited.
EdgeRef GraphView::edgeRefAt(QPointF position) const
{
    if (!m_scene)
        return {};
    const std::uint32_t e = m_scene->edgeAt(toScene(position), edgeReach / m_state.zoom);
    if (e == noIndex)
        return {};
    const DisplayEdge& edge = m_scene->graph().edges[e];
    const DisplayNode& to = m_scene->graph().nodes[edge.to];
    if (edge.key == noKey || edge.kind == EdgeKind::Control || to.kind == NodeKind::Group)
        return {};
    return {edge.key, to.key, edge.toPort};
}

DropPlace GraphView::placeAt(QPointF position) const
{
    DropPlace place{toScene(position), mapToGlobal(position).toPoint(), keyAt(position), {}, noKey};
    double least = 0;
    for (std::uint32_t g = 0; g < m_scene->graph().groups.size(); ++g) {
        const QRectF& frame = m_scene->groupRect(g);
        if (!frame.contains(place.scene) || (least > 0 && frame.width() * frame.height() >= least))
            continue;
        for (const DisplayNode& node : m_scene->graph().nodes)
            if (node.group == g && node.kind == NodeKind::Op) {
                place.beside = node.key;
                least = frame.width() * frame.height();
                break;
            }
    }
    if (place.node == noKey || m_scene->nodeOfKey(place.node) == noIndex)
        place.edge = edgeRefAt(position);
    return place;
}

// --- ports and lines ---

std::optional<Port> GraphView::portAt(QPointF position) const
{
    if (!canEdit() || m_state.zoom < leastPortZoom)
        return std::nullopt;
    const double reach = portReach / m_state.zoom;
    const QPointF point = toScene(position);
    std::vector<std::uint32_t> near;
    m_scene->nodesIn(grown(QRectF(point, QSizeF(0, 0)), reach), near);
    for (std::uint32_t node : near) {
        const DisplayNode& shown = m_scene->graph().nodes[node];
        const NodePorts ports = m_edits->ports(shown.key);
        for (Side side : {Side::Output, Side::Input})
            if (const auto slot =
                    portNear(m_scene->nodeRect(node), side, countOf(ports, side), m_direction, point, reach))
                return Port{shown.key, side, std::uint16_t(*slot)};
    }
    return std::nullopt;
}

std::optional<QPointF> GraphView::portPosition(const Port& port) const
{
    const std::uint32_t node = m_scene ? m_scene->nodeOfKey(port.key) : noIndex;
    if (node == noIndex || m_edits == nullptr)
        return std::nullopt;
    const std::size_t count = countOf(m_edits->ports(port.key), port.side);
    return fromScene(portPlace(m_scene->nodeRect(node), port.side, port.slot, count, m_direction));
}

void GraphView::startLink(const Port& from)
{
    m_drag = Drag::Link;
    m_link = std::make_unique<Link>();
    m_link->from = from;
    m_link->ports = m_edits->ports(from.key);
    m_link->end = m_lastPosition;
    setFocus();
    setCursor(Qt::CrossCursor);
    fitVisible();
    update();
}

// Only what can be seen is asked about.
void GraphView::fitVisible()
{
    std::vector<std::uint32_t> nodes;
    m_scene->nodesIn(QRectF(toScene(QPointF(0, 0)), QSizeF(size()) / m_state.zoom), nodes);
    std::vector<std::uint64_t> keys;
    for (std::uint32_t node : nodes)
        if (const std::uint64_t key = m_scene->graph().nodes[node].key;
            key != m_link->from.key && !m_link->fits.contains(key))
            keys.push_back(key);
    const std::vector<Fit> fits = m_edits->fits(m_link->from, keys);
    for (std::size_t i = 0; i < keys.size(); ++i)
        m_link->fits[keys[i]] = fits[i];
}

void GraphView::moveLink(QPointF position)
{
    m_link->end = position;
    const Side side = m_link->from.side == Side::Output ? Side::Input : Side::Output;
    const double reach = 1.6 * portReach / m_state.zoom;
    const QPointF point = toScene(position);
    std::vector<std::uint32_t> near;
    m_scene->nodesIn(grown(QRectF(point, QSizeF(0, 0)), reach), near);
    std::erase_if(near,
                  [&](std::uint32_t node) { return m_scene->graph().nodes[node].key == m_link->from.key; });
    const std::uint64_t over = near.empty() ? noKey : m_scene->graph().nodes[near.back()].key;
    if (over != m_link->over) {
        m_link->over = over;
        m_link->overPorts = over == noKey ? NodePorts() : m_edits->ports(over);
        m_link->slotFits = over == noKey ? std::vector<Fit>() : m_edits->slotFits(m_link->from, over);
    }
    m_link->target.reset();
    if (over != noKey)
        if (const auto slot = portNear(m_scene->rectOfKey(over), side, countOf(m_link->overPorts, side),
                                       m_direction, point, reach);
            slot && *slot < m_link->slotFits.size() && m_link->slotFits[*slot] != Fit::Impossible)
            m_link->target = Port{over, side, std::uint16_t(*slot)};
    update();
}

void GraphView::endLink(bool connects)
{
    const std::unique_ptr<Link> link = std::move(m_link);
    m_drag = Drag::None;
    unsetCursor();
    update();
    if (!link || !connects || !canEdit())
        return;
    const DropPlace place = placeAt(link->end);
    if (link->target)
        m_edits->connectPorts(link->from, *link->target);
    else if (link->over != noKey && keyAt(link->end) == link->over)
        m_edits->connectNode(link->from, link->over, place.global);
    else if (keyAt(link->end) == noKey)
        m_edits->connectNothing(link->from, place);
}

// --- places ---

void GraphView::setPlaced(Placed placed)
{
    if (*m_placed == placed)
        return;
    m_placed = std::make_shared<const Placed>(std::move(placed));
    reshape();
}

void GraphView::placeNode(std::uint64_t key, QPointF topLeft)
{
    Placed placed = *m_placed;
    placed[key] = topLeft;
    m_placed = std::make_shared<const Placed>(std::move(placed));
    emit nodePlaced();
}

void GraphView::reshape()
{
    if (m_scene)
        relayout(Transition::Edit);
}

std::vector<std::uint64_t> GraphView::selectedKeys() const
{
    std::vector<std::uint64_t> keys(m_state.alsoSelected.begin(), m_state.alsoSelected.end());
    if (m_state.selected != noKey && !m_state.alsoSelected.contains(m_state.selected))
        keys.push_back(m_state.selected);
    std::erase_if(keys, [this](std::uint64_t key) { return !m_scene || m_scene->nodeOfKey(key) == noIndex; });
    std::sort(keys.begin(), keys.end());
    return keys;
}

void GraphView::startMove(std::uint64_t key)
{
    m_drag = Drag::Move;
    m_moving.clear();
    m_moveOthers.clear();
    m_movedBy = {};
    std::vector<std::uint64_t> keys = selectedKeys();
    if (std::find(keys.begin(), keys.end(), key) == keys.end())
        keys.push_back(key);
    for (std::uint64_t moved : keys)
        m_moving.emplace_back(moved, m_scene->rectOfKey(moved));
    std::vector<std::uint32_t> visible;
    m_scene->nodesIn(QRectF(toScene(QPointF(0, 0)), QSizeF(size()) / m_state.zoom), visible);
    for (std::uint32_t node : visible)
        if (std::find(keys.begin(), keys.end(), m_scene->graph().nodes[node].key) == keys.end())
            m_moveOthers.push_back(m_scene->nodeRect(node));
    setFocus();
    setCursor(Qt::SizeAllCursor);
}

void GraphView::moveNodes(QPointF position, bool snaps)
{
    m_movedBy = (position - m_pressPosition) / m_state.zoom;
    m_snapX.reset();
    m_snapY.reset();
    if (snaps) {
        QRectF all;
        for (const auto& [key, box] : m_moving)
            all |= box;
        const Snap snap = snapTo(all.translated(m_movedBy), m_moveOthers, snapReach / m_state.zoom);
        m_movedBy += snap.by;
        m_snapX = snap.x;
        m_snapY = snap.y;
    }
    update();
}

void GraphView::endMove(bool moves)
{
    m_drag = Drag::None;
    unsetCursor();
    const auto moving = std::exchange(m_moving, {});
    update();
    if (!moves || m_movedBy.isNull())
        return;
    Placed placed = *m_placed;
    for (const auto& [key, box] : moving)
        placed[key] = box.topLeft() + m_movedBy;
    setPlaced(std::move(placed));
    emit placedChanged();
}

void GraphView::align(Align how)
{
    const std::vector<std::uint64_t> keys = selectedKeys();
    if (keys.size() < 2)
        return;
    std::vector<QRectF> boxes;
    for (std::uint64_t key : keys)
        boxes.push_back(m_scene->rectOfKey(key));
    const std::vector<QPointF> corners = aligned(boxes, how);
    Placed placed = *m_placed;
    for (std::size_t i = 0; i < keys.size(); ++i)
        placed[keys[i]] = corners[i];
    setPlaced(std::move(placed));
    emit placedChanged();
}

void GraphView::layOutAgain(const std::vector<std::uint64_t>& keys)
{
    Placed placed = *m_placed;
    for (std::uint64_t key : keys)
        placed.erase(key);
    const bool changed = placed.size() != m_placed->size();
    m_placed = std::make_shared<const Placed>(std::move(placed));
    m_keepsPlaces = false;
    anchorAt(m_state.selected);
    relayout(Transition::KeepAnchor);
    if (changed)
        emit placedChanged();
}

void GraphView::layOutAgain()
{
    std::vector<std::uint64_t> all;
    for (const auto& [key, place] : *m_placed)
        all.push_back(key);
    layOutAgain(all);
}

// --- what is dropped ---

void GraphView::dragEnterEvent(QDragEnterEvent* event)
{
    if (m_edits && m_edits->enabled() && m_edits->dropsOn(*event->mimeData()) != CanvasEdits::DropOn::Nothing)
        event->acceptProposedAction();
    else
        event->ignore();
}

void GraphView::dragMoveEvent(QDragMoveEvent* event)
{
    event->acceptProposedAction();
    if (!canEdit() || m_edits->dropsOn(*event->mimeData()) != CanvasEdits::DropOn::EdgesAndNodes)
        return;
    const DropPlace place = placeAt(event->position());
    if (m_dropEdge == place.edge && m_dropNode == place.node)
        return;
    m_dropEdge = place.edge;
    m_dropNode = place.node;
    update();
}

void GraphView::dragLeaveEvent(QDragLeaveEvent*)
{
    m_dropEdge = {};
    m_dropNode = noKey;
    update();
}

void GraphView::dropEvent(QDropEvent* event)
{
    dragLeaveEvent(nullptr);
    if (!m_edits || !m_edits->enabled())
        return event->ignore();
    event->acceptProposedAction();
    const QPointF position = event->position();
    m_edits->drop(*event->mimeData(),
                  m_scene ? placeAt(position)
                          : DropPlace{toScene(position), mapToGlobal(position).toPoint(), noKey, {}, noKey});
    setFocus();
}

// --- painting ---

void GraphView::paintPorts(QPainter& painter, std::uint64_t key, const NodePorts& ports) const
{
    using theme::Role;
    const QRectF box = m_scene->rectOfKey(key);
    if (box.isNull())
        return;
    const double radius = portRadius * std::clamp(m_state.zoom, 0.6, 1.4);
    for (Side side : {Side::Input, Side::Output}) {
        const std::size_t count = countOf(ports, side);
        for (std::size_t slot = 0; slot < count; ++slot) {
            const QPointF at = fromScene(portPlace(box, side, slot, count, m_direction));
            const bool isOver = m_hoveredPort == Port{key, side, std::uint16_t(slot)};
            painter.setPen(QPen(m_theme.color(Role::Accent), 1.6));
            painter.setBrush(m_theme.color(isOver ? Role::Accent : Role::NodeFill));
            painter.drawEllipse(at, radius + (isOver ? 1.5 : 0), radius + (isOver ? 1.5 : 0));
        }
    }
}

void GraphView::paintLitEdge(QPainter& painter, const EdgeRef& edge, const QColor& color) const
{
    if (const std::uint32_t e = indexOf(edge); e != noIndex)
        paintHighlightedEdges(painter, *m_scene, View{m_state.zoom, m_state.offset}, {&e, 1}, color);
}

void GraphView::paintLink(QPainter& painter) const
{
    using theme::Role;
    const Side side = m_link->from.side == Side::Output ? Side::Input : Side::Output;
    auto colorOf = [this](Fit fit) {
        return m_theme.color(fit == Fit::Good ? Role::Success : Role::Warning);
    };
    for (const auto& [key, fit] : m_link->fits) {
        const QRectF box = m_scene->rectOfKey(key);
        if (box.isNull() || m_scene->nodeOfKey(key) == noIndex)
            continue;
        const QRectF shown(fromScene(box.topLeft()), box.size() * m_state.zoom);
        const double round = std::min(8 * m_state.zoom, shown.height() / 2);
        if (fit == Fit::Impossible) {
            QColor veil = m_theme.color(Role::Canvas);
            veil.setAlphaF(0.6f);
            painter.setPen(Qt::NoPen);
            painter.setBrush(veil);
            painter.drawRoundedRect(shown, round, round);
            continue;
        }
        const bool isOver = key == m_link->over;
        painter.setPen(
            QPen(colorOf(fit), isOver ? 2.6 : 1.6, fit == Fit::Good ? Qt::SolidLine : Qt::DashLine));
        painter.setBrush(Qt::NoBrush);
        painter.drawRoundedRect(grown(shown, 2), round + 2, round + 2);
    }
    const std::size_t count = countOf(m_link->overPorts, side);
    const QRectF over = m_scene->rectOfKey(m_link->over);
    QString name;
    for (std::size_t slot = 0; slot < count && slot < m_link->slotFits.size(); ++slot) {
        if (m_link->slotFits[slot] == Fit::Impossible)
            continue;
        const bool isTarget = m_link->target && m_link->target->slot == slot;
        painter.setPen(QPen(colorOf(m_link->slotFits[slot]), 1.8));
        painter.setBrush(isTarget ? colorOf(m_link->slotFits[slot]) : m_theme.color(Role::NodeFill));
        const double radius = portRadius + (isTarget ? 2.5 : 1);
        painter.drawEllipse(fromScene(portPlace(over, side, slot, count, m_direction)), radius, radius);
        if (isTarget)
            name = side == Side::Input ? m_link->overPorts.inputs[slot] : m_link->overPorts.outputs[slot];
    }

    const auto start = portPosition(m_link->from);
    if (!start)
        return;
    const QPointF end = m_link->target ? portPosition(*m_link->target).value_or(m_link->end) : m_link->end;
    const double sign = m_link->from.side == Side::Output ? 1 : -1;
    const double bend = std::clamp(0.5 * std::hypot((end - *start).x(), (end - *start).y()), 12.0, 90.0);
    const QPointF along =
        m_direction == layout::Direction::LeftToRight ? QPointF(sign * bend, 0) : QPointF(0, sign * bend);
    QPainterPath path(*start);
    path.cubicTo(*start + along, end - along, end);
    painter.setBrush(Qt::NoBrush);
    painter.setPen(QPen(m_theme.color(Role::Accent), 2.2, m_link->target ? Qt::SolidLine : Qt::DashLine));
    painter.drawPath(path);
    painter.setBrush(m_theme.color(Role::Accent));
    painter.drawEllipse(*start, portRadius, portRadius);
    if (name.isEmpty())
        return;
    const QFont font = m_theme.font(theme::FontRole::Small);
    const QSizeF text = QFontMetricsF(font).size(0, name) + QSizeF(14, 8);
    QRectF plate(end + QPointF(14, sign > 0 ? -text.height() - 10 : 10), text);
    plate.moveRight(std::min(plate.right(), width() - 6.0));
    painter.setPen(QPen(m_theme.color(Role::Border), 1));
    painter.setBrush(m_theme.color(Role::SurfaceRaised));
    painter.drawRoundedRect(plate, 4, 4);
    painter.setFont(font);
    painter.setPen(m_theme.color(Role::Text));
    painter.drawText(plate, Qt::AlignCenter, name);
}

// Boxes where the nodes would be; the picture itself follows when they are let go.
void GraphView::paintMove(QPainter& painter) const
{
    using theme::Role;
    QColor fill = m_theme.color(Role::Selection);
    painter.setPen(QPen(fill, 1.6));
    fill.setAlphaF(0.18f);
    painter.setBrush(fill);
    for (const auto& [key, box] : m_moving) {
        const QRectF now = box.translated(m_movedBy);
        painter.drawRoundedRect(QRectF(fromScene(now.topLeft()), now.size() * m_state.zoom), 8 * m_state.zoom,
                                8 * m_state.zoom);
    }
    painter.setPen(QPen(m_theme.color(Role::Accent), 1, Qt::DashLine));
    if (m_snapX)
        painter.drawLine(QPointF(fromScene({*m_snapX, 0}).x(), 0),
                         QPointF(fromScene({*m_snapX, 0}).x(), height()));
    if (m_snapY)
        painter.drawLine(QPointF(0, fromScene({0, *m_snapY}).y()),
                         QPointF(width(), fromScene({0, *m_snapY}).y()));
}

void GraphView::paintEdits(QPainter& painter) const
{
    using theme::Role;
    if (!canEdit())
        return;
    painter.save();
    painter.setRenderHint(QPainter::Antialiasing, true);
    paintLitEdge(painter, m_selectedEdge, m_theme.color(Role::Selection));
    paintLitEdge(painter, m_dropEdge, m_theme.color(Role::Success));
    if (m_dropNode != noKey)
        if (const QRectF box = m_scene->rectOfKey(m_dropNode); !box.isNull()) {
            painter.setBrush(Qt::NoBrush);
            painter.setPen(QPen(m_theme.color(Role::Success), 2.4));
            painter.drawRoundedRect(grown(QRectF(fromScene(box.topLeft()), box.size() * m_state.zoom), 3), 8,
                                    8);
        }
    if (m_link)
        paintLink(painter);
    else if (m_drag == Drag::Move)
        paintMove(painter);
    else if (m_state.hoveredNode != noIndex && m_state.zoom >= leastPortZoom) {
        const std::uint64_t key = m_scene->graph().nodes[m_state.hoveredNode].key;
        paintPorts(painter, key, m_edits->ports(key));
    }
    painter.restore();
}

} // namespace orrery::canvas
