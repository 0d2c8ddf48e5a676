// SPDX-License-Identifier: Apache-2.0
#include "views/memory/flame_tree.h"

#include <algorithm>
#include <limits>
#include <unordered_map>

namespace orrery::memory {
namespace {

constexpr qsizetype depthMaximum = 256;

std::int64_t sum(std::int64_t a, std::int64_t b)
{
    std::int64_t result = 0;
    return __builtin_add_overflow(a, b, &result) ? std::numeric_limits<std::int64_t>::max() : result;
}

} // namespace

FlameTree flameTree(const QString& rootName, const std::vector<FlameLeaf>& leaves)
{
    FlameTree tree;
    tree.nodes.push_back({.name = rootName});
    std::vector<std::unordered_map<QString, std::uint32_t>> byName(1);
    for (const FlameLeaf& leaf : leaves) {
        if (leaf.bytes <= 0)
            continue;
        std::uint32_t at = 0;
        tree.nodes[0].bytes = sum(tree.nodes[0].bytes, leaf.bytes);
        const qsizetype depth = std::min(leaf.path.size(), depthMaximum);
        for (qsizetype i = 0; i < depth; ++i) {
            const auto [found, isNew] =
                byName[at].try_emplace(leaf.path[i], std::uint32_t(tree.nodes.size()));
            const std::uint32_t child = found->second;
            if (isNew) {
                tree.nodes[at].children.push_back(child);
                tree.nodes.push_back({.name = leaf.path[i], .parent = at, .depth = std::uint32_t(i + 1)});
                byName.emplace_back();
            }
            at = child;
            tree.nodes[at].bytes = sum(tree.nodes[at].bytes, leaf.bytes);
        }
        if (leaf.node != trace_db::noId)
            tree.nodes[at].node = leaf.node;
        tree.depth = std::max(tree.depth, std::uint32_t(depth));
    }
    for (FlameNode& node : tree.nodes)
        std::stable_sort(node.children.begin(), node.children.end(), [&](std::uint32_t a, std::uint32_t b) {
            return tree.nodes[a].bytes > tree.nodes[b].bytes;
        });
    return tree;
}

QString FlameTree::pathOf(std::uint32_t node) const
{
    QStringList parts;
    for (; node != trace_db::noId && node != 0; node = nodes[node].parent)
        parts.prepend(nodes[node].name);
    return parts.join(" / ");
}

QStringList scopeParts(const QString& name)
{
    QStringList parts = name.split('/', Qt::SkipEmptyParts);
    if (parts.isEmpty())
        parts << name;
    return parts;
}

} // namespace orrery::memory
