// SPDX-License-Identifier: Apache-2.0
//
// Ranks: which row a box is on. Depth-first search marks the edges that close cycles; the others form a DAG,
// whose boxes get their longest distance from a source (Kahn's order). Some boxes then sink to just above
// their first consumer, as long as that makes no edges longer on the whole: those without predecessors (a
// constant stands by its user), those that make more values than they read, and chains that hang on such.
// Edges from a hub weigh nothing here, because they share one line: what many blocks derive from one value,
// such as shape arithmetic, stands in its block and not in one wide row below the hub. Entries are alone on
// the first rank, exits on the last. Linear, no recursion.
#include "views/layout/layering.h"

#include <algorithm>

namespace orrery::layout {
namespace {

// A box whose outputs are read more often than this is a hub.
constexpr std::size_t hubReaders = 4;

// Marks the edges that lead to a box on the current search path.
void markBackEdges(const Level& level, const Adjacency& out, const std::vector<std::uint32_t>& inDegree,
                   std::vector<EdgeRoute>& route)
{
    const auto n = std::uint32_t(level.boxes.size());
    enum : std::uint8_t { New, OnPath, Done };
    std::vector<std::uint8_t> state(n, New);
    struct Frame {
        std::uint32_t box, next;
    };
    std::vector<Frame> path;
    auto search = [&](std::uint32_t root) {
        if (state[root] != New)
            return;
        state[root] = OnPath;
        path.push_back({root, 0});
        while (!path.empty()) {
            auto& frame = path.back();
            auto edges = out.of(frame.box);
            if (frame.next == edges.size()) {
                state[frame.box] = Done;
                path.pop_back();
                continue;
            }
            std::uint32_t edge = edges[frame.next++];
            std::uint32_t to = level.edges[edge].to;
            if (state[to] == OnPath) {
                route[edge] = EdgeRoute::Back;
            } else if (state[to] == New) {
                state[to] = OnPath;
                path.push_back({to, 0});
            }
        }
    };
    for (std::uint32_t box = 0; box < n; ++box)
        if (inDegree[box] == 0)
            search(box);
    for (std::uint32_t box = 0; box < n; ++box)
        search(box);
}

} // namespace

void assignRanks(const Level& level, Layering& state)
{
    const auto n = std::uint32_t(level.boxes.size());
    const auto& edges = level.edges;
    auto out = Adjacency::group(n, edges.size(), [&](std::size_t e) { return edges[e].from; });
    std::vector<std::uint32_t> inDegree(n, 0);
    for (const auto& edge : edges)
        ++inDegree[edge.to];

    state.route.assign(edges.size(), EdgeRoute::Dummies);
    markBackEdges(level, out, inDegree, state.route);
    std::fill(inDegree.begin(), inDegree.end(), 0u);
    for (std::size_t e = 0; e < edges.size(); ++e)
        if (state.route[e] != EdgeRoute::Back)
            ++inDegree[edges[e].to];

    const bool hasEntries = std::count(level.kinds.begin(), level.kinds.end(), Level::Box::Entry) > 0;
    state.depth.assign(n, 0);
    state.height.assign(n, 0);
    std::vector<std::uint32_t> topological;
    topological.reserve(n);
    for (std::uint32_t box = 0; box < n; ++box) {
        if (inDegree[box] == 0)
            topological.push_back(box);
        if (hasEntries && level.kinds[box] != Level::Box::Entry)
            state.depth[box] = 1;
    }
    auto waiting = inDegree;
    for (std::size_t i = 0; i < topological.size(); ++i) {
        std::uint32_t box = topological[i];
        for (std::uint32_t e : out.of(box)) {
            if (state.route[e] == EdgeRoute::Back)
                continue;
            std::uint32_t to = edges[e].to;
            state.depth[to] = std::max(state.depth[to], state.depth[box] + 1);
            if (--waiting[to] == 0)
                topological.push_back(to);
        }
    }

    state.rank.assign(state.depth.begin(), state.depth.end());
    std::vector<std::uint8_t> sinks(n, 0);
    auto in = Adjacency::group(n, edges.size(), [&](std::size_t e) { return edges[e].to; });
    std::vector<std::uint32_t> nets;
    for (std::uint32_t box : topological) {
        if (level.kinds[box] != Level::Box::Node)
            continue;
        std::size_t held = 0; // edges that would grow
        for (std::uint32_t e : in.of(box)) {
            const std::size_t readers = out.of(edges[e].from).size();
            const bool follows = sinks[edges[e].from] && readers == 1;
            held += state.route[e] != EdgeRoute::Back && !follows && readers <= hubReaders;
        }
        nets.clear(); // values that would come nearer to their readers
        for (std::uint32_t e : out.of(box))
            nets.push_back(edges[e].net);
        std::sort(nets.begin(), nets.end());
        const auto values = std::size_t(std::unique(nets.begin(), nets.end()) - nets.begin());
        sinks[box] = held == 0 || values > held;
    }
    for (std::size_t i = topological.size(); i-- > 0;) {
        std::uint32_t box = topological[i];
        std::uint32_t first = noGroup;
        for (std::uint32_t e : out.of(box)) {
            if (state.route[e] == EdgeRoute::Back)
                continue;
            state.height[box] = std::max(state.height[box], state.height[edges[e].to] + 1);
            if (level.kinds[edges[e].to] != Level::Box::Exit)
                first = std::min(first, state.rank[edges[e].to]);
        }
        if (sinks[box] && first != noGroup)
            state.rank[box] = first - 1;
    }

    std::uint32_t last = 0;
    bool hasExits = false;
    for (std::uint32_t box = 0; box < n; ++box) {
        last = std::max(last, state.rank[box] + (level.kinds[box] == Level::Box::Exit ? 0 : 1));
        hasExits = hasExits || level.kinds[box] == Level::Box::Exit;
    }
    for (std::uint32_t box = 0; box < n && hasExits; ++box)
        if (level.kinds[box] == Level::Box::Exit)
            state.rank[box] = last;
    state.rankCount = n == 0 ? 0 : last + (hasExits ? 1 : 0);

    for (std::size_t e = 0; e < edges.size(); ++e)
        if (state.route[e] != EdgeRoute::Back &&
            state.rank[edges[e].to] - state.rank[edges[e].from] > longEdgeSpan)
            state.route[e] = EdgeRoute::Channel;
}

std::vector<std::uint32_t> ranks(std::size_t nodeCount, const std::vector<LayoutEdge>& edges)
{
    Level level;
    level.boxes.resize(nodeCount);
    level.kinds.assign(nodeCount, Level::Box::Node);
    level.edges.reserve(edges.size());
    for (const LayoutEdge& edge : edges)
        level.edges.push_back({edge.from, edge.to, edge.fromPort, 0, 0, 0, 0});
    Layering state;
    assignRanks(level, state);
    return std::move(state.rank);
}

} // namespace orrery::layout
