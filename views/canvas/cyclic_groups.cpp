// SPDX-License-Identifier: Apache-2.0
//
// The *units* of a level are its own nodes and its groups, each as one box. Every edge of the graph joins two
// units of exactly one level, so the units of all levels together make one graph, and its strongly connected
// components (Tarjan 1972, without recursion) are the cycles of all levels. In every cycle the worst group is
// dissolved, and all is asked again, a bounded number of times. Each round is linear in edges times depth.
#include "views/canvas/cyclic_groups.h"

#include <algorithm>
#include <cstddef>
#include <unordered_set>

namespace orrery::canvas {
namespace {

constexpr int mostRounds = 12;
constexpr std::size_t fewValues = 2;       // that may run back
constexpr std::size_t membersPerValue = 8; // … and one more for so many members

struct Link {
    std::uint32_t from, to; // units: nodes, then groups
    std::uint64_t value;
};

std::vector<Link> linksOf(const DisplayGraph& graph)
{
    const auto n = std::uint32_t(graph.nodes.size());
    std::vector<std::uint32_t> depth(graph.groups.size(), 1); // parents come first
    for (std::size_t g = 0; g < graph.groups.size(); ++g)
        if (const std::uint32_t parent = graph.groups[g].parent; parent != noIndex)
            depth[g] = depth[parent] + 1;
    auto parentOf = [&](std::uint32_t unit) {
        const std::uint32_t group = unit < n ? graph.nodes[unit].group : graph.groups[unit - n].parent;
        return group == noIndex ? noIndex : n + group;
    };
    auto depthOf = [&](std::uint32_t unit) {
        const std::uint32_t parent = parentOf(unit);
        return parent == noIndex ? 0u : depth[parent - n];
    };
    std::vector<Link> links;
    for (const DisplayEdge& edge : graph.edges) {
        std::uint32_t from = edge.from, to = edge.to;
        while (depthOf(from) > depthOf(to))
            from = parentOf(from);
        while (depthOf(to) > depthOf(from))
            to = parentOf(to);
        while (parentOf(from) != parentOf(to)) {
            from = parentOf(from);
            to = parentOf(to);
        }
        if (from != to)
            links.push_back({from, to, std::uint64_t(edge.from) << 16 | edge.fromPort});
    }
    return links;
}

// The number of every unit's strongly connected component, and how many units each has.
struct Components {
    std::vector<std::uint32_t> of, size;
};

Components componentsOf(std::uint32_t units, const std::vector<Link>& links)
{
    std::vector<std::uint32_t> start(units + 1, 0), targets(links.size());
    for (const Link& link : links)
        ++start[link.from + 1];
    for (std::uint32_t i = 0; i < units; ++i)
        start[i + 1] += start[i];
    std::vector<std::uint32_t> next(start.begin(), start.end() - 1);
    for (const Link& link : links)
        targets[next[link.from]++] = link.to;
    next.assign(start.begin(), start.end() - 1);

    Components result{std::vector<std::uint32_t>(units, noIndex), {}};
    std::vector<std::uint32_t> found(units, noIndex), low(units), open, path;
    std::uint32_t number = 0;
    for (std::uint32_t root = 0; root < units; ++root) {
        if (found[root] != noIndex)
            continue;
        auto enter = [&](std::uint32_t unit) {
            found[unit] = low[unit] = number++;
            open.push_back(unit);
            path.push_back(unit);
        };
        enter(root);
        while (!path.empty()) {
            const std::uint32_t unit = path.back();
            if (next[unit] < start[unit + 1]) {
                const std::uint32_t to = targets[next[unit]++];
                if (found[to] == noIndex)
                    enter(to);
                else if (result.of[to] == noIndex)
                    low[unit] = std::min(low[unit], found[to]);
                continue;
            }
            path.pop_back();
            if (!path.empty())
                low[path.back()] = std::min(low[path.back()], low[unit]);
            if (low[unit] != found[unit])
                continue;
            const auto component = std::uint32_t(result.size.size());
            result.size.push_back(0);
            for (std::uint32_t member = noIndex; member != unit; ++result.size.back()) {
                member = open.back();
                open.pop_back();
                result.of[member] = component;
            }
        }
    }
    return result;
}

// The worst group of every cycle.
std::vector<std::uint8_t> worstGroups(const DisplayGraph& graph, const std::vector<Link>& links)
{
    const auto n = std::uint32_t(graph.nodes.size());
    const std::size_t groups = graph.groups.size();
    const Components components = componentsOf(n + std::uint32_t(groups), links);
    std::vector<std::unordered_set<std::uint64_t>> entering(groups), leaving(groups);
    for (const Link& link : links) {
        if (components.of[link.from] != components.of[link.to])
            continue;
        if (link.from >= n)
            leaving[link.from - n].insert(link.value);
        if (link.to >= n)
            entering[link.to - n].insert(link.value);
    }
    std::vector<std::size_t> members(groups, 0);
    for (const DisplayNode& node : graph.nodes)
        for (std::uint32_t g = node.group; g != noIndex; g = graph.groups[g].parent)
            ++members[g];
    std::vector<std::uint8_t> gone(groups, 0);
    std::vector<std::uint32_t> worst(components.size.size(), noIndex);
    auto values = [&](std::uint32_t g) { return std::min(entering[g].size(), leaving[g].size()); };
    for (std::uint32_t g = 0; g < groups; ++g) {
        std::uint32_t& best = worst[components.of[n + g]];
        if (values(g) > fewValues && values(g) * membersPerValue > members[g] &&
            (best == noIndex || values(g) > values(best)))
            best = g;
    }
    for (std::uint32_t g : worst)
        if (g != noIndex)
            gone[g] = 1;
    return gone;
}

} // namespace

void dissolveCyclicGroups(DisplayGraph& graph)
{
    for (int round = 0; round < mostRounds && !graph.groups.empty(); ++round) {
        const auto gone = worstGroups(graph, linksOf(graph));
        if (std::count(gone.begin(), gone.end(), 1) == 0)
            return;
        std::vector<DisplayGroup> kept;
        std::vector<std::uint32_t> into(gone.size());
        for (std::size_t g = 0; g < gone.size(); ++g) {
            DisplayGroup& group = graph.groups[g];
            group.parent = group.parent == noIndex ? noIndex : into[group.parent];
            into[g] = gone[g] ? group.parent : std::uint32_t(kept.size());
            if (!gone[g])
                kept.push_back(std::move(group));
        }
        graph.groups = std::move(kept);
        for (DisplayNode& node : graph.nodes)
            if (node.group != noIndex)
                node.group = into[node.group];
    }
}

} // namespace orrery::canvas
