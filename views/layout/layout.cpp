// SPDX-License-Identifier: Apache-2.0
//
// Layout of nested groups by composition. Every group (and the top) is one Level: its own nodes, its child
// groups as boxes, and a point box on its rim for each value that enters or leaves. Levels are solved from
// the innermost out, because a group's size and the places of its ports are needed by its parent; then
// positions are summed from the outermost in. An edge between two groups is cut at every frame that it
// crosses; its pieces meet at the ports. Edges that carry one value into or out of a group share the port and
// everything outside of it. Cost: linear in nodes plus cut edges.
#include "views/layout/layout.h"

#include "views/layout/layered_layout.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>
#include <unordered_map>

namespace orrery::layout {
namespace {

constexpr double largestSize = 1e6;

bool goodSize(Size size)
{
    return std::isfinite(size.width) && std::isfinite(size.height) && size.width >= 0 && size.height >= 0 &&
           size.width <= largestSize && size.height <= largestSize;
}

// Depth of every group, the top level being 0 and its groups 1; empty when parents form a cycle.
std::vector<std::uint32_t> depths(const std::vector<LayoutGroup>& groups)
{
    std::vector<std::uint32_t> depth(groups.size(), 0), path;
    for (std::uint32_t start = 0; start < groups.size(); ++start) {
        path.clear();
        std::uint32_t at = start;
        while (at != noGroup && depth[at] == 0) {
            if (path.size() > groups.size())
                return {};
            path.push_back(at);
            at = groups[at].parent;
        }
        std::uint32_t known = at == noGroup ? 0 : depth[at];
        for (std::size_t i = path.size(); i-- > 0;)
            depth[path[i]] = ++known;
    }
    return depth;
}

Error badIndex(const char* what, std::size_t index, const char* field, std::size_t found, std::size_t limit)
{
    return {ErrorCode::Internal,
            std::string("expected ") + field + " below " + std::to_string(limit) + ", found " +
                std::to_string(found),
            std::string("layout ") + what + " " + std::to_string(index)};
}

// A level under construction. Its number is the group's index + 1; the top is 0.
struct Work {
    Level level;
    std::uint32_t owner = noGroup;
    struct Port {                       // an end of a level edge that lies on a child group's frame
        std::uint32_t edge, child, box; // level edge; child's number; box in the child
        bool atStart;
    };
    std::vector<Port> ports;
    LevelResult result;
    Point contentOffset; // of the result within the frame
    Size frame;
    Point corner; // absolute, of the frame
};

struct Piece {
    std::uint32_t level, edge;
};

struct RimKey {
    std::uint32_t level, node;
    std::uint16_t port;
    bool exit;
    friend bool operator==(const RimKey&, const RimKey&) = default;
};
struct RimHash {
    std::size_t operator()(const RimKey& key) const noexcept
    {
        std::uint64_t h = (std::uint64_t(key.level) << 32 | key.node) * 0x9e3779b97f4a7c15ull;
        h ^= (std::uint64_t(key.port) << 1 | std::uint64_t(key.exit)) * 0xc2b2ae3d27d4eb4full;
        return std::size_t(h ^ (h >> 29));
    }
};

class Composer {
public:
    Composer(const LayoutRequest& request, const LevelRefiner& refine, std::stop_token stop)
        : m_request(request)
        , m_refine(refine)
        , m_stop(stop)
        , m_depth(depths(request.groups))
        , m_works(request.groups.size() + 1)
        , m_boxOfNode(request.nodes.size())
        , m_boxOfGroup(request.groups.size())
    {}

    Result<LayoutResult> run()
    {
        makeBoxes();
        cutEdges();
        // Innermost groups first: by descending depth, in order of index.
        std::vector<std::uint32_t> order(m_request.groups.size());
        std::iota(order.begin(), order.end(), 0u);
        std::stable_sort(order.begin(), order.end(),
                         [&](std::uint32_t a, std::uint32_t b) { return m_depth[a] > m_depth[b]; });
        for (std::uint32_t group : order)
            if (!solve(group + 1))
                return cancelled();
        if (!solve(0))
            return cancelled();
        return place(order);
    }

private:
    static Error cancelled() { return {ErrorCode::Cancelled, "the layout was cancelled", {}}; }
    static std::uint32_t levelOf(std::uint32_t group) { return group == noGroup ? 0 : group + 1; }
    std::uint32_t depthOf(std::uint32_t group) const { return group == noGroup ? 0 : m_depth[group]; }
    std::uint32_t parentOf(std::uint32_t group) const { return m_request.groups[group].parent; }

    std::uint32_t addBox(std::uint32_t level, Size size, Level::Box kind)
    {
        Level& into = m_works[level].level;
        into.boxes.push_back(size);
        into.kinds.push_back(kind);
        return std::uint32_t(into.boxes.size() - 1);
    }

    void makeBoxes()
    {
        for (std::size_t g = 0; g < m_works.size(); ++g) {
            m_works[g].level.options = m_request.options;
            m_works[g].owner = g == 0 ? noGroup : std::uint32_t(g - 1);
        }
        // A group's box comes where its first node stands in the order, so that the order of nodes is kept.
        std::vector<std::uint8_t> made(m_request.groups.size(), 0);
        auto makeGroup = [&](std::uint32_t group) {
            for (; group != noGroup && !made[group]; group = parentOf(group)) {
                made[group] = 1;
                m_boxOfGroup[group] = addBox(levelOf(parentOf(group)), {}, Level::Box::Node);
            }
        };
        for (std::uint32_t node = 0; node < m_request.nodes.size(); ++node) {
            const std::uint32_t group = m_request.nodes[node].group;
            makeGroup(group);
            m_boxOfNode[node] = addBox(levelOf(group), m_request.nodes[node].size, Level::Box::Node);
        }
        for (std::uint32_t group = 0; group < m_request.groups.size(); ++group)
            makeGroup(group);
    }

    // One end of a level edge: a box, and the port on it when the box is a child group.
    struct End {
        std::uint32_t box, child = 0, port = 0; // child: its level number, 0 for a plain box
    };

    void addEdge(std::uint32_t level, End from, End to, std::uint32_t net)
    {
        Work& work = m_works[level];
        const auto index = std::uint32_t(work.level.edges.size());
        work.level.edges.push_back({from.box, to.box, net, 0, 0, from.child != 0, to.child != 0});
        if (from.child)
            work.ports.push_back({index, from.child, from.port, true});
        if (to.child)
            work.ports.push_back({index, to.child, to.port, false});
    }

    // The end in the given group for the value's producer, which lies in or below it.
    End producerEnd(std::uint32_t edgeIndex, std::uint32_t group, std::vector<Piece>& pieces)
    {
        const LayoutEdge& edge = m_request.edges[edgeIndex];
        std::uint32_t at = m_request.nodes[edge.from].group;
        End end{m_boxOfNode[edge.from]};
        std::uint32_t net = edge.fromPort;
        while (at != group) {
            const std::uint32_t level = levelOf(at);
            auto [rim, isNew] = m_rim.try_emplace({level, edge.from, edge.fromPort, true}, Rim{});
            if (isNew) {
                rim->second.box = addBox(level, {}, Level::Box::Exit);
                rim->second.edge = std::uint32_t(m_works[level].level.edges.size());
                addEdge(level, end, {rim->second.box}, net);
            }
            pieces.push_back({level, rim->second.edge});
            end = {m_boxOfGroup[at], level, rim->second.box};
            net = rim->second.box;
            at = parentOf(at);
        }
        return end;
    }

    struct Rim {
        std::uint32_t box = 0, edge = 0;
    };

    void cutEdges()
    {
        m_pieceStart.assign(1, 0);
        std::vector<std::uint32_t> downPath;
        for (std::uint32_t e = 0; e < m_request.edges.size(); ++e) {
            const LayoutEdge& edge = m_request.edges[e];
            const std::uint32_t fromGroup = m_request.nodes[edge.from].group;
            const std::uint32_t toGroup = m_request.nodes[edge.to].group;
            std::uint32_t a = fromGroup, b = toGroup;
            while (depthOf(a) > depthOf(b))
                a = parentOf(a);
            while (depthOf(b) > depthOf(a))
                b = parentOf(b);
            while (a != b) {
                a = parentOf(a);
                b = parentOf(b);
            }
            downPath.clear();
            for (std::uint32_t at = toGroup; at != a; at = parentOf(at))
                downPath.push_back(at);
            End from = producerEnd(e, a, m_pieces);
            std::uint32_t net = from.child ? from.port : edge.fromPort;
            std::uint32_t level = levelOf(a);
            for (std::size_t i = downPath.size(); i-- > 0;) {
                const std::uint32_t inner = levelOf(downPath[i]);
                auto [rim, isNew] = m_rim.try_emplace({inner, edge.from, edge.fromPort, false}, Rim{});
                if (isNew) {
                    rim->second.box = addBox(inner, {}, Level::Box::Entry);
                    rim->second.edge = std::uint32_t(m_works[level].level.edges.size());
                    addEdge(level, from, {m_boxOfGroup[downPath[i]], inner, rim->second.box}, net);
                }
                m_pieces.push_back({level, rim->second.edge});
                from = {rim->second.box};
                net = 0;
                level = inner;
            }
            m_pieces.push_back({level, std::uint32_t(m_works[level].level.edges.size())});
            addEdge(level, from, {m_boxOfNode[edge.to]}, net);
            m_pieceStart.push_back(std::uint32_t(m_pieces.size()));
        }
    }

    bool solve(std::uint32_t number)
    {
        if (m_stop.stop_requested())
            return false;
        Work& work = m_works[number];
        const bool across = m_request.options.direction == Direction::LeftToRight;
        for (const Work::Port& port : work.ports) {
            const Work& child = m_works[port.child];
            const Point center = child.result.centers[port.box];
            const double offset = across ? center.y + child.contentOffset.y - child.frame.height / 2
                                         : center.x + child.contentOffset.x - child.frame.width / 2;
            auto& edge = work.level.edges[port.edge];
            (port.atStart ? edge.fromOffset : edge.toOffset) = offset;
        }
        std::optional<LevelResult> refined;
        if (m_refine)
            refined = m_refine(work.level);
        work.result = refined ? std::move(*refined) : layeredLayout(work.level, m_stop);
        if (m_stop.stop_requested())
            return false;
        if (number == 0)
            return true;
        const LayoutGroup& group = m_request.groups[work.owner];
        const double padding = m_request.options.groupPadding;
        const double inner = std::max(work.result.size.width, group.header.width - 2 * padding);
        work.frame = {inner + 2 * padding, work.result.size.height + group.header.height + 2 * padding};
        work.contentOffset = {padding + (inner - work.result.size.width) / 2, group.header.height + padding};
        m_works[levelOf(group.parent)].level.boxes[m_boxOfGroup[work.owner]] = work.frame;
        return true;
    }

    LayoutResult place(const std::vector<std::uint32_t>& innermostFirst)
    {
        LayoutResult result;
        result.bounds = {0, 0, m_works[0].result.size.width, m_works[0].result.size.height};
        result.groups.resize(m_request.groups.size());
        for (std::size_t i = innermostFirst.size(); i-- > 0;) {
            const std::uint32_t group = innermostFirst[i];
            Work& work = m_works[group + 1];
            const Work& parent = m_works[levelOf(parentOf(group))];
            const Point center = parent.result.centers[m_boxOfGroup[group]];
            work.corner = {parent.corner.x + parent.contentOffset.x + center.x - work.frame.width / 2,
                           parent.corner.y + parent.contentOffset.y + center.y - work.frame.height / 2};
            result.groups[group] = {work.corner.x, work.corner.y, work.frame.width, work.frame.height};
        }
        result.nodes.reserve(m_request.nodes.size());
        for (std::size_t node = 0; node < m_request.nodes.size(); ++node) {
            const Work& work = m_works[levelOf(m_request.nodes[node].group)];
            const Point center = work.result.centers[m_boxOfNode[node]];
            const Size size = m_request.nodes[node].size;
            result.nodes.push_back({work.corner.x + work.contentOffset.x + center.x - size.width / 2,
                                    work.corner.y + work.contentOffset.y + center.y - size.height / 2,
                                    size.width, size.height});
        }
        result.edgeStart.assign(1, 0);
        result.backEdge.assign(m_request.edges.size(), 0);
        for (std::size_t e = 0; e < m_request.edges.size(); ++e) {
            for (std::uint32_t p = m_pieceStart[e]; p < m_pieceStart[e + 1]; ++p) {
                const Work& work = m_works[m_pieces[p].level];
                const std::uint32_t piece = m_pieces[p].edge;
                result.backEdge[e] |= work.result.backEdge[piece];
                for (std::uint32_t k = work.result.edgeStart[piece]; k < work.result.edgeStart[piece + 1];
                     ++k) {
                    const Point point{work.corner.x + work.contentOffset.x + work.result.points[k].x,
                                      work.corner.y + work.contentOffset.y + work.result.points[k].y};
                    if (result.points.size() == result.edgeStart.back() || !(result.points.back() == point))
                        result.points.push_back(point);
                }
            }
            // An edge of no length still has two points.
            if (result.points.size() - result.edgeStart.back() < 2)
                result.points.push_back(result.points.empty() ? Point{} : result.points.back());
            result.edgeStart.push_back(std::uint32_t(result.points.size()));
        }
        return result;
    }

    const LayoutRequest& m_request;
    const LevelRefiner& m_refine;
    std::stop_token m_stop;
    std::vector<std::uint32_t> m_depth;
    std::vector<Work> m_works;
    std::vector<std::uint32_t> m_boxOfNode, m_boxOfGroup;
    std::unordered_map<RimKey, Rim, RimHash> m_rim;
    std::vector<Piece> m_pieces;
    std::vector<std::uint32_t> m_pieceStart;
};

} // namespace

Result<void> validate(const LayoutRequest& request)
{
    const std::size_t nodes = request.nodes.size(), groups = request.groups.size();
    for (std::size_t i = 0; i < nodes; ++i) {
        const LayoutNode& node = request.nodes[i];
        if (node.group != noGroup && node.group >= groups)
            return badIndex("node", i, "a group", node.group, groups);
        if (!goodSize(node.size))
            return Error{ErrorCode::Internal, "expected a size between 0 and 1e6",
                         "layout node " + std::to_string(i)};
    }
    for (std::size_t i = 0; i < request.edges.size(); ++i) {
        const LayoutEdge& edge = request.edges[i];
        if (edge.from >= nodes)
            return badIndex("edge", i, "a producer", edge.from, nodes);
        if (edge.to >= nodes)
            return badIndex("edge", i, "a consumer", edge.to, nodes);
    }
    for (std::size_t i = 0; i < groups; ++i) {
        const LayoutGroup& group = request.groups[i];
        if (group.parent != noGroup && group.parent >= groups)
            return badIndex("group", i, "a parent", group.parent, groups);
        if (!goodSize(group.header))
            return Error{ErrorCode::Internal, "expected a size between 0 and 1e6",
                         "layout group " + std::to_string(i)};
    }
    if (groups > 0 && depths(request.groups).empty())
        return Error{ErrorCode::Internal, "the parents of groups form a cycle", "layout"};
    return {};
}

Result<LayoutResult> layout(const LayoutRequest& request, const LevelRefiner& refine, std::stop_token stop)
{
    TRY(validate(request));
    return Composer(request, refine, stop).run();
}

} // namespace orrery::layout
