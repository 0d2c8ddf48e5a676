// SPDX-License-Identifier: Apache-2.0
//
// What the mouse, the wheel, the trackpad and the keyboard do to a GraphView.
#include "views/canvas/graph_view.h"

#include <QApplication>
#include <QGestureEvent>
#include <QHelpEvent>
#include <QMouseEvent>
#include <QPinchGesture>
#include <QToolTip>
#include <QWheelEvent>

#include <cmath>

namespace orrery::canvas {
namespace {

constexpr double edgeReach = 5; // pixels from an edge that still hit it

// As plain text: Qt would take a tooltip that begins like HTML for rich text.
QString plainToolTip(const std::string& text)
{
    const QString escaped = QString::fromUtf8(text.data(), qsizetype(text.size())).toHtmlEscaped();
    return "<p style='white-space:pre-wrap'>" + escaped + "</p>";
}

} // namespace

std::uint64_t GraphView::keyAt(QPointF position) const
{
    if (!m_scene)
        return noKey;
    const QPointF point = toScene(position);
    if (const std::uint32_t node = m_scene->nodeAt(point); node != noIndex)
        return m_scene->graph().nodes[node].key;
    if (const std::uint32_t group = m_scene->groupHeaderAt(point); group != noIndex)
        return m_scene->graph().groups[group].key;
    return noKey;
}

// Where nodes are too small to be read their gutters are no targets either.
std::uint64_t GraphView::gutterAt(QPointF position) const
{
    if (!m_scene || m_state.zoom < 0.35)
        return noKey;
    const double reach = gutterWidth * std::clamp(m_state.zoom, 0.5, 1.5);
    std::uint32_t node = m_scene->nodeAt(toScene(position + QPointF(reach, 0)));
    if (node == noIndex)
        node = m_scene->nodeAt(toScene(position + QPointF(reach, reach / 2))); // the dot sits on the corner
    if (node == noIndex)
        return noKey;
    const std::uint64_t key = m_scene->graph().nodes[node].key;
    const double left = fromScene(m_scene->rectOfKey(key).topLeft()).x();
    return key < inputKey(0) && std::abs(position.x() - left) <= reach ? key : noKey;
}

void GraphView::wheelEvent(QWheelEvent* event)
{
    if (!m_scene)
        return event->ignore();
    event->accept();
    const bool fromTrackpad = !event->pixelDelta().isNull() && event->phase() != Qt::NoScrollPhase;
    if (fromTrackpad && !(event->modifiers() & Qt::ControlModifier)) {
        m_move.stop();
        userMoved();
        setView(m_state.zoom, m_state.offset + QPointF(event->pixelDelta()));
        return;
    }
    if (event->modifiers() & Qt::ShiftModifier) {
        m_move.stop();
        userMoved();
        const double delta = event->angleDelta().y() + event->angleDelta().x();
        setView(m_state.zoom, m_state.offset + QPointF(delta / 2, 0));
        return;
    }
    zoomAt(event->position(), std::pow(1.0018, event->angleDelta().y()));
}

void GraphView::mousePressEvent(QMouseEvent* event)
{
    m_pressPosition = m_lastPosition = event->position();
    if (event->button() == Qt::MiddleButton) {
        m_drag = Drag::Pan;
        setCursor(Qt::ClosedHandCursor);
        return;
    }
    if (event->button() != Qt::LeftButton)
        return;
    const QRectF minimap = minimapArea();
    if (!minimap.isEmpty() && minimap.adjusted(-5, -5, 5, 5).contains(event->position())) {
        m_drag = Drag::Minimap;
        mouseMoveEvent(event);
        return;
    }
    m_drag = Drag::Press;
    m_pressPort = portAt(event->position()).value_or(Port());
}

void GraphView::mouseMoveEvent(QMouseEvent* event)
{
    const QPointF position = event->position();
    if (m_drag == Drag::Press &&
        (position - m_pressPosition).manhattanLength() >= QApplication::startDragDistance()) {
        const bool isBand = event->modifiers() & Qt::ShiftModifier;
        const std::uint64_t under = canEdit() && !isBand ? keyAt(m_pressPosition) : noKey;
        const bool isMove = under != noKey && m_scene->nodeOfKey(under) != noIndex &&
                            (under == m_state.selected || m_state.alsoSelected.contains(under));
        if (m_pressPort.valid() && !isBand)
            return startLink(m_pressPort);
        if (isMove)
            return startMove(under);
        m_drag = isBand ? Drag::Band : Drag::Pan;
        setCursor(isBand ? Qt::CrossCursor : Qt::ClosedHandCursor);
    }
    if (m_drag == Drag::Link) {
        moveLink(position);
    } else if (m_drag == Drag::Move) {
        moveNodes(position, !(event->modifiers() & Qt::AltModifier));
    } else if (m_drag == Drag::Band) {
        m_band = QRectF(m_pressPosition, position).normalized();
        update();
    } else if (m_drag == Drag::Pan) {
        m_move.stop();
        userMoved();
        setView(m_state.zoom, m_state.offset + position - m_lastPosition);
    } else if (m_drag == Drag::Minimap) {
        const QRectF area = minimapArea();
        if (!area.isEmpty()) {
            const QRectF bounds = m_scene->bounds();
            const double scale = std::min(area.width() / std::max(1.0, bounds.width()),
                                          area.height() / std::max(1.0, bounds.height()));
            const QPointF point = (position - area.center()) / scale + bounds.center();
            m_move.stop();
            userMoved();
            setView(m_state.zoom, QRectF(rect()).center() - point * m_state.zoom);
        }
    } else {
        updateHover(position);
    }
    m_lastPosition = position;
}

void GraphView::mouseReleaseEvent(QMouseEvent* event)
{
    const Drag drag = std::exchange(m_drag, Drag::None);
    unsetCursor();
    if (drag == Drag::Link)
        return endLink(true);
    if (drag == Drag::Move)
        return endMove(true);
    if (event->button() == Qt::RightButton) {
        const std::uint64_t key = keyAt(event->position());
        if (const EdgeRef edge = key == noKey ? edgeRefAt(event->position()) : EdgeRef(); edge.valid()) {
            setSelectedEdge(edge);
            emit edgeMenuRequested(event->globalPosition().toPoint());
            return;
        }
        if (key != noKey && !m_state.alsoSelected.contains(key))
            setSelectedKey(key);
        emit contextMenuRequested(key, event->globalPosition().toPoint());
        return;
    }
    if (drag == Drag::Band)
        return endBand();
    if (drag != Drag::Press || event->button() != Qt::LeftButton || !m_scene)
        return;
    if (event->modifiers() & Qt::ControlModifier) {
        if (const std::uint64_t key = keyAt(event->position()); key != noKey)
            emit selectionToggled(key);
        return;
    }
    if (const std::uint64_t gutter = gutterAt(event->position()); gutter != noKey) {
        emit gutterClicked(gutter);
        return;
    }
    const std::uint64_t key = keyAt(event->position());
    if (key == noKey) {
        const std::uint32_t edge = m_scene->edgeAt(toScene(event->position()), edgeReach / m_state.zoom);
        if (edge != noIndex && m_scene->graph().edges[edge].key != noKey) {
            if (canEdit())
                setSelectedEdge(edgeRefAt(event->position()));
            emit edgeActivated(m_scene->graph().edges[edge].key);
            return;
        }
    }
    setSelectedEdge({});
    if (key != noKey && key == m_state.selected && !m_state.alsoSelected.empty())
        emit nodesEnclosed({key}); // this one alone
    setSelectedKey(key);
}

void GraphView::endBand()
{
    const QRectF band = std::exchange(m_band, QRectF());
    update();
    if (!m_scene)
        return;
    const QRectF area(toScene(band.topLeft()), toScene(band.bottomRight()));
    std::vector<std::uint64_t> keys;
    for (const DisplayNode& node : m_scene->graph().nodes)
        if (const QRectF box = m_scene->rectOfKey(node.key); !box.isNull() && area.intersects(box))
            keys.push_back(node.key);
    emit nodesEnclosed(std::move(keys));
}

void GraphView::mouseDoubleClickEvent(QMouseEvent* event)
{
    if (event->button() != Qt::LeftButton)
        return;
    const std::uint64_t key = keyAt(event->position());
    if (key == noKey) {
        mousePressEvent(event);
        if (canEdit() && m_drag == Drag::Press && !edgeRefAt(event->position()).valid()) {
            m_drag = Drag::None;
            m_edits->activateNothing(placeAt(event->position()));
        }
        return;
    }
    setSelectedKey(key);
    activate(key);
}

void GraphView::activate(std::uint64_t key)
{
    if (!m_scene || key == noKey)
        return;
    const std::uint32_t node = m_scene->nodeOfKey(key);
    if (node == noIndex) {
        if (isExpanded(key))
            setGroupExpanded(key, false);
        return;
    }
    if (m_scene->graph().nodes[node].kind == NodeKind::Group) {
        setGroupExpanded(key, true);
    } else if (const std::uint64_t producer = m_scene->stubTarget(node); producer != noKey) {
        setSelectedKey(producer);
        reveal(producer);
    } else {
        emit nodeActivated(key);
    }
}

void GraphView::keyPressEvent(QKeyEvent* event)
{
    const bool across = m_direction == layout::Direction::LeftToRight;
    using Step = GraphScene::Step;
    switch (event->key()) {
    case Qt::Key_Space:
    case Qt::Key_Home:
        return fitAll();
    case Qt::Key_F:
        return fitSelection();
    case Qt::Key_Plus:
    case Qt::Key_Equal:
        return zoomIn();
    case Qt::Key_Minus:
        return zoomOut();
    case Qt::Key_0:
        return resetZoom();
    case Qt::Key_Down:
        return step(across ? Step::Next : Step::Forward);
    case Qt::Key_Up:
        return step(across ? Step::Previous : Step::Backward);
    case Qt::Key_Right:
        return step(across ? Step::Forward : Step::Next);
    case Qt::Key_Left:
        return step(across ? Step::Backward : Step::Previous);
    case Qt::Key_Menu:
        return openContextMenu();
    case Qt::Key_Return:
    case Qt::Key_Enter:
        return activate(m_state.selected);
    case Qt::Key_Delete:
    case Qt::Key_Backspace:
        if (canEdit() && m_selectedEdge.valid())
            return m_edits->disconnect(std::exchange(m_selectedEdge, EdgeRef()));
        break;
    case Qt::Key_Escape:
        if (m_drag == Drag::Link)
            return endLink(false);
        if (m_drag == Drag::Move)
            return endMove(false);
        if (m_selectedEdge.valid())
            return setSelectedEdge({});
        if (m_state.selected != noKey)
            return setSelectedKey(noKey);
        break;
    default:
        break;
    }
    QWidget::keyPressEvent(event);
}

void GraphView::openContextMenu()
{
    if (const std::uint32_t edge = indexOf(m_selectedEdge); edge != noIndex) {
        const QPointF* points = m_scene->edgePoints(edge);
        const std::size_t count = m_scene->edgePointCount(edge);
        const QPointF middle = (points[(count - 1) / 2] + points[count / 2]) / 2;
        emit edgeMenuRequested(mapToGlobal(fromScene(middle).toPoint()));
        return;
    }
    if (!m_scene || m_state.selected == noKey)
        return;
    const QRectF box = m_scene->rectOfKey(m_state.selected);
    const QPoint corner = fromScene(box.bottomLeft()).toPoint();
    const QPoint inside(std::clamp(corner.x(), 0, width()), std::clamp(corner.y(), 0, height()));
    emit contextMenuRequested(m_state.selected, mapToGlobal(inside));
}

void GraphView::step(GraphScene::Step step)
{
    if (!m_scene || m_scene->nodeCount() == 0)
        return;
    const std::uint32_t node = m_scene->nodeOfKey(m_scene->visibleKey(m_state.selected));
    std::uint32_t next = noIndex;
    if (node != noIndex) {
        next = m_scene->neighbour(node, step);
    } else {
        // Nothing selected: begin with what is nearest to the top of the picture.
        next = 0;
        for (std::uint32_t i = 1; i < m_scene->nodeCount(); ++i)
            if (m_scene->nodeRect(i).top() < m_scene->nodeRect(next).top())
                next = i;
    }
    if (next == noIndex)
        return;
    setSelectedKey(m_scene->graph().nodes[next].key);
    ensureVisible(m_scene->nodeRect(next));
}

void GraphView::updateHover(QPointF position)
{
    if (!m_scene)
        return;
    const QPointF point = toScene(position);
    std::uint32_t node = m_scene->nodeAt(point);
    const std::optional<Port> port = portAt(position);
    if (port)
        node = m_scene->nodeOfKey(port->key); // a port reaches over the edge of its node
    const std::uint32_t edge =
        node == noIndex && m_state.zoom > 0.15 ? m_scene->edgeAt(point, edgeReach / m_state.zoom) : noIndex;
    const std::uint64_t gutter = port ? noKey : gutterAt(position);
    if (const Port hovered = port.value_or(Port()); hovered != m_hoveredPort) {
        m_hoveredPort = hovered;
        update();
    }
    if (node == m_state.hoveredNode && edge == m_state.hoveredEdge && gutter == m_state.hoveredGutter)
        return;
    m_state.hoveredGutter = gutter;
    if (node != m_state.hoveredNode)
        emit hovered(node == noIndex ? noKey : m_scene->graph().nodes[node].key);
    m_state.hoveredNode = node;
    m_state.hoveredEdge = edge;
    setCursor(node != noIndex || edge != noIndex || gutter != noKey ? Qt::PointingHandCursor
                                                                    : Qt::ArrowCursor);
    update();
}

void GraphView::leaveEvent(QEvent* event)
{
    QWidget::leaveEvent(event);
    if (m_state.hoveredNode != noIndex)
        emit hovered(noKey);
    m_state.hoveredNode = m_state.hoveredEdge = noIndex;
    m_state.hoveredGutter = noKey;
    update();
}

bool GraphView::event(QEvent* event)
{
    if (event->type() == QEvent::ToolTip && m_scene) {
        auto* help = static_cast<QHelpEvent*>(event);
        const QPointF point = toScene(help->pos());
        std::string text;
        if (const std::uint32_t i = m_scene->nodeAt(point); i != noIndex) {
            const DisplayNode& node = m_scene->graph().nodes[i];
            text = node.toolTip;
            if (text.empty()) {
                text = node.title + (node.subtitle.empty() ? "" : "\n" + node.subtitle);
                for (const std::string& line : node.lines)
                    text += "\n" + line;
            }
            if (m_scene->graph().legend.shown())
                text += "\n" + (node.overlay.measured ? node.overlay.label : std::string("not measured"));
        } else if (const std::uint32_t e = m_scene->edgeAt(point, edgeReach / m_state.zoom); e != noIndex) {
            const DisplayEdge& edge = m_scene->graph().edges[e];
            text = m_scene->graph().nodes[edge.from].title + " → " + m_scene->graph().nodes[edge.to].title;
            if (!edge.label.empty())
                text += "\n" + edge.label;
        }
        if (text.empty())
            QToolTip::hideText();
        else
            QToolTip::showText(help->globalPos(), plainToolTip(text), this);
        return true;
    }
    if (event->type() == QEvent::Gesture) {
        auto* gesture = static_cast<QGestureEvent*>(event)->gesture(Qt::PinchGesture);
        if (auto* pinch = static_cast<QPinchGesture*>(gesture); pinch && m_scene) {
            zoomAt(mapFromGlobal(pinch->hotSpot().toPoint()), pinch->scaleFactor());
            return true;
        }
    }
    return QWidget::event(event);
}

} // namespace orrery::canvas
