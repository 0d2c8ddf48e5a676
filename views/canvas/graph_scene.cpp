// SPDX-License-Identifier: Apache-2.0
#include "views/canvas/graph_scene.h"

#include "views/canvas/edge_labels.h"
#include "views/canvas/edge_painter.h"
#include "views/canvas/groups.h"
#include "views/canvas/node_geometry.h"
#include "views/canvas/node_places.h"

#include <QPolygonF>

#include <algorithm>
#include <cmath>

namespace orrery::canvas {
namespace {

// Where more edges than this pass the pointer, none of them can be meant.
constexpr std::size_t mostEdgesToHit = 500;

Result<void> validate(const DisplayGraph& graph)
{
    auto bad = [&](const char* what, std::size_t index, const std::string& found) {
        return Error{ErrorCode::Internal, "expected consistent indices, found " + found,
                     std::string("display ") + what + " " + std::to_string(index)};
    };
    for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
        const DisplayNode& node = graph.nodes[i];
        if (node.id != i)
            return bad("node", i, "id " + std::to_string(node.id));
        if (node.group != noIndex && node.group >= graph.groups.size())
            return bad("node", i, "group " + std::to_string(node.group));
    }
    for (std::size_t i = 0; i < graph.edges.size(); ++i)
        if (graph.edges[i].from >= graph.nodes.size() || graph.edges[i].to >= graph.nodes.size())
            return bad("edge", i, "an end that is no node");
    for (std::size_t i = 0; i < graph.groups.size(); ++i)
        if (graph.groups[i].parent != noIndex && graph.groups[i].parent >= graph.groups.size())
            return bad("group", i, "parent " + std::to_string(graph.groups[i].parent));
    return {};
}

QRectF toQt(const layout::Rect& rect) { return {rect.x, rect.y, rect.width, rect.height}; }

double distanceTo(QPointF a, QPointF b, QPointF point)
{
    const QPointF along = b - a, from = point - a;
    const double length = QPointF::dotProduct(along, along);
    const double t = length > 0 ? std::clamp(QPointF::dotProduct(from, along) / length, 0.0, 1.0) : 0;
    const QPointF off = from - t * along;
    return std::hypot(off.x(), off.y());
}

} // namespace

Result<std::shared_ptr<const GraphScene>> buildScene(const DisplayGraph& full, const theme::Theme& theme,
                                                     const SceneOptions& options, std::stop_token stop)
{
    TRY(validate(full));
    auto scene = std::make_shared<GraphScene>();
    VisibleGraph visible = visibleGraph(full, options.toggledGroups);
    scene->m_graph = std::move(visible.graph);
    scene->m_hiddenBy = std::move(visible.hiddenBy);
    scene->m_stubTargets = std::move(visible.stubTargets);
    scene->m_direction = options.direction;
    scene->m_groupHeaderHeight = metrics::groupHeaderHeight;
    const DisplayGraph& graph = scene->m_graph;

    NodeGeometry geometry(theme);
    layout::LayoutRequest request;
    request.options.direction = options.direction;
    request.nodes.reserve(graph.nodes.size());
    for (const DisplayNode& node : graph.nodes) {
        const QSizeF size = geometry.size(node, graph.legend.shown());
        request.nodes.push_back({{size.width(), size.height()}, node.group});
    }
    request.edges.reserve(graph.edges.size());
    std::size_t longestLabel = 0;
    for (const DisplayEdge& edge : graph.edges) {
        request.edges.push_back({edge.from, edge.to, edge.fromPort});
        longestLabel = std::max(longestLabel, edge.label.size());
    }
    if (longestLabel > 0)
        request.options.rankGap = options.direction == layout::Direction::TopToBottom
                                      ? 46
                                      : std::clamp(30 + 6.0 * double(longestLabel), 72.0, 140.0);
    for (const DisplayGroup& group : graph.groups)
        request.groups.push_back(
            {group.parent, {geometry.groupTitleWidth(group), metrics::groupHeaderHeight}});

    static const Placed nothingPlaced;
    const Placed& byUser = options.placed ? *options.placed : nothingPlaced;
    std::optional<layout::LayoutResult> kept;
    if (options.before)
        kept = keepPlaces(request, graph, *options.before, byUser);
    scene->m_keepsPlaces = kept.has_value();
    if (!kept) {
        kept = TRY(layout::layout(request, options.refine, stop));
        applyPlaced(*kept, request, graph, byUser);
    }
    const layout::LayoutResult& placed = *kept;
    scene->m_bounds = toQt(placed.bounds);
    for (const layout::Rect& rect : placed.nodes)
        scene->m_nodeRects.push_back(toQt(rect));
    for (const layout::Rect& rect : placed.groups)
        scene->m_groupRects.push_back(toQt(rect));
    scene->m_edgeStart = placed.edgeStart;
    scene->m_backEdge = placed.backEdge;
    scene->m_points.reserve(placed.points.size());
    for (const layout::Point& point : placed.points)
        scene->m_points.emplace_back(point.x, point.y);
    const auto edges = std::uint32_t(graph.edges.size());
    scene->m_edgeRects.reserve(edges);
    for (std::uint32_t e = 0; e < edges; ++e) {
        const QPointF* points = scene->edgePoints(e);
        double left = points[0].x(), right = left, top = points[0].y(), bottom = top;
        for (std::size_t p = 1; p < scene->edgePointCount(e); ++p) {
            left = std::min(left, points[p].x());
            right = std::max(right, points[p].x());
            top = std::min(top, points[p].y());
            bottom = std::max(bottom, points[p].y());
        }
        scene->m_edgeRects.emplace_back(left, top, right - left, bottom - top);
    }
    if (stop.stop_requested())
        return Error{ErrorCode::Cancelled, "the layout was cancelled", {}};
    scene->m_nodeIndex = SpatialIndex(scene->m_nodeRects);
    scene->m_edgeIndex = SpatialIndex(scene->m_edgeRects);
    scene->m_edgeLabelRects = placeEdgeLabels(*scene, theme);

    const auto nodes = std::uint32_t(graph.nodes.size());
    for (const DisplayNode& node : graph.nodes)
        scene->m_nodeOfKey.emplace(node.key, node.id);
    for (std::uint32_t g = 0; g < graph.groups.size(); ++g)
        scene->m_groupOfKey.emplace(graph.groups[g].key, g);
    // Incoming edges first, in order of port; then outgoing ones.
    std::vector<std::uint32_t> byPort(edges);
    for (std::uint32_t e = 0; e < edges; ++e)
        byPort[e] = e;
    std::stable_sort(byPort.begin(), byPort.end(), [&](std::uint32_t a, std::uint32_t b) {
        return graph.edges[a].toPort < graph.edges[b].toPort;
    });
    scene->m_incidentStart.assign(nodes + 1, 0);
    for (const DisplayEdge& edge : graph.edges) {
        ++scene->m_incidentStart[edge.from + 1];
        ++scene->m_incidentStart[edge.to + 1];
    }
    for (std::uint32_t i = 0; i < nodes; ++i)
        scene->m_incidentStart[i + 1] += scene->m_incidentStart[i];
    scene->m_incident.resize(2 * std::size_t(edges));
    std::vector<std::uint32_t> next(scene->m_incidentStart.begin(), scene->m_incidentStart.end() - 1);
    for (std::uint32_t e : byPort)
        scene->m_incident[next[graph.edges[e].to]++] = e;
    for (std::uint32_t e = 0; e < edges; ++e)
        scene->m_incident[next[graph.edges[e].from]++] = e;
    return std::shared_ptr<const GraphScene>(std::move(scene));
}

std::vector<std::uint32_t> GraphScene::edgesOf(std::uint32_t node) const
{
    return {m_incident.begin() + m_incidentStart[node], m_incident.begin() + m_incidentStart[node + 1]};
}

std::uint32_t GraphScene::nodeOfKey(std::uint64_t key) const
{
    auto found = m_nodeOfKey.find(key);
    return found == m_nodeOfKey.end() ? noIndex : found->second;
}

std::uint32_t GraphScene::groupOfKey(std::uint64_t key) const
{
    auto found = m_groupOfKey.find(key);
    return found == m_groupOfKey.end() ? noIndex : found->second;
}

std::uint64_t GraphScene::visibleKey(std::uint64_t key) const
{
    if (m_nodeOfKey.contains(key) || m_groupOfKey.contains(key))
        return key;
    auto found = m_hiddenBy.find(key);
    return found == m_hiddenBy.end() ? noKey : found->second;
}

QRectF GraphScene::rectOfKey(std::uint64_t key) const
{
    key = visibleKey(key);
    if (const std::uint32_t node = nodeOfKey(key); node != noIndex)
        return m_nodeRects[node];
    if (const std::uint32_t group = groupOfKey(key); group != noIndex)
        return m_groupRects[group];
    return {};
}

std::uint64_t GraphScene::stubTarget(std::uint32_t node) const
{
    auto found = m_stubTargets.find(node);
    return found == m_stubTargets.end() ? noKey : found->second;
}

std::uint32_t GraphScene::nodeAt(QPointF point) const
{
    std::vector<std::uint32_t> hits;
    m_nodeIndex.query(QRectF(point, QSizeF(0, 0)), hits);
    return hits.empty() ? noIndex : hits.back();
}

std::uint32_t GraphScene::groupHeaderAt(QPointF point) const
{
    std::uint32_t best = noIndex;
    for (std::uint32_t g = 0; g < m_groupRects.size(); ++g) {
        QRectF header = m_groupRects[g];
        header.setHeight(m_groupHeaderHeight);
        if (header.contains(point) &&
            (best == noIndex || m_groupRects[g].width() < m_groupRects[best].width()))
            best = g;
    }
    return best;
}

std::uint32_t GraphScene::edgeAt(QPointF point, double distance) const
{
    std::vector<std::uint32_t> hits;
    m_edgeIndex.query(QRectF(point.x() - distance, point.y() - distance, 2 * distance, 2 * distance), hits);
    if (hits.size() > mostEdgesToHit)
        return noIndex;
    std::uint32_t best = noIndex;
    for (std::uint32_t e : hits) {
        // The curve as it is painted, not the polyline that it rounds.
        for (const QPolygonF& line : smoothPath(*this, e).toSubpathPolygons())
            for (qsizetype p = 0; p + 1 < line.size(); ++p)
                if (const double d = distanceTo(line[p], line[p + 1], point); d <= distance) {
                    distance = d;
                    best = e;
                }
    }
    return best;
}

void GraphScene::nodesIn(const QRectF& area, std::vector<std::uint32_t>& out) const
{
    m_nodeIndex.query(area, out);
}
void GraphScene::edgesIn(const QRectF& area, std::vector<std::uint32_t>& out) const
{
    m_edgeIndex.query(area, out);
}

std::uint32_t GraphScene::neighbour(std::uint32_t node, Step step) const
{
    const QRectF own = m_nodeRects[node];
    if (step == Step::Forward || step == Step::Backward) {
        // Of several neighbours the one most nearly straight ahead.
        std::uint32_t best = noIndex;
        double bestDistance = 0;
        const bool across = m_direction == layout::Direction::LeftToRight;
        for (std::uint32_t k = m_incidentStart[node]; k < m_incidentStart[node + 1]; ++k) {
            const DisplayEdge& edge = m_graph.edges[m_incident[k]];
            const std::uint32_t other = step == Step::Forward ? edge.to : edge.from;
            if (other == node)
                continue;
            const QPointF away = m_nodeRects[other].center() - own.center();
            const double distance = across ? std::abs(away.x()) / 8 + std::abs(away.y())
                                           : std::abs(away.x()) + std::abs(away.y()) / 8;
            if (best == noIndex || distance < bestDistance) {
                best = other;
                bestDistance = distance;
            }
        }
        return best;
    }
    // The nearest node on either side whose extent meets this one's.
    const bool across = m_direction == layout::Direction::LeftToRight;
    QRectF band = across ? QRectF(own.left(), m_bounds.top(), own.width(), m_bounds.height())
                         : QRectF(m_bounds.left(), own.top(), m_bounds.width(), own.height());
    if (step == Step::Next)
        across ? band.setTop(own.bottom()) : band.setLeft(own.right());
    else
        across ? band.setBottom(own.top()) : band.setRight(own.left());
    std::vector<std::uint32_t> hits;
    m_nodeIndex.query(band, hits);
    std::uint32_t best = noIndex;
    double bestDistance = 0;
    for (std::uint32_t other : hits) {
        if (other == node)
            continue;
        const QPointF away = m_nodeRects[other].center() - own.center();
        const double distance = std::abs(away.x()) + std::abs(away.y());
        if (best == noIndex || distance < bestDistance) {
            best = other;
            bestDistance = distance;
        }
    }
    return best;
}

} // namespace orrery::canvas
