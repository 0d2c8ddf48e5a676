// SPDX-License-Identifier: Apache-2.0
//
// The graph that is drawn: collapsed groups become nodes, and hubs become stubs. A hub is a value that many
// far-apart nodes read (an attention mask, a shared constant, position ids): its long edges would cover the
// picture and are what layouts choke on. The rule: a source (constant or graph input) gets a stub at each
// consumer more than eight ranks below its first one; so does every other node that has at least four such
// consumers; and whatever feeds more than four expanded groups gets a stub in each of them that is not its
// own.
#include "views/canvas/groups.h"
#include "views/layout/layout.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <set>

namespace orrery::canvas {
namespace {

constexpr std::uint32_t farRanks = 8;
constexpr std::size_t farConsumers = 4;
constexpr std::size_t manyGroups = 4;

// For every group the outermost collapsed one that it lies in (or is); noIndex when it is visible.
std::vector<std::uint32_t> hidingGroups(const DisplayGraph& full, const std::vector<std::uint8_t>& collapsed)
{
    const auto n = std::uint32_t(full.groups.size());
    constexpr std::uint32_t unknown = noIndex - 1;
    std::vector<std::uint32_t> hiding(n, unknown), path;
    for (std::uint32_t start = 0; start < n; ++start) {
        path.clear();
        std::uint32_t at = start;
        while (at != noIndex && hiding[at] == unknown && path.size() <= n) {
            path.push_back(at);
            at = full.groups[at].parent;
        }
        std::uint32_t above = at == noIndex ? noIndex : hiding[at];
        for (std::size_t i = path.size(); i-- > 0;) {
            const std::uint32_t group = path[i];
            above = hiding[group] = above != noIndex ? above : collapsed[group] ? group : noIndex;
        }
    }
    return hiding;
}

// "24 Conv · 16 Relu · 8 Add", the most frequent first.
std::string contents(const std::map<std::string, std::uint32_t>& counts)
{
    std::vector<std::pair<std::string, std::uint32_t>> sorted(counts.begin(), counts.end());
    std::stable_sort(sorted.begin(), sorted.end(),
                     [](const auto& a, const auto& b) { return a.second > b.second; });
    std::string text;
    for (std::size_t i = 0; i < sorted.size() && i < 3; ++i)
        text += (i ? " · " : "") + std::to_string(sorted[i].second) + " " + sorted[i].first;
    if (sorted.size() > 3)
        text += " …";
    return text;
}

// The rows that nodes will stand on, roughly: groups are left out of account.
std::vector<std::uint32_t> ranksOf(const DisplayGraph& graph)
{
    std::vector<layout::LayoutEdge> edges;
    edges.reserve(graph.edges.size());
    for (const DisplayEdge& edge : graph.edges)
        edges.push_back({edge.from, edge.to, edge.fromPort});
    return layout::ranks(graph.nodes.size(), edges);
}

void stubHubs(VisibleGraph& visible)
{
    DisplayGraph& graph = visible.graph;
    const auto n = std::uint32_t(graph.nodes.size());
    const auto rank = ranksOf(graph);
    std::vector<std::vector<std::uint32_t>> out(n);
    for (std::uint32_t e = 0; e < graph.edges.size(); ++e)
        out[graph.edges[e].from].push_back(e);
    std::vector<DisplayNode> stubs;
    std::set<std::uint32_t> groups;
    for (std::uint32_t node = 0; node < n; ++node) {
        if (out[node].size() < 2)
            continue;
        std::uint32_t first = noIndex;
        groups.clear();
        for (std::uint32_t e : out[node]) {
            first = std::min(first, rank[graph.edges[e].to]);
            groups.insert(graph.nodes[graph.edges[e].to].group);
        }
        const NodeKind kind = graph.nodes[node].kind;
        const bool isSource = kind == NodeKind::Constant || kind == NodeKind::GraphInput;
        if (!isSource)
            first = rank[node];
        auto isFar = [&](std::uint32_t e) { return rank[graph.edges[e].to] > first + farRanks; };
        const auto far = std::size_t(std::count_if(out[node].begin(), out[node].end(), isFar));
        const bool stubFar = isSource ? far > 0 : far >= farConsumers;
        groups.erase(noIndex);
        groups.erase(graph.nodes[node].group);
        const bool stubGroups = groups.size() > manyGroups;
        if (!stubFar && !stubGroups)
            continue;
        std::unordered_map<std::uint32_t, std::uint32_t> stubAt; // consumer → stub
        for (std::uint32_t e : out[node]) {
            DisplayEdge& edge = graph.edges[e];
            const std::uint32_t group = graph.nodes[edge.to].group;
            const bool otherGroup = group != noIndex && group != graph.nodes[node].group;
            if (!(stubFar && isFar(e)) && !(stubGroups && otherGroup))
                continue;
            auto [found, isNew] = stubAt.try_emplace(edge.to, n + std::uint32_t(stubs.size()));
            if (isNew) {
                const DisplayNode& producer = graph.nodes[node];
                DisplayNode stub;
                stub.id = found->second;
                stub.key = stubKey(std::uint32_t(stubs.size()));
                stub.kind = NodeKind::Stub;
                stub.category = producer.category;
                stub.group = group;
                stub.title = producer.kind == NodeKind::Op && !producer.subtitle.empty() ? producer.subtitle
                                                                                         : producer.title;
                stub.toolTip = "from " + producer.title +
                               (producer.subtitle.empty() ? std::string() : " " + producer.subtitle) +
                               "\nDouble click to go there";
                stub.origins = producer.origins;
                visible.stubTargets.emplace(stub.id, producer.key);
                stubs.push_back(std::move(stub));
            }
            edge.from = found->second;
            edge.fromPort = 0;
        }
    }
    graph.nodes.insert(graph.nodes.end(), std::make_move_iterator(stubs.begin()),
                       std::make_move_iterator(stubs.end()));
}

} // namespace

VisibleGraph visibleGraph(const DisplayGraph& full, const std::unordered_set<std::uint64_t>& toggledGroups)
{
    VisibleGraph visible;
    DisplayGraph& graph = visible.graph;
    graph.title = full.title;
    graph.legend = full.legend;
    const auto groupCount = std::uint32_t(full.groups.size());
    std::vector<std::uint8_t> collapsed(groupCount);
    for (std::uint32_t g = 0; g < groupCount; ++g)
        collapsed[g] = full.groups[g].collapsed != toggledGroups.contains(full.groups[g].key);
    const auto hiding = hidingGroups(full, collapsed);

    std::vector<std::uint32_t> newGroup(groupCount, noIndex), groupNode(groupCount, noIndex);
    for (std::uint32_t g = 0; g < groupCount; ++g)
        if (hiding[g] == noIndex) {
            newGroup[g] = std::uint32_t(graph.groups.size());
            graph.groups.push_back(full.groups[g]);
        } else if (hiding[g] != g) {
            visible.hiddenBy.emplace(full.groups[g].key, full.groups[hiding[g]].key);
        }
    auto visibleGroup = [&](std::uint32_t g) { return g == noIndex ? noIndex : newGroup[g]; };
    for (DisplayGroup& group : graph.groups)
        group.parent = visibleGroup(group.parent);

    // A collapsed group's box takes the place of its first member.
    std::vector<std::uint32_t> standsFor(full.nodes.size());
    std::vector<std::uint32_t> members(groupCount, 0);
    std::unordered_map<std::uint32_t, std::map<std::string, std::uint32_t>> counts;
    for (const DisplayNode& node : full.nodes) {
        const std::uint32_t hidden = node.group == noIndex ? noIndex : hiding[node.group];
        if (hidden == noIndex) {
            standsFor[node.id] = std::uint32_t(graph.nodes.size());
            DisplayNode copy = node;
            copy.id = standsFor[node.id];
            copy.group = visibleGroup(node.group);
            graph.nodes.push_back(std::move(copy));
            continue;
        }
        if (groupNode[hidden] == noIndex) {
            groupNode[hidden] = std::uint32_t(graph.nodes.size());
            const DisplayGroup& group = full.groups[hidden];
            DisplayNode box;
            box.id = groupNode[hidden];
            box.key = group.key;
            box.kind = NodeKind::Group;
            box.badge = group.badge;
            box.group = visibleGroup(group.parent);
            box.title = group.title;
            box.overlay = group.overlay;
            graph.nodes.push_back(std::move(box));
        }
        DisplayNode& box = graph.nodes[groupNode[hidden]];
        standsFor[node.id] = box.id;
        ++members[hidden];
        ++counts[hidden][node.title];
        box.badge = std::max(box.badge, node.badge);
        box.origins.insert(box.origins.end(), node.origins.begin(), node.origins.end());
        visible.hiddenBy.emplace(node.key, box.key);
    }
    for (std::uint32_t g = 0; g < groupCount; ++g)
        if (groupNode[g] != noIndex) {
            DisplayNode& box = graph.nodes[groupNode[g]];
            box.subtitle = std::to_string(members[g]) + (members[g] == 1 ? " node" : " nodes");
            box.lines.push_back(contents(counts[g]));
            box.toolTip = box.title + "\n" + box.subtitle + "\nDouble click to expand";
        }

    std::unordered_map<std::uint64_t, std::uint32_t>
        merged; // from, to → edge, where an end is a collapsed group
    std::unordered_map<std::uint32_t, std::uint32_t> mergedCount;
    for (const DisplayEdge& edge : full.edges) {
        DisplayEdge copy = edge;
        copy.from = standsFor[edge.from];
        copy.to = standsFor[edge.to];
        const bool fromGroup = graph.nodes[copy.from].kind == NodeKind::Group;
        const bool toGroup = graph.nodes[copy.to].kind == NodeKind::Group;
        if (copy.from == copy.to && fromGroup)
            continue;
        if (fromGroup)
            copy.fromPort = 0;
        if (toGroup)
            copy.toPort = 0;
        if (fromGroup || toGroup) {
            auto [found, isNew] = merged.try_emplace((std::uint64_t(copy.from) << 32) | copy.to,
                                                     std::uint32_t(graph.edges.size()));
            if (!isNew) {
                if (graph.edges[found->second].key != copy.key)
                    ++mergedCount[found->second];
                continue;
            }
        }
        graph.edges.push_back(std::move(copy));
    }
    for (auto [edge, more] : mergedCount)
        graph.edges[edge].label = std::to_string(more + 1) + " values";
    stubHubs(visible);
    return visible;
}

} // namespace orrery::canvas
