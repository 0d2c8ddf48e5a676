// SPDX-License-Identifier: Apache-2.0
//
// Groups from scopes: a trie over "/"-separated parts, then everything that only wraps one thing is taken
// away. What has no scopes and is still too large for one level is cut into pieces in node order, which is
// topological in ONNX files. Repeated blocks without names are not looked for yet; where scopes repeat, the
// layout cache lays the repeats out once.
#include "views/canvas/groups.h"

#include "views/canvas/cyclic_groups.h"

#include <algorithm>
#include <map>
#include <string_view>

namespace orrery::canvas {
namespace {

constexpr std::size_t maxDepth = 32;
constexpr std::size_t maxPieces = 200;

struct PairHash {
    std::size_t operator()(const std::pair<std::uint32_t, std::string_view>& key) const noexcept
    {
        return std::hash<std::string_view>{}(key.second) * 31 + key.first;
    }
};

// One group per distinct scope; parents come before their children.
void makeTrie(DisplayGraph& graph)
{
    std::unordered_map<std::pair<std::uint32_t, std::string_view>, std::uint32_t, PairHash> known;
    for (DisplayNode& node : graph.nodes) {
        node.group = noIndex;
        std::string_view rest = node.scope;
        for (std::size_t depth = 0; depth < maxDepth && !rest.empty();) {
            const std::size_t end = std::min(rest.find('/'), rest.size());
            const std::string_view part = rest.substr(0, end);
            rest.remove_prefix(std::min(end + 1, rest.size()));
            if (part.empty())
                continue;
            ++depth;
            auto [found, isNew] = known.try_emplace({node.group, part}, std::uint32_t(graph.groups.size()));
            if (isNew)
                graph.groups.push_back({noKey, node.group, std::string(part), false, Badge::None, {}});
            node.group = found->second;
        }
    }
}

// Takes away groups with fewer than two members and joins chains; parents stay before their children.
void dissolveSmall(DisplayGraph& graph)
{
    const std::size_t n = graph.groups.size();
    std::vector<std::uint32_t> nodes(n, 0), groups(n, 0), into(n);
    for (const DisplayNode& node : graph.nodes)
        if (node.group != noIndex)
            ++nodes[node.group];
    std::vector<std::uint8_t> gone(n, 0);
    for (std::size_t g = n; g-- > 0;) {
        gone[g] = nodes[g] + groups[g] < 2;
        const std::uint32_t parent = graph.groups[g].parent;
        if (parent == noIndex)
            continue;
        if (!gone[g]) {
            ++groups[parent];
        } else {
            nodes[parent] += nodes[g];
            groups[parent] += groups[g];
        }
    }
    std::vector<DisplayGroup> kept;
    std::vector<std::string> prefix(n); // titles of dissolved ancestors that held nothing but this group
    for (std::size_t g = 0; g < n; ++g) {
        DisplayGroup& group = graph.groups[g];
        const std::uint32_t parent = group.parent;
        const bool parentGone = parent != noIndex && gone[parent];
        const std::uint32_t target = parent == noIndex ? noIndex : into[parent];
        std::string title = parentGone ? prefix[parent] + group.title : group.title;
        if (gone[g]) {
            into[g] = target;
            prefix[g] = title + "/";
            continue;
        }
        into[g] = std::uint32_t(kept.size());
        group.title = std::move(title);
        group.parent = target;
        kept.push_back(std::move(group));
    }
    graph.groups = std::move(kept);
    for (DisplayNode& node : graph.nodes)
        if (node.group != noIndex)
            node.group = into[node.group];
}

// Cuts levels with too many ops into pieces, and those pieces again until there are few.
void cutLargeLevels(DisplayGraph& graph, const GroupOptions& options)
{
    std::map<std::uint32_t, std::vector<std::uint32_t>> opsOf;
    std::vector<std::size_t> members(graph.groups.size() + 1, 0);
    auto slot = [](std::uint32_t group) { return group == noIndex ? 0u : group + 1; };
    for (const DisplayNode& node : graph.nodes)
        ++members[slot(node.group)];
    for (const DisplayNode& node : graph.nodes)
        if (members[slot(node.group)] > options.flatLimit && node.kind == NodeKind::Op)
            opsOf[node.group].push_back(node.id);
    if (opsOf.empty())
        return;
    auto title = [](std::size_t first, std::size_t last) {
        return "nodes " + std::to_string(first + 1) + "–" + std::to_string(last);
    };
    for (const auto& [owner, ops] : opsOf) {
        std::vector<std::uint32_t> pieces;
        std::size_t size = std::max<std::size_t>(options.pieceSize, 2);
        for (std::size_t first = 0; first < ops.size(); first += size) {
            const std::size_t last = std::min(first + size, ops.size());
            pieces.push_back(std::uint32_t(graph.groups.size()));
            graph.groups.push_back({noKey, owner, title(first, last), false, Badge::None, {}});
            for (std::size_t i = first; i < last; ++i)
                graph.nodes[ops[i]].group = pieces.back();
        }
        while (pieces.size() > maxPieces) {
            std::vector<std::uint32_t> larger;
            const std::size_t largerSize = size * maxPieces;
            for (std::size_t first = 0; first < pieces.size(); first += maxPieces) {
                const std::size_t last = std::min(first + maxPieces, pieces.size());
                larger.push_back(std::uint32_t(graph.groups.size()));
                graph.groups.push_back({noKey,
                                        owner,
                                        title(first * size, std::min(last * size, ops.size())),
                                        false,
                                        Badge::None,
                                        {}});
                for (std::size_t i = first; i < last; ++i)
                    graph.groups[pieces[i]].parent = larger.back();
            }
            pieces = std::move(larger);
            size = largerSize;
        }
    }
    // Constants go where their first consumer is.
    std::vector<std::uint8_t> moved(graph.nodes.size(), 0);
    for (const DisplayEdge& edge : graph.edges) {
        DisplayNode& from = graph.nodes[edge.from];
        if (from.kind != NodeKind::Constant || moved[edge.from] || !opsOf.contains(from.group))
            continue;
        moved[edge.from] = 1;
        from.group = graph.nodes[edge.to].group;
    }
}

// The groups to start collapsed because they are bodies of control flow: large ones, since only one of
// several runs, and nested ones. A frame that merely holds the bodies of one node stays open.
std::vector<std::uint8_t> closedBodies(const DisplayGraph& graph, const GroupOptions& options)
{
    const std::size_t n = graph.groups.size();
    std::vector<std::size_t> own(n, 0), inside(n, 0);
    std::vector<std::uint32_t> depth(n, noIndex); // of the outermost node in it
    for (const DisplayNode& node : graph.nodes) {
        if (node.group == noIndex)
            continue;
        ++own[node.group];
        for (std::uint32_t g = node.group; g != noIndex; g = graph.groups[g].parent) {
            ++inside[g];
            depth[g] = std::min(depth[g], node.bodyDepth);
        }
    }
    std::vector<std::uint8_t> closed(n, 0);
    for (std::size_t g = 0; g < n; ++g)
        closed[g] = depth[g] != noIndex && (depth[g] > options.bodyDepth ||
                                            (depth[g] > 0 && own[g] > 1 && inside[g] > options.bodyLimit));
    return closed;
}

// Expands from the top while the number of visible boxes stays within the budget.
void collapseToBudget(DisplayGraph& graph, const GroupOptions& options)
{
    const auto closed = closedBodies(graph, options);
    const std::size_t n = graph.groups.size();
    std::vector<std::size_t> members(n, 0);
    std::vector<std::vector<std::uint32_t>> children(n);
    std::vector<std::uint32_t> queue;
    std::size_t visible = 0;
    for (const DisplayNode& node : graph.nodes)
        ++(node.group == noIndex ? visible : members[node.group]);
    for (std::uint32_t g = 0; g < n; ++g) {
        graph.groups[g].collapsed = true;
        const std::uint32_t parent = graph.groups[g].parent;
        if (parent == noIndex) {
            ++visible;
            queue.push_back(g);
        } else {
            ++members[parent];
            children[parent].push_back(g);
        }
    }
    for (std::size_t i = 0; i < queue.size(); ++i) {
        const std::uint32_t g = queue[i];
        if (closed[g] || visible - 1 + members[g] > options.visibleBudget)
            continue;
        visible += members[g] - 1;
        graph.groups[g].collapsed = false;
        queue.insert(queue.end(), children[g].begin(), children[g].end());
    }
}

} // namespace

void groupByScope(DisplayGraph& graph, const GroupOptions& options)
{
    graph.groups.clear();
    makeTrie(graph);
    dissolveSmall(graph);
    dissolveCyclicGroups(graph);
    cutLargeLevels(graph, options);
    for (std::uint32_t g = 0; g < graph.groups.size(); ++g)
        graph.groups[g].key = groupKey(g);
    for (const DisplayNode& node : graph.nodes)
        for (std::uint32_t g = node.group; g != noIndex && graph.groups[g].badge < node.badge;
             g = graph.groups[g].parent)
            graph.groups[g].badge = node.badge;
    collapseToBudget(graph, options);
}

} // namespace orrery::canvas
