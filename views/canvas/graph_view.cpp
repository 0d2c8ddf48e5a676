// SPDX-License-Identifier: Apache-2.0
#include "views/canvas/graph_view.h"

#include "views/canvas/minimap.h"

#include <QPainter>

#include <algorithm>
#include <cmath>

namespace orrery::canvas {
namespace {

constexpr double leastZoom = 0.002, mostZoom = 8, mostFitZoom = 1.25;
constexpr double fitMargin = 28;
constexpr double leastReadableZoom = 0.4, homeZoom = 0.8;
constexpr int moveMs = 180, fadeMs = 150, settleMs = 140;
constexpr QSizeF minimapMost(170, 200);

using SceneResult = Result<std::shared_ptr<const GraphScene>>;

// Where to look across the flow so that a room of this size at its beginning shows the most nodes: the middle
// one of those in the fullest window.
double beginning(const GraphScene& scene, QSizeF room)
{
    const bool across = scene.direction() == layout::Direction::LeftToRight;
    QRectF area = scene.bounds();
    across ? area.setWidth(room.width()) : area.setHeight(room.height());
    std::vector<std::uint32_t> nodes;
    scene.nodesIn(area, nodes);
    std::vector<double> middles;
    for (std::uint32_t node : nodes) {
        const QPointF middle = scene.nodeRect(node).center();
        middles.push_back(across ? middle.y() : middle.x());
    }
    if (middles.empty())
        return across ? area.center().y() : area.center().x();
    std::sort(middles.begin(), middles.end());
    const double reach = across ? room.height() : room.width();
    std::size_t best = 0, most = 0, last = 0;
    for (std::size_t first = 0; first < middles.size(); ++first) {
        while (last < middles.size() && middles[last] <= middles[first] + reach)
            ++last;
        if (last - first > most) {
            most = last - first;
            best = first;
        }
    }
    return middles[best + most / 2];
}

} // namespace

GraphView::~GraphView() = default;

GraphView::GraphView(const theme::Theme& theme, QWidget* parent)
    : QWidget(parent)
    , m_theme(theme)
{
    setMouseTracking(true);
    setFocusPolicy(Qt::StrongFocus);
    setAttribute(Qt::WA_OpaquePaintEvent);
    setMinimumSize(120, 90);
    grabGesture(Qt::PinchGesture);
    m_settle.setSingleShot(true);
    m_settle.setInterval(settleMs);
    connect(&m_settle, &QTimer::timeout, this, [this] {
        m_state.spriteZoom = 0;
        update();
    });
    m_move.setDuration(moveMs);
    m_move.setEasingCurve(QEasingCurve::OutCubic);
    m_move.setStartValue(0.0);
    m_move.setEndValue(1.0);
    connect(&m_move, &QVariantAnimation::valueChanged, this, [this](const QVariant& value) {
        // Zoom geometrically, and keep what the middle shows on a straight way.
        const double t = value.toDouble();
        if (t >= 1)
            return setView(m_moveTo.zoom, m_moveTo.offset);
        const double zoom = m_moveFrom.zoom * std::pow(m_moveTo.zoom / m_moveFrom.zoom, t);
        const QPointF middle(width() / 2.0, height() / 2.0);
        const QPointF from = (middle - m_moveFrom.offset) / m_moveFrom.zoom;
        const QPointF to = (middle - m_moveTo.offset) / m_moveTo.zoom;
        setView(zoom, middle - (from + (to - from) * t) * zoom);
    });
    m_fade.setDuration(fadeMs);
    m_fade.setStartValue(1.0);
    m_fade.setEndValue(0.0);
    connect(&m_fade, &QVariantAnimation::valueChanged, this, qOverload<>(&QWidget::update));
    connect(&m_fade, &QVariantAnimation::finished, this, [this] {
        m_fading = QPixmap();
        update();
    });
    setAcceptDrops(true);
    setAccessibleName(tr("Graph"));
}

void GraphView::setTheme(const theme::Theme& theme)
{
    m_theme = theme;
    m_sprites.clear();
    m_minimap = QImage();
    update();
}

void GraphView::setGraph(std::shared_ptr<const DisplayGraph> graph, ViewChange change)
{
    const bool first = !m_scene;
    m_graph = std::move(graph);
    if (change == ViewChange::FitAll)
        m_toggledGroups.clear();
    if (!m_graph || m_graph->nodes.empty()) {
        m_layoutTask.cancel();
        m_refineTask.cancel();
        m_scene.reset();
        m_minimap = QImage();
        m_state.hoveredNode = m_state.hoveredEdge = noIndex;
        update();
        return;
    }
    if (change == ViewChange::Edit && !first)
        return relayout(Transition::Edit);
    if (change == ViewChange::Keep && !first)
        anchorAt(m_state.selected);
    relayout(change == ViewChange::FitAll || first ? Transition::FitAll : Transition::KeepAnchor);
}

void GraphView::setPlaceholder(const QString& title, const QString& text)
{
    m_placeholderTitle = title;
    m_placeholderText = text;
    update();
}

void GraphView::setRefiner(layout::LevelRefiner refiner) { m_refiner = std::move(refiner); }

void GraphView::setDirection(layout::Direction direction)
{
    if (m_direction == direction)
        return;
    m_direction = direction;
    relayout(Transition::FitAll);
}

void GraphView::setMinimapVisible(bool visible)
{
    m_minimapVisible = visible;
    update();
}

bool GraphView::isIdle() const
{
    return !m_layoutTask.busy() && !m_refineTask.busy() && m_move.state() != QAbstractAnimation::Running &&
           m_fade.state() != QAbstractAnimation::Running && !m_settle.isActive();
}

// The point of the picture that a new layout must not move: the key's box, or what is in the middle of the
// view.
void GraphView::anchorAt(std::uint64_t key)
{
    m_anchorKey = noKey;
    if (!m_scene)
        return;
    const QRectF viewport = QRectF(rect());
    QRectF box = m_scene->rectOfKey(key);
    if (box.isNull() || !viewport.intersects(QRectF(fromScene(box.topLeft()), box.size() * m_state.zoom))) {
        std::vector<std::uint32_t> hits;
        m_scene->nodesIn(QRectF(toScene(viewport.topLeft()), viewport.size() / m_state.zoom), hits);
        if (hits.empty())
            return;
        const QPointF middle = toScene(viewport.center());
        const std::uint32_t nearest = *std::min_element(hits.begin(), hits.end(), [&](auto a, auto b) {
            return (m_scene->nodeRect(a).center() - middle).manhattanLength() <
                   (m_scene->nodeRect(b).center() - middle).manhattanLength();
        });
        key = m_scene->graph().nodes[nearest].key;
        box = m_scene->nodeRect(nearest);
    }
    m_anchorKey = key;
    m_anchorPosition = fromScene(box.topLeft());
}

void GraphView::relayout(Transition transition)
{
    if (!m_graph || m_graph->nodes.empty())
        return;
    m_refineTask.cancel();
    // Once an edit has been made, the picture is kept through whatever else changes on the nodes.
    if (transition == Transition::Edit)
        m_keepsPlaces = true;
    else if (transition == Transition::FitAll)
        m_keepsPlaces = false;
    SceneOptions options{m_direction, m_toggledGroups, {}, m_placed, m_keepsPlaces ? m_scene : nullptr};
    m_layoutTask.submit([graph = m_graph, theme = m_theme,
                         options](std::stop_token stop) { return buildScene(*graph, theme, options, stop); },
                        [this, transition](SceneResult result) {
                            if (!result.ok()) {
                                if (result.error().code != ErrorCode::Cancelled)
                                    emit failed(QString::fromStdString(result.error().text()));
                                return;
                            }
                            showScene(result.releaseValue(), transition);
                            refine();
                        });
    update();
}

void GraphView::refine()
{
    if (!m_refiner || m_keepsPlaces)
        return;
    SceneOptions options{m_direction, m_toggledGroups, m_refiner, m_placed, nullptr};
    m_refineTask.submit([graph = m_graph, theme = m_theme,
                         options](std::stop_token stop) { return buildScene(*graph, theme, options, stop); },
                        [this, interactions = m_interactions](SceneResult result) {
                            if (result.ok() && interactions == m_interactions)
                                showScene(result.releaseValue(), Transition::Refine);
                        });
}

void GraphView::showScene(std::shared_ptr<const GraphScene> scene, Transition transition)
{
    if (m_scene && isVisible() && transition != Transition::Edit) {
        m_fading = grab();
        m_fade.start();
    }
    if (transition == Transition::Refine && m_follow == Follow::Nothing)
        anchorAt(m_anchorKey != noKey ? m_anchorKey : m_state.selected);
    // An edit that the picture had to be made anew for: what is looked at stays.
    const bool isAnew = transition == Transition::Edit && !scene->keepsPlaces();
    if (isAnew)
        anchorAt(m_state.selected);
    m_scene = std::move(scene);
    foldMarks();
    if (m_selectedEdge.valid() && indexOf(m_selectedEdge) == noIndex)
        setSelectedEdge({});
    m_minimap = QImage();
    m_state.hoveredNode = m_state.hoveredEdge = noIndex;
    if (transition == Transition::FitAll)
        m_follow = Follow::Home;
    if (transition == Transition::FitAll ||
        (transition == Transition::Refine && m_follow != Follow::Nothing)) {
        m_move.stop();
        const Placement place = placementOf(m_follow);
        setView(place.zoom, place.offset);
    } else if (const QRectF box = m_scene->rectOfKey(m_anchorKey);
               (transition != Transition::Edit || isAnew) && m_anchorKey != noKey && !box.isNull()) {
        m_move.stop();
        setView(m_state.zoom, m_anchorPosition - box.topLeft() * m_state.zoom);
    }
    if (m_pendingReveal != noKey)
        reveal(std::exchange(m_pendingReveal, noKey));
    update();
    emit layoutFinished();
}

void GraphView::setSelectedKey(std::uint64_t key)
{
    if (m_state.selected == key)
        return;
    m_state.selected = key;
    if (key != noKey)
        setSelectedEdge({});
    update();
    emit selectionChanged(key);
}

void GraphView::setAlsoSelectedKeys(const std::vector<std::uint64_t>& keys)
{
    m_state.alsoSelected = {keys.begin(), keys.end()};
    update();
}

void GraphView::setHighlightedKeys(const std::vector<std::uint64_t>& keys)
{
    m_state.highlighted = {keys.begin(), keys.end()};
    update();
}

void GraphView::setMarks(const std::vector<std::pair<std::uint64_t, Mark>>& marks)
{
    m_marks.clear();
    m_marks.reserve(marks.size());
    for (auto [key, mark] : marks)
        m_marks[key] |= std::uint8_t(mark);
    foldMarks();
    update();
}

std::uint8_t GraphView::marksAt(std::uint64_t visibleKey) const
{
    auto found = m_state.marks.find(visibleKey);
    return found == m_state.marks.end() ? 0 : found->second;
}

// A group is done when all in it is done, to come when all in it is to come.
void GraphView::foldMarks()
{
    constexpr auto done = std::uint8_t(Mark::Executed), toCome = std::uint8_t(Mark::Pending);
    constexpr auto progress = std::uint8_t(done | toCome | std::uint8_t(Mark::Current));
    m_state.marks.clear();
    if (!m_scene)
        return;
    std::unordered_map<std::uint64_t, std::uint8_t> common; // progress that all in a group share
    for (const auto& [key, bits] : m_marks) {
        const std::uint64_t shown = m_scene->visibleKey(key);
        if (shown == key) {
            m_state.marks[key] |= bits;
        } else if (shown != noKey) {
            m_state.marks[shown] |= bits & std::uint8_t(~(done | toCome));
            if (bits & progress)
                common.try_emplace(shown, done | toCome).first->second &= bits;
        }
    }
    for (const auto& [group, bits] : common)
        m_state.marks[group] |= bits;
}

void GraphView::reveal(std::uint64_t key)
{
    if (!m_scene || m_layoutTask.busy()) {
        m_pendingReveal = key;
        return;
    }
    const std::uint64_t shown = m_scene->visibleKey(key);
    if (shown == noKey)
        return;
    if (shown != key) {
        // One level of hiding groups at a time, until the node itself is visible.
        m_pendingReveal = key;
        setGroupExpanded(shown, true);
        return;
    }
    ensureVisible(m_scene->rectOfKey(key));
}

bool GraphView::isExpanded(std::uint64_t key) const { return m_scene && m_scene->groupOfKey(key) != noIndex; }

void GraphView::setGroupExpanded(std::uint64_t key, bool expanded)
{
    if (!m_graph)
        return;
    for (const DisplayGroup& group : m_graph->groups) {
        if (group.key != key)
            continue;
        if (group.collapsed == expanded)
            m_toggledGroups.insert(key);
        else
            m_toggledGroups.erase(key);
        anchorAt(key);
        ++m_interactions;
        m_follow = Follow::Nothing;
        m_keepsPlaces = false;
        relayout(Transition::KeepAnchor);
        return;
    }
}

void GraphView::expandAll()
{
    m_toggledGroups.clear();
    if (m_graph)
        for (const DisplayGroup& group : m_graph->groups)
            if (group.collapsed)
                m_toggledGroups.insert(group.key);
    relayout(Transition::FitAll);
}

void GraphView::collapseAll()
{
    m_toggledGroups.clear();
    if (m_graph)
        for (const DisplayGroup& group : m_graph->groups)
            if (!group.collapsed)
                m_toggledGroups.insert(group.key);
    relayout(Transition::FitAll);
}

QPointF GraphView::toScene(QPointF widgetPosition) const
{
    return (widgetPosition - m_state.offset) / m_state.zoom;
}
QPointF GraphView::fromScene(QPointF scenePosition) const
{
    return scenePosition * m_state.zoom + m_state.offset;
}

void GraphView::setView(double zoom, QPointF offset)
{
    zoom = std::clamp(zoom, leastZoom, mostZoom);
    if (zoom != m_state.zoom) {
        // While the zoom changes, the sprites at hand are stretched; they are made anew when it rests.
        if (m_state.spriteZoom == 0 || std::abs(std::log(zoom / m_state.spriteZoom)) > 0.5)
            m_state.spriteZoom = m_state.spriteZoom == 0 ? m_state.zoom : zoom;
        m_settle.start();
    }
    const bool zoomed = zoom != m_state.zoom;
    m_state.zoom = zoom;
    m_state.offset = offset;
    update();
    if (zoomed)
        emit zoomChanged(zoom);
}

void GraphView::userMoved()
{
    m_follow = Follow::Nothing;
    m_anchorKey = noKey;
    ++m_interactions;
}

void GraphView::zoomAt(QPointF position, double factor)
{
    m_move.stop();
    userMoved();
    const QPointF fixed = toScene(position);
    const double zoom = std::clamp(m_state.zoom * factor, leastZoom, mostZoom);
    setView(zoom, position - fixed * zoom);
}

void GraphView::animateTo(const Placement& target)
{
    m_move.stop();
    if (!isVisible())
        return setView(target.zoom, target.offset);
    m_moveFrom = {m_state.zoom, m_state.offset};
    m_moveTo = target;
    m_move.start();
}

Placement GraphView::placementOf(Follow follow) const
{
    const QRectF bounds = m_scene->bounds();
    Placement place = placeInside(bounds, rect(), fitMargin, mostFitZoom);
    if (follow == Follow::All || place.zoom >= leastReadableZoom)
        return place;
    // The beginning of the flow, with the most of it that fits across the view.
    const bool across = m_direction == layout::Direction::LeftToRight;
    place.zoom = homeZoom;
    const QSizeF room = (QSizeF(size()) - 2 * QSizeF(fitMargin, fitMargin)).expandedTo({1, 1}) / homeZoom;
    if (across)
        place.offset = QPointF(fitMargin - bounds.left() * homeZoom,
                               height() / 2.0 - beginning(*m_scene, room) * homeZoom);
    else
        place.offset = QPointF(width() / 2.0 - beginning(*m_scene, room) * homeZoom,
                               fitMargin - bounds.top() * homeZoom);
    return place;
}

void GraphView::fitAll()
{
    if (!m_scene)
        return;
    m_follow = Follow::All;
    ++m_interactions;
    animateTo(placementOf(m_follow));
}

void GraphView::fitSelection()
{
    if (!m_scene)
        return;
    const QRectF box = m_scene->rectOfKey(m_state.selected);
    if (box.isNull())
        return fitAll();
    userMoved();
    // With its neighbours around it.
    animateTo(placeInside(box.adjusted(-120, -90, 120, 90), rect(), fitMargin, mostFitZoom));
}

void GraphView::zoomIn() { zoomAt(QRectF(rect()).center(), 1.25); }
void GraphView::zoomOut() { zoomAt(QRectF(rect()).center(), 0.8); }

void GraphView::resetZoom()
{
    userMoved();
    const QPointF middle = QRectF(rect()).center();
    animateTo({1, middle - toScene(middle)});
}

void GraphView::ensureVisible(const QRectF& sceneRect)
{
    const QRectF box(fromScene(sceneRect.topLeft()), sceneRect.size() * m_state.zoom);
    const QRectF room = QRectF(rect()).adjusted(40, 40, -40, -40);
    const bool readable = m_state.zoom > 0.3;
    if (room.contains(box) && readable)
        return;
    userMoved();
    const double zoom = readable ? m_state.zoom : 0.9;
    animateTo({zoom, QRectF(rect()).center() - sceneRect.center() * zoom});
}

QRectF GraphView::minimapArea() const
{
    if (!m_scene || !m_minimapVisible || m_minimap.isNull() || width() < 420 || height() < 320)
        return {};
    const QRectF visible(toScene(QPointF(0, 0)), QSizeF(size()) / m_state.zoom);
    if (visible.contains(m_scene->bounds()))
        return {};
    const QSizeF size = m_minimap.deviceIndependentSize();
    return {QPointF(width() - size.width() - 18, height() - size.height() - 18), size};
}

void GraphView::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    if (!m_scene || m_scene->graph().nodes.empty()) {
        paintPlaceholder(painter);
        return;
    }
    if (m_minimap.isNull() && m_minimapVisible)
        m_minimap = minimapImage(*m_scene, m_theme, minimapMost, devicePixelRatioF());
    m_state.viewport = QRectF(rect());
    paintGraph(painter, *m_scene, m_theme, m_state, Quality::Interactive, &m_sprites);
    if (!m_fading.isNull()) {
        painter.setOpacity(m_fade.currentValue().toDouble());
        painter.drawPixmap(0, 0, m_fading);
        painter.setOpacity(1);
    }
    paintLegend(painter, m_scene->graph().legend, m_theme, QPointF(14, height() - 14));
    paintEdits(painter);
    if (!m_band.isNull()) {
        QColor fill = m_theme.color(theme::Role::Selection);
        painter.setPen(QPen(fill, 1));
        fill.setAlphaF(0.12f);
        painter.setBrush(fill);
        painter.drawRect(m_band);
    }
    if (const QRectF area = minimapArea(); !area.isEmpty())
        paintMinimap(painter, m_minimap, area, m_scene->bounds(),
                     QRectF(toScene(QPointF(0, 0)), QSizeF(size()) / m_state.zoom), m_theme);
}

void GraphView::paintPlaceholder(QPainter& painter)
{
    using theme::FontRole;
    using theme::Role;
    painter.fillRect(rect(), m_theme.color(Role::Canvas));
    if (m_layoutTask.busy())
        return;
    const QRectF place = QRectF(rect()).adjusted(32, 24, -32, -24);
    const QFont heading = m_theme.font(FontRole::Heading), body = m_theme.font(FontRole::Body);
    const int flags = Qt::AlignHCenter | Qt::AlignTop | Qt::TextWordWrap;
    const QRectF titleSize = QFontMetricsF(heading).boundingRect(place, flags, m_placeholderTitle);
    const QRectF textSize = QFontMetricsF(body).boundingRect(place, flags, m_placeholderText);
    double y = place.center().y() - (titleSize.height() + 14 + textSize.height()) / 2;
    painter.setFont(heading);
    painter.setPen(m_theme.color(Role::Text));
    painter.drawText(QRectF(place.left(), y, place.width(), titleSize.height()), flags, m_placeholderTitle);
    y += titleSize.height() + 14;
    painter.setFont(body);
    painter.setPen(m_theme.color(Role::TextMuted));
    painter.drawText(QRectF(place.left(), y, place.width(), textSize.height() + 4), flags, m_placeholderText);
}

void GraphView::resizeEvent(QResizeEvent* event)
{
    QWidget::resizeEvent(event);
    if (m_scene && m_follow != Follow::Nothing) {
        m_move.stop();
        const Placement place = placementOf(m_follow);
        setView(place.zoom, place.offset);
    }
}

} // namespace orrery::canvas
