#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// LodTree: nodes in order of time, and over each four of them a node that sums them up, and so on: a pyramid.
// visit() hands out just as much detail as the screen can show: a node no wider than a pixel is given whole,
// of a wider one its parts, down to the leaves. So a picture costs O(pixels * log(leaves)) however many
// leaves there are and however unevenly they lie.
//
// Node has begin and end (begin <= end) and merge(const Node&), which makes it the sum of itself and a later
// one. Leaves should come in order of begin; when they do not (a damaged file), nothing is missed, only slow,
// and `visitsMaximum` bounds that.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace orrery::timeline {

template<class Node>
class LodTree {
public:
    static constexpr std::size_t fanOut = 4;
    static constexpr std::size_t visitsMaximum = 200'000; // a screen's width takes some ten thousand

    LodTree() = default;
    explicit LodTree(std::vector<Node> leaves) { build(std::move(leaves)); }

    bool empty() const { return m_levels.empty(); }
    const std::vector<Node>& leaves() const { return m_levels.front(); } // not when empty
    const Node& root() const { return m_levels.back().front(); }         // not when empty

    // visitor(node, isLeaf) for what overlaps [begin, end], left to right; a node that is no wider than a
    // pixel is given whole.
    template<class Visitor>
    void visit(std::int64_t begin, std::int64_t end, double nsPerPixel, Visitor visitor) const
    {
        walk(
            begin, end, visitsMaximum,
            [nsPerPixel](const Node& node) {
                return double(std::uint64_t(node.end) - std::uint64_t(node.begin)) <= nsPerPixel;
            },
            visitor);
    }

    // The same, but whole(node) says which nodes are given whole; at most `most` nodes are looked at.
    template<class Whole, class Visitor>
    void walk(std::int64_t begin, std::int64_t end, std::size_t most, Whole whole, Visitor visitor) const
    {
        if (m_levels.empty())
            return;
        struct At {
            std::size_t level, index;
        };
        std::vector<At> open = {{m_levels.size() - 1, 0}};
        for (std::size_t visits = 0; !open.empty() && visits < most; ++visits) {
            const At at = open.back();
            open.pop_back();
            const Node& node = m_levels[at.level][at.index];
            if (node.begin > end || node.end < begin)
                continue;
            if (at.level == 0 || whole(node)) {
                visitor(node, at.level == 0);
                continue;
            }
            const std::size_t first = at.index * fanOut;
            const std::size_t last = std::min(first + fanOut, m_levels[at.level - 1].size());
            for (std::size_t i = last; i > first; --i)
                open.push_back({at.level - 1, i - 1});
        }
    }

    std::size_t bytes() const
    {
        std::size_t sum = 0;
        for (const auto& level : m_levels)
            sum += level.capacity() * sizeof(Node);
        return sum;
    }

private:
    void build(std::vector<Node> leaves)
    {
        if (leaves.empty())
            return;
        leaves.shrink_to_fit();
        m_levels.push_back(std::move(leaves));
        while (m_levels.back().size() > 1) {
            const std::vector<Node>& below = m_levels.back();
            std::vector<Node> level;
            level.reserve((below.size() + fanOut - 1) / fanOut);
            for (std::size_t i = 0; i < below.size(); i += fanOut) {
                level.push_back(below[i]);
                for (std::size_t j = i + 1; j < std::min(i + fanOut, below.size()); ++j)
                    level.back().merge(below[j]);
            }
            m_levels.push_back(std::move(level));
        }
    }

    std::vector<std::vector<Node>> m_levels; // 0: the leaves
};

} // namespace orrery::timeline
