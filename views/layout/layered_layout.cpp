// SPDX-License-Identifier: Apache-2.0
//
// The layered layout, after Sugiyama, Tagawa and Toda (1981), with every stage kept to linear time.
//
// Terms: a *rank* is a row of boxes; an edge *spans* the difference of its ends' ranks; a *dummy* is the
// place where an edge that spans several ranks passes one of them; a *lane* is a vertical track beside
// everything.
//
// Steps: split into connected parts → ranks (ranks.cpp) → segments and dummies (segments.cpp) → order on each
// rank (ordering.cpp) → coordinates (placement.cpp) → polylines (routing.cpp) → pack the parts side by side.
//
// Why not otherwise: network-simplex ranking and coordinates (dot) give slightly shorter edges, but cost
// minutes at 10,000 nodes and hang on hubs. Dummies are bounded by cutting off edges longer than eight ranks
// into lanes, which keeps the item count below 8 E; all else is a constant number of sweeps over items. No
// stage recurses, so that a chain of a million nodes costs memory but no stack.
//
// Cost: about 2 µs per node and edge; 100,000 nodes take a few tenths of a second.
#include "views/layout/layered_layout.h"

#include "views/layout/layering.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace orrery::layout {
namespace {

LevelResult layOutPart(const Level& level, const std::stop_token& stop)
{
    Layering state;
    assignRanks(level, state);
    makeSegments(level, state);
    orderRanks(level, state, stop);
    placeItems(level, state, stop);
    return routeEdges(level, state);
}

// Moves everything so that it starts at 0, 0.
void normalize(const Level& level, LevelResult& result)
{
    double left = 1e300, top = 1e300, right = -1e300, bottom = -1e300;
    auto cover = [&](double x0, double y0, double x1, double y1) {
        left = std::min(left, x0);
        top = std::min(top, y0);
        right = std::max(right, x1);
        bottom = std::max(bottom, y1);
    };
    for (std::size_t i = 0; i < level.boxes.size(); ++i) {
        const Point c = result.centers[i];
        const Size s = level.boxes[i];
        cover(c.x - s.width / 2, c.y - s.height / 2, c.x + s.width / 2, c.y + s.height / 2);
    }
    for (const Point& p : result.points)
        cover(p.x, p.y, p.x, p.y);
    if (left > right)
        return;
    for (Point& p : result.centers)
        p = {p.x - left, p.y - top};
    for (Point& p : result.points)
        p = {p.x - left, p.y - top};
    result.size = {right - left, bottom - top};
}

// The connected part of every box: a number from 0 in order of first box. All entries and exits, and what
// hangs on them, count as one part.
std::vector<std::uint32_t> findParts(const Level& level, std::uint32_t& count)
{
    const auto n = std::uint32_t(level.boxes.size());
    std::vector<std::uint32_t> parent(n + 1);
    std::iota(parent.begin(), parent.end(), 0u);
    auto root = [&](std::uint32_t box) {
        while (parent[box] != box)
            box = parent[box] = parent[parent[box]];
        return box;
    };
    auto unite = [&](std::uint32_t a, std::uint32_t b) {
        a = root(a);
        b = root(b);
        parent[std::max(a, b)] = std::min(a, b);
    };
    for (const auto& edge : level.edges)
        unite(edge.from, edge.to);
    for (std::uint32_t box = 0; box < n; ++box)
        if (level.kinds[box] != Level::Box::Node)
            unite(box, n);
    std::vector<std::uint32_t> part(n), number(n + 1, noGroup);
    count = 0;
    for (std::uint32_t box = 0; box < n; ++box) {
        std::uint32_t& own = number[root(box)];
        if (own == noGroup)
            own = count++;
        part[box] = own;
    }
    return part;
}

struct Part {
    Level level;
    std::vector<std::uint32_t> boxes, edges; // indices in the whole
    bool hasPorts = false;
};

// Places rectangles on shelves in the order given; returns their top left corners.
std::vector<Point> packShelves(const std::vector<Size>& sizes, double gap, double aspect)
{
    double area = 0, widest = 0;
    for (const Size& size : sizes) {
        area += (size.width + gap) * (size.height + gap);
        widest = std::max(widest, size.width);
    }
    const double shelf = std::max(widest, std::sqrt(area) * aspect);
    std::vector<Point> corners;
    corners.reserve(sizes.size());
    double x = 0, y = 0, height = 0;
    for (const Size& size : sizes) {
        if (x > 0 && x + size.width > shelf) {
            y += height + gap;
            x = height = 0;
        }
        corners.push_back({x, y});
        x += size.width + gap;
        height = std::max(height, size.height);
    }
    return corners;
}

LevelResult layOutParts(const Level& level, std::stop_token stop)
{
    std::uint32_t count = 0;
    const auto partOf = findParts(level, count);
    if (count <= 1) {
        LevelResult result = layOutPart(level, stop);
        normalize(level, result);
        return result;
    }
    std::vector<Part> parts(count);
    std::vector<std::uint32_t> local(level.boxes.size());
    for (std::uint32_t box = 0; box < level.boxes.size(); ++box) {
        Part& part = parts[partOf[box]];
        local[box] = std::uint32_t(part.boxes.size());
        part.boxes.push_back(box);
        part.level.boxes.push_back(level.boxes[box]);
        part.level.kinds.push_back(level.kinds[box]);
        part.hasPorts = part.hasPorts || level.kinds[box] != Level::Box::Node;
    }
    for (std::uint32_t e = 0; e < level.edges.size(); ++e) {
        Part& part = parts[partOf[level.edges[e].from]];
        part.edges.push_back(e);
        auto edge = level.edges[e];
        edge.from = local[edge.from];
        edge.to = local[edge.to];
        part.level.edges.push_back(edge);
    }
    // The part with ports reaches from the top to the bottom of its group; then come the larger parts.
    std::stable_sort(parts.begin(), parts.end(), [](const Part& a, const Part& b) {
        return a.hasPorts != b.hasPorts ? a.hasPorts : a.boxes.size() > b.boxes.size();
    });

    std::vector<LevelResult> results;
    std::vector<Size> sizes;
    results.reserve(parts.size());
    for (Part& part : parts) {
        part.level.options = level.options;
        if (part.boxes.size() == 1 && part.edges.empty()) {
            const Size size = part.level.boxes[0];
            LevelResult single;
            single.centers = {{size.width / 2, size.height / 2}};
            single.size = size;
            results.push_back(std::move(single));
        } else {
            results.push_back(layOutPart(part.level, stop));
            normalize(part.level, results.back());
        }
        sizes.push_back(results.back().size);
    }
    const double gap = level.options.nodeGap * 1.5;
    std::vector<Point> corners;
    if (parts.front().hasPorts) {
        corners = packShelves({sizes.begin() + 1, sizes.end()}, gap, 1);
        for (Point& corner : corners)
            corner.x += sizes.front().width + gap;
        corners.insert(corners.begin(), Point{0, 0});
    } else {
        corners = packShelves(sizes, gap, 1.6);
    }

    LevelResult whole;
    whole.centers.resize(level.boxes.size());
    whole.backEdge.resize(level.edges.size());
    std::vector<std::pair<std::uint32_t, std::uint32_t>> source(level.edges.size()); // part, edge in it
    for (std::uint32_t p = 0; p < parts.size(); ++p) {
        const Point corner = corners[p];
        for (std::size_t i = 0; i < parts[p].boxes.size(); ++i) {
            const Point center = results[p].centers[i];
            whole.centers[parts[p].boxes[i]] = {center.x + corner.x, center.y + corner.y};
        }
        for (std::uint32_t i = 0; i < parts[p].edges.size(); ++i) {
            source[parts[p].edges[i]] = {p, i};
            whole.backEdge[parts[p].edges[i]] = results[p].backEdge[i];
        }
        whole.size.width = std::max(whole.size.width, corner.x + sizes[p].width);
        whole.size.height = std::max(whole.size.height, corner.y + sizes[p].height);
    }
    whole.edgeStart.assign(1, 0);
    for (auto [p, i] : source) {
        const LevelResult& from = results[p];
        for (std::uint32_t k = from.edgeStart[i]; k < from.edgeStart[i + 1]; ++k)
            whole.points.push_back({from.points[k].x + corners[p].x, from.points[k].y + corners[p].y});
        whole.edgeStart.push_back(std::uint32_t(whole.points.size()));
    }
    return whole;
}

} // namespace

LevelResult layeredLayout(const Level& level, std::stop_token stop)
{
    if (level.boxes.empty()) {
        LevelResult empty;
        empty.edgeStart = {0};
        return empty;
    }
    if (level.options.direction == Direction::TopToBottom)
        return layOutParts(level, stop);
    Level turned = level;
    turned.options.direction = Direction::TopToBottom;
    for (Size& size : turned.boxes)
        std::swap(size.width, size.height);
    LevelResult result = layOutParts(turned, stop);
    for (Point& point : result.centers)
        std::swap(point.x, point.y);
    for (Point& point : result.points)
        std::swap(point.x, point.y);
    std::swap(result.size.width, result.size.height);
    return result;
}

} // namespace orrery::layout
