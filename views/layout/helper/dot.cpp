// SPDX-License-Identifier: Apache-2.0
#include "views/layout/helper/dot.h"

#include <algorithm>
#include <cmath>
#include <gvc.h>
#include <string>

namespace orrery::layout {
namespace {

constexpr double pointsPerInch = 72; // one pixel is one point here
constexpr std::size_t straightAbove = 500;

void setText(void* object, const char* name, const std::string& value)
{
    // cgraph takes char* but does not change what it points to.
    agsafeset(object, const_cast<char*>(name), const_cast<char*>(value.c_str()), const_cast<char*>(""));
}

// The control points of an edge's polyline, from tail to head, y downwards.
std::vector<Point> pointsOf(Agedge_t* edge)
{
    std::vector<Point> result;
    const splines* route = ED_spl(edge);
    if (!route || route->size < 1)
        return result;
    const bezier& curve = route->list[0];
    auto add = [&](pointf p) {
        const Point point{p.x, -p.y};
        if (result.empty() || std::hypot(result.back().x - point.x, result.back().y - point.y) > 0.5)
            result.push_back(point);
    };
    if (curve.sflag)
        add(curve.sp);
    // A polyline is a Bézier curve whose inner control points repeat its corners: every third is a corner.
    for (int i = 0; i < curve.size; i += 3)
        add(curve.list[i]);
    if (curve.eflag)
        add(curve.ep);
    return result;
}

} // namespace

Dot::Dot()
    : m_context(gvContext())
{}

Dot::~Dot() { gvFreeContext(m_context); }

std::optional<LevelResult> Dot::layOut(const Level& level)
{
    const bool across = level.options.direction == Direction::LeftToRight;
    Agraph_t* graph = agopen(const_cast<char*>("level"), Agdirected, nullptr);
    setText(graph, "rankdir", across ? "LR" : "TB");
    setText(graph, "nodesep", std::to_string(level.options.nodeGap / pointsPerInch));
    setText(graph, "ranksep", std::to_string(level.options.rankGap / pointsPerInch));
    setText(graph, "splines", level.edges.size() > straightAbove ? "line" : "polyline");
    setText(graph, "nslimit", "1");
    if (level.boxes.size() > straightAbove) {
        setText(graph, "nslimit1", "1");
        setText(graph, "mclimit", "0.5");
    }
    agattr(graph, AGNODE, const_cast<char*>("shape"), const_cast<char*>("box"));
    agattr(graph, AGNODE, const_cast<char*>("fixedsize"), const_cast<char*>("true"));
    agattr(graph, AGNODE, const_cast<char*>("label"), const_cast<char*>(""));
    agattr(graph, AGEDGE, const_cast<char*>("dir"), const_cast<char*>("none"));
    agattr(graph, AGEDGE, const_cast<char*>("tailport"), const_cast<char*>(across ? "e" : "s"));
    agattr(graph, AGEDGE, const_cast<char*>("headport"), const_cast<char*>(across ? "w" : "n"));

    Agraph_t* first = nullptr;
    Agraph_t* last = nullptr;
    std::vector<Agnode_t*> nodes;
    for (std::size_t i = 0; i < level.boxes.size(); ++i) {
        Agnode_t* node = agnode(graph, const_cast<char*>(std::to_string(i).c_str()), 1);
        setText(node, "width", std::to_string(std::max(1.0, level.boxes[i].width) / pointsPerInch));
        setText(node, "height", std::to_string(std::max(1.0, level.boxes[i].height) / pointsPerInch));
        auto join = [&](Agraph_t*& rank, const char* name, const char* where) {
            if (!rank) {
                rank = agsubg(graph, const_cast<char*>(name), 1);
                setText(rank, "rank", where);
            }
            agsubnode(rank, node, 1);
        };
        if (level.kinds[i] == Level::Box::Entry)
            join(first, "first", "source");
        if (level.kinds[i] == Level::Box::Exit)
            join(last, "last", "sink");
        nodes.push_back(node);
    }
    std::vector<Agedge_t*> edges;
    for (std::size_t e = 0; e < level.edges.size(); ++e)
        edges.push_back(agedge(graph, nodes[level.edges[e].from], nodes[level.edges[e].to],
                               const_cast<char*>(std::to_string(e).c_str()), 1));

    std::optional<LevelResult> result;
    if (gvLayout(m_context, graph, "dot") == 0) {
        result.emplace();
        for (std::size_t i = 0; i < nodes.size(); ++i)
            result->centers.push_back({ND_coord(nodes[i]).x, -ND_coord(nodes[i]).y});
        result->edgeStart.assign(1, 0);
        result->backEdge.assign(edges.size(), 0);
        const double half = level.options.rankGap / 2;
        for (std::size_t e = 0; e < edges.size(); ++e) {
            const Level::Edge& edge = level.edges[e];
            auto points = pointsOf(edges[e]);
            const Point from = result->centers[edge.from], to = result->centers[edge.to];
            const Size fromSize = level.boxes[edge.from], toSize = level.boxes[edge.to];
            // The ends are ours: exactly on the rim, at the port. A port away from the middle gets a bend in
            // the gap.
            Point start = across ? Point{from.x + fromSize.width / 2, from.y + edge.fromOffset}
                                 : Point{from.x + edge.fromOffset, from.y + fromSize.height / 2};
            Point end = across ? Point{to.x - toSize.width / 2, to.y + edge.toOffset}
                               : Point{to.x + edge.toOffset, to.y - toSize.height / 2};
            std::vector<Point> inner;
            if (points.size() > 2)
                inner.assign(points.begin() + 1, points.end() - 1);
            if (edge.fromFixed && std::abs(edge.fromOffset) > 1)
                inner.insert(inner.begin(),
                             across ? Point{start.x + half, from.y} : Point{from.x, start.y + half});
            if (edge.toFixed && std::abs(edge.toOffset) > 1)
                inner.push_back(across ? Point{end.x - half, to.y} : Point{to.x, end.y - half});
            result->points.push_back(start);
            result->points.insert(result->points.end(), inner.begin(), inner.end());
            result->points.push_back(end);
            result->edgeStart.push_back(std::uint32_t(result->points.size()));
        }
    }
    gvFreeLayout(m_context, graph);
    agclose(graph);
    return result;
}

} // namespace orrery::layout
