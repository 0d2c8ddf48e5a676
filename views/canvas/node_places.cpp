// SPDX-License-Identifier: Apache-2.0
//
// A new node's place: between the middle of what it reads and the middle of what reads it, below the first
// or above the second where there is one only. Then whatever it overlaps in the direction of the flow is
// pushed on, with what that overlaps in turn, until nothing does: only nodes in the way move, by as little as
// needed. A node that grew pushes likewise. Frames of groups grow to hold their members.
#include "views/canvas/node_places.h"

#include <algorithm>
#include <cmath>
#include <deque>
#include <numeric>

namespace orrery::canvas {
namespace {

using layout::LayoutRequest;
using layout::LayoutResult;
using layout::Point;
using layout::Rect;

constexpr std::size_t mostNew = 150;    // more are laid out from the ground up …
constexpr double mostNewShare = 0.4;    // … and so is a picture with a larger part of new nodes
constexpr std::size_t mostPushes = 600; // of one edit: the flow is too tight

bool overlap(const Rect& a, const Rect& b, double gap)
{
    return a.x < b.right() + gap && b.x < a.right() + gap && a.y < b.bottom() + gap && b.y < a.bottom() + gap;
}

Point shifted(Point point, Point by) { return {point.x + by.x, point.y + by.y}; }

struct EdgeKey {
    std::uint64_t from, to;
    std::uint32_t ports;
    friend bool operator==(const EdgeKey&, const EdgeKey&) = default;
};
struct EdgeHash {
    std::size_t operator()(const EdgeKey& key) const noexcept
    {
        std::size_t hash = std::hash<std::uint64_t>{}(key.from);
        hash = hash * 1'000'003 + std::hash<std::uint64_t>{}(key.to);
        return hash * 1'000'003 + key.ports;
    }
};
EdgeKey keyOf(const DisplayGraph& graph, const DisplayEdge& edge)
{
    return {graph.nodes[edge.from].key, graph.nodes[edge.to].key,
            std::uint32_t(edge.fromPort) << 16 | edge.toPort};
}

// From one box to another along the flow; back around the side where the other lies before.
void appendRoute(std::vector<Point>& points, const Rect& from, const Rect& to, bool across, double spread)
{
    const Point a = across ? Point{from.right(), from.center().y} : Point{from.center().x, from.bottom()};
    Point b = across ? Point{to.x, to.center().y} : Point{to.center().x, to.y};
    (across ? b.y : b.x) += spread;
    const double ahead = across ? b.x - a.x : b.y - a.y;
    points.push_back(a);
    if (ahead <= 0) {
        constexpr double room = 22;
        const double side =
            across ? std::max(from.bottom(), to.bottom()) + room : std::max(from.right(), to.right()) + room;
        if (across)
            points.insert(points.end(),
                          {{a.x + room, a.y}, {a.x + room, side}, {b.x - room, side}, {b.x - room, b.y}});
        else
            points.insert(points.end(),
                          {{a.x, a.y + room}, {side, a.y + room}, {side, b.y - room}, {b.x, b.y - room}});
    }
    points.push_back(b);
}

// Several edges into one box end beside each other.
double spreadAt(const DisplayEdge& edge) { return edge.toPort == 0 ? 0 : std::min(8.0 * edge.toPort, 24.0); }

void fitGroups(LayoutResult& result, const LayoutRequest& request, const DisplayGraph& graph)
{
    const double padding = request.options.groupPadding;
    auto grow = [&](std::uint32_t group, const Rect& inside) {
        Rect& frame = result.groups[group];
        const double left = inside.x - padding,
                     top = inside.y - padding - request.groups[group].header.height;
        const double right = inside.right() + padding, bottom = inside.bottom() + padding;
        if (frame.width <= 0 || frame.height <= 0) {
            frame = {left, top, std::max(right - left, request.groups[group].header.width), bottom - top};
            return;
        }
        const double x = std::min(frame.x, left), y = std::min(frame.y, top);
        frame = {x, y, std::max(frame.right(), right) - x, std::max(frame.bottom(), bottom) - y};
    };
    for (const DisplayNode& node : graph.nodes)
        if (node.group != noIndex)
            grow(node.group, result.nodes[node.id]);
    // A group is inside of its parent whatever the order: as many rounds as they are deep.
    for (bool changed = true; changed;) {
        changed = false;
        for (std::uint32_t g = 0; g < request.groups.size(); ++g)
            if (const std::uint32_t parent = request.groups[g].parent; parent != layout::noGroup) {
                const Rect before = result.groups[parent];
                const Rect& inner = result.groups[g];
                if (inner.width <= 0)
                    continue;
                if (before.width <= 0 || inner.x < before.x + 1 || inner.y < before.y + 1 ||
                    inner.right() > before.right() - 1 || inner.bottom() > before.bottom() - 1) {
                    grow(parent, inner);
                    changed = true;
                }
            }
    }
}

void fitBounds(LayoutResult& result)
{
    double left = 1e300, top = 1e300, right = -1e300, bottom = -1e300;
    auto take = [&](double x, double y, double r, double b) {
        left = std::min(left, x);
        top = std::min(top, y);
        right = std::max(right, r);
        bottom = std::max(bottom, b);
    };
    for (const Rect& rect : result.nodes)
        take(rect.x, rect.y, rect.right(), rect.bottom());
    for (const Rect& rect : result.groups)
        take(rect.x, rect.y, rect.right(), rect.bottom());
    for (const Point& point : result.points)
        take(point.x, point.y, point.x, point.y);
    if (left <= right)
        result.bounds = {left, top, right - left, bottom - top};
}

class Keeper {
public:
    Keeper(const LayoutRequest& request, const DisplayGraph& graph, const GraphScene& before,
           const Placed& placed)
        : m_request(request)
        , m_graph(graph)
        , m_before(before)
        , m_placed(placed)
        , m_across(request.options.direction == layout::Direction::LeftToRight)
    {}

    std::optional<LayoutResult> keep()
    {
        if (m_before.direction() != m_request.options.direction || m_before.nodeCount() == 0)
            return std::nullopt;
        const std::size_t n = m_graph.nodes.size();
        m_result.nodes.resize(n);
        m_isPlaced.resize(n, 0);
        std::vector<std::uint32_t> fresh, grown;
        for (std::uint32_t i = 0; i < n; ++i)
            if (!takeOver(i))
                fresh.push_back(i);
            else if (hasGrown(i))
                grown.push_back(i);
        // A row for measurements makes all of them longer.
        if (grown.size() > mostNew || double(grown.size()) > mostNewShare * double(n) + 1)
            return std::nullopt;
        if (fresh.size() > mostNew || double(fresh.size()) > mostNewShare * double(n) + 1)
            return std::nullopt;
        m_result.groups.assign(m_graph.groups.size(), Rect{});
        for (std::uint32_t g = 0; g < m_graph.groups.size(); ++g)
            if (const std::uint32_t old = m_before.groupOfKey(m_graph.groups[g].key);
                old != noIndex && m_before.graph().groups[old].title == m_graph.groups[g].title) {
                const QRectF frame = m_before.groupRect(old);
                m_result.groups[g] = {frame.x(), frame.y(), frame.width(), frame.height()};
            }
        for (std::uint32_t i : grown)
            if (!pushApart(i))
                return std::nullopt;
        for (std::uint32_t i : fresh) {
            place(i);
            if (!pushApart(i))
                return std::nullopt;
        }
        fitGroups(m_result, m_request, m_graph);
        route();
        fitBounds(m_result);
        return std::move(m_result);
    }

private:
    // A stub's key is a running number; it is known by whom it serves.
    bool takeOver(std::uint32_t i)
    {
        const DisplayNode& node = m_graph.nodes[i];
        const layout::Size size = m_request.nodes[i].size;
        if (auto own = m_placed.find(node.key); own != m_placed.end()) {
            m_result.nodes[i] = {own->second.x(), own->second.y(), size.width, size.height};
            m_isPlaced[i] = 1;
            return true;
        }
        const std::uint32_t old = m_before.nodeOfKey(node.key);
        if (old == noIndex || m_before.graph().nodes[old].kind != node.kind ||
            (node.kind == NodeKind::Stub || node.kind == NodeKind::Group
                 ? m_before.graph().nodes[old].title != node.title
                 : false))
            return false;
        const QRectF rect = m_before.nodeRect(old);
        // What grew or shrank keeps the middle of the edge where the flow comes in.
        m_result.nodes[i] = m_across
                                ? Rect{rect.x(), rect.center().y() - size.height / 2, size.width, size.height}
                                : Rect{rect.center().x() - size.width / 2, rect.y(), size.width, size.height};
        m_isPlaced[i] = 1;
        return true;
    }

    // Along the flow, where its neighbours are close.
    bool hasGrown(std::uint32_t i) const
    {
        const std::uint32_t old = m_before.nodeOfKey(m_graph.nodes[i].key);
        if (old == noIndex || m_placed.contains(m_graph.nodes[i].key))
            return false;
        const QRectF was = m_before.nodeRect(old);
        const Rect& now = m_result.nodes[i];
        return m_across ? now.width > was.width() + 1 : now.height > was.height() + 1;
    }

    void place(std::uint32_t i)
    {
        const layout::Size size = m_request.nodes[i].size;
        double above = -1e300, below = 1e300, sum = 0, readers = 0;
        std::size_t count = 0;
        for (const DisplayEdge& edge : m_graph.edges) {
            if (edge.to == i && m_isPlaced[edge.from]) {
                const Rect& from = m_result.nodes[edge.from];
                above = std::max(above, m_across ? from.right() : from.bottom());
                sum += m_across ? from.center().y : from.center().x;
                ++count;
            } else if (edge.from == i && m_isPlaced[edge.to]) {
                const Rect& to = m_result.nodes[edge.to];
                below = std::min(below, m_across ? to.x : to.y);
                readers += 1;
                sum += m_across ? to.center().y : to.center().x;
                ++count;
            }
        }
        const double length = m_across ? size.width : size.height, gap = m_request.options.rankGap * 0.6;
        const QRectF bounds = m_before.bounds();
        double along = m_across ? bounds.right() + gap : bounds.top();
        double middle = m_across ? bounds.center().y() : bounds.right() + gap + size.width / 2;
        if (count > 0) {
            middle = sum / double(count);
            if (above > -1e299 && below < 1e299 && below - above >= length)
                along = (above + below - length) / 2;
            else if (above > -1e299)
                along = above + gap;
            else
                along = below - gap - length;
        }
        m_result.nodes[i] = m_across ? Rect{along, middle - size.height / 2, size.width, size.height}
                                     : Rect{middle - size.width / 2, along, size.width, size.height};
        m_isPlaced[i] = 1;
    }

    bool pushApart(std::uint32_t first)
    {
        const double gap = m_request.options.nodeGap * 0.75;
        std::deque<std::uint32_t> open = {first};
        std::size_t pushes = 0;
        while (!open.empty()) {
            const std::uint32_t at = open.front();
            open.pop_front();
            for (std::uint32_t other = 0; other < m_result.nodes.size(); ++other) {
                if (other == at || !m_isPlaced[other] || other == first)
                    continue;
                const Rect mine = m_result.nodes[at];
                Rect& theirs = m_result.nodes[other];
                if (!overlap(mine, theirs, gap))
                    continue;
                if (m_placed.contains(m_graph.nodes[other].key))
                    continue; // the user wants it there
                if (++pushes > mostPushes)
                    return false;
                if (m_across)
                    theirs.x = mine.right() + gap + 6;
                else
                    theirs.y = mine.bottom() + gap + 6;
                open.push_back(other);
            }
        }
        return true;
    }

    void route()
    {
        std::unordered_map<EdgeKey, std::uint32_t, EdgeHash> old;
        const DisplayGraph& was = m_before.graph();
        for (std::uint32_t e = 0; e < was.edges.size(); ++e)
            old.try_emplace(keyOf(was, was.edges[e]), e);
        m_result.edgeStart = {0};
        m_result.backEdge.assign(m_graph.edges.size(), 0);
        for (std::uint32_t e = 0; e < m_graph.edges.size(); ++e) {
            const DisplayEdge& edge = m_graph.edges[e];
            const auto known = old.find(keyOf(m_graph, edge));
            const auto shift = known == old.end() ? std::nullopt : shiftOf(edge, was.edges[known->second]);
            if (shift) {
                const QPointF* points = m_before.edgePoints(known->second);
                for (std::size_t p = 0; p < m_before.edgePointCount(known->second); ++p)
                    m_result.points.push_back(shifted({points[p].x(), points[p].y()}, *shift));
                m_result.backEdge[e] = m_before.isBackEdge(known->second) ? 1 : 0;
            } else {
                appendRoute(m_result.points, m_result.nodes[edge.from], m_result.nodes[edge.to], m_across,
                            spreadAt(edge));
            }
            m_result.edgeStart.push_back(std::uint32_t(m_result.points.size()));
        }
    }

    // By how much both ends of an edge moved alike; nothing when they did not.
    std::optional<Point> shiftOf(const DisplayEdge& edge, const DisplayEdge& was) const
    {
        auto moved = [&](std::uint32_t node, std::uint32_t old) {
            const QRectF rect = m_before.nodeRect(old);
            const Rect& now = m_result.nodes[node];
            return Point{now.center().x - rect.center().x(), now.y - rect.y()};
        };
        const Point a = moved(edge.from, was.from), b = moved(edge.to, was.to);
        if (std::abs(a.x - b.x) > 0.5 || std::abs(a.y - b.y) > 0.5)
            return std::nullopt;
        return a;
    }

    const LayoutRequest& m_request;
    const DisplayGraph& m_graph;
    const GraphScene& m_before;
    const Placed& m_placed;
    const bool m_across;
    LayoutResult m_result;
    std::vector<std::uint8_t> m_isPlaced;
};

} // namespace

std::optional<LayoutResult> keepPlaces(const LayoutRequest& request, const DisplayGraph& graph,
                                       const GraphScene& before, const Placed& placed)
{
    return Keeper(request, graph, before, placed).keep();
}

void applyPlaced(LayoutResult& result, const LayoutRequest& request, const DisplayGraph& graph,
                 const Placed& placed)
{
    std::vector<std::uint8_t> moved(graph.nodes.size(), 0);
    bool any = false;
    for (const DisplayNode& node : graph.nodes)
        if (auto own = placed.find(node.key); own != placed.end()) {
            result.nodes[node.id].x = own->second.x();
            result.nodes[node.id].y = own->second.y();
            moved[node.id] = 1;
            any = true;
        }
    if (!any)
        return;
    const bool across = request.options.direction == layout::Direction::LeftToRight;
    std::vector<Point> points;
    std::vector<std::uint32_t> starts = {0};
    for (std::uint32_t e = 0; e < graph.edges.size(); ++e) {
        const DisplayEdge& edge = graph.edges[e];
        if (moved[edge.from] || moved[edge.to])
            appendRoute(points, result.nodes[edge.from], result.nodes[edge.to], across, spreadAt(edge));
        else
            points.insert(points.end(), result.points.begin() + result.edgeStart[e],
                          result.points.begin() + result.edgeStart[e + 1]);
        starts.push_back(std::uint32_t(points.size()));
    }
    result.points = std::move(points);
    result.edgeStart = std::move(starts);
    fitGroups(result, request, graph);
    fitBounds(result);
}

Snap snapTo(const QRectF& box, const std::vector<QRectF>& others, double reach)
{
    Snap snap;
    double bestX = reach, bestY = reach;
    auto near = [](double& best, double by, double line, std::optional<double>& shown) {
        if (std::abs(by) >= best)
            return false;
        best = std::abs(by);
        shown = line;
        return true;
    };
    for (const QRectF& other : others) {
        for (auto [mine, theirs] : {std::pair(box.left(), other.left()),
                                    {box.center().x(), other.center().x()},
                                    {box.right(), other.right()}})
            if (near(bestX, theirs - mine, theirs, snap.x))
                snap.by.setX(theirs - mine);
        for (auto [mine, theirs] : {std::pair(box.top(), other.top()),
                                    {box.center().y(), other.center().y()},
                                    {box.bottom(), other.bottom()}})
            if (near(bestY, theirs - mine, theirs, snap.y))
                snap.by.setY(theirs - mine);
    }
    return snap;
}

std::vector<QPointF> aligned(const std::vector<QRectF>& boxes, Align how)
{
    std::vector<QPointF> corners;
    QRectF all;
    for (const QRectF& box : boxes) {
        corners.push_back(box.topLeft());
        all |= box;
    }
    auto distribute = [&](auto start, auto length, auto set) {
        std::vector<std::size_t> order(boxes.size());
        std::iota(order.begin(), order.end(), 0);
        std::stable_sort(order.begin(), order.end(),
                         [&](std::size_t a, std::size_t b) { return start(boxes[a]) < start(boxes[b]); });
        double taken = 0;
        for (const QRectF& box : boxes)
            taken += length(box);
        const double gap = boxes.size() < 2 ? 0 : (length(all) - taken) / double(boxes.size() - 1);
        double at = start(all);
        for (std::size_t i : order) {
            set(corners[i], at);
            at += length(boxes[i]) + gap;
        }
    };
    switch (how) {
    case Align::Left:
        for (QPointF& corner : corners)
            corner.setX(all.left());
        break;
    case Align::Top:
        for (QPointF& corner : corners)
            corner.setY(all.top());
        break;
    case Align::CentersAcross:
        for (std::size_t i = 0; i < boxes.size(); ++i)
            corners[i].setX(all.center().x() - boxes[i].width() / 2);
        break;
    case Align::CentersDown:
        for (std::size_t i = 0; i < boxes.size(); ++i)
            corners[i].setY(all.center().y() - boxes[i].height() / 2);
        break;
    case Align::DistributeAcross:
        distribute([](const QRectF& box) { return box.left(); },
                   [](const QRectF& box) { return box.width(); },
                   [](QPointF& corner, double at) { corner.setX(at); });
        break;
    case Align::DistributeDown:
        distribute([](const QRectF& box) { return box.top(); },
                   [](const QRectF& box) { return box.height(); },
                   [](QPointF& corner, double at) { corner.setY(at); });
        break;
    }
    return corners;
}

} // namespace orrery::canvas
