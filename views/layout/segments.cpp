// SPDX-License-Identifier: Apache-2.0
//
// Segments: the pieces of edges between neighbouring ranks. An edge that spans several ranks passes through a
// dummy on each rank between; edges that carry the same value from the same box share their dummies, like a
// bus with taps. Every box prefers one successor and one predecessor, on the longest path: the segments
// between mutual favourites get a high weight, which makes the main path of a network a straight line.
#include "views/layout/layering.h"

#include <algorithm>
#include <unordered_map>

namespace orrery::layout {
namespace {

constexpr double dummyWidth = 4;
constexpr float plainWeight = 1, dummyWeight = 8;
constexpr std::uint32_t nobody = 0xffffffffu;

// The neighbour with the greatest value; nobody when two share it.
class Favourite {
public:
    explicit Favourite(std::size_t count)
        : m_value(count, 0)
        , m_who(count, nobody)
    {}
    void offer(std::uint32_t to, std::uint32_t who, std::uint32_t value)
    {
        if (value + 1 > m_value[to]) {
            m_value[to] = value + 1;
            m_who[to] = who;
        } else if (value + 1 == m_value[to] && m_who[to] != who) {
            m_who[to] = nobody;
        }
    }
    std::uint32_t of(std::uint32_t box) const { return m_who[box]; }

private:
    std::vector<std::uint32_t> m_value, m_who;
};

} // namespace

void makeSegments(const Level& level, Layering& state)
{
    const auto n = std::uint32_t(level.boxes.size());
    const auto& edges = level.edges;
    state.width.reserve(n);
    for (const Size& size : level.boxes) {
        state.width.push_back(size.width);
        state.boxHeight.push_back(size.height);
    }

    Favourite successor(n), predecessor(n);
    for (std::size_t e = 0; e < edges.size(); ++e) {
        if (state.route[e] == EdgeRoute::Back)
            continue;
        successor.offer(edges[e].from, edges[e].to, state.height[edges[e].to]);
        predecessor.offer(edges[e].to, edges[e].from, state.depth[edges[e].from]);
    }

    // Where the main path enters a group off the place where it leaves, a stack of such groups would become a
    // staircase. Seen from outside, both ports therefore move to the middle between them.
    std::vector<double> arrives(n, 0), leaves(n, 0);
    std::vector<std::uint8_t> through(n,
                                      0); // bit 1: the main path arrives at a port, bit 2: it leaves from one
    for (bool onlyMain : {true, false})   // a group beside the main path goes by its first edges
        for (std::size_t e = 0; e < edges.size(); ++e) {
            const auto& edge = edges[e];
            if (onlyMain && (successor.of(edge.from) != edge.to || predecessor.of(edge.to) != edge.from))
                continue;
            if (edge.toFixed && !(through[edge.to] & 1)) {
                arrives[edge.to] = edge.toOffset;
                through[edge.to] |= 1;
            }
            if (edge.fromFixed && !(through[edge.from] & 2)) {
                leaves[edge.from] = edge.fromOffset;
                through[edge.from] |= 2;
            }
        }
    auto drift = [&](std::uint32_t box) {
        return through[box] == 3 ? (leaves[box] - arrives[box]) / 2 : 0.0;
    };
    auto fromOffset = [&](const Level::Edge& edge) {
        return edge.fromFixed ? edge.fromOffset - drift(edge.from) : 0.0;
    };
    auto toOffset = [&](const Level::Edge& edge) {
        return edge.toFixed ? edge.toOffset + drift(edge.to) : 0.0;
    };

    auto out = Adjacency::group(n, edges.size(), [&](std::size_t e) { return edges[e].from; });
    state.dummyStart.assign(edges.size() + 1, 0);
    // Chains of the box at hand: net → its dummies from top to bottom.
    std::unordered_map<std::uint64_t, std::vector<std::uint32_t>> chains;
    std::vector<std::pair<std::uint32_t, std::uint32_t>> chainOfEdge(edges.size()); // first dummy, count
    for (std::uint32_t box = 0; box < n; ++box) {
        chains.clear();
        for (std::uint32_t e : out.of(box)) {
            const auto& edge = edges[e];
            if (state.route[e] != EdgeRoute::Dummies)
                continue;
            const std::uint32_t length = state.rank[edge.to] - state.rank[box] - 1;
            std::uint32_t above = box;
            double aboveOffset = fromOffset(edge);
            if (length > 0) {
                auto& chain = chains[edge.net];
                while (chain.size() < length) {
                    const auto item = std::uint32_t(state.width.size());
                    state.width.push_back(dummyWidth);
                    state.boxHeight.push_back(0);
                    state.rank.push_back(state.rank[box] + std::uint32_t(chain.size()) + 1);
                    if (chain.empty())
                        state.segments.push_back({box, item, plainWeight, aboveOffset, 0.0});
                    else
                        state.segments.push_back({chain.back(), item, dummyWeight, 0.0, 0.0});
                    chain.push_back(item);
                }
                above = chain[length - 1];
                aboveOffset = 0;
                chainOfEdge[e] = {std::uint32_t(state.dummies.size()), length};
                state.dummies.insert(state.dummies.end(), chain.begin(), chain.begin() + length);
            }
            const bool main = successor.of(box) == edge.to && predecessor.of(edge.to) == box;
            state.segments.push_back({above, edge.to, main && length == 0 ? mainWeight : plainWeight,
                                      aboveOffset, toOffset(edge)});
        }
    }
    // state.dummies was filled box by box; bring it into the order of edges.
    std::vector<std::uint32_t> byEdge;
    byEdge.reserve(state.dummies.size());
    for (std::size_t e = 0; e < edges.size(); ++e) {
        auto [first, count] = chainOfEdge[e];
        byEdge.insert(byEdge.end(), state.dummies.begin() + first, state.dummies.begin() + first + count);
        state.dummyStart[e + 1] = std::uint32_t(byEdge.size());
    }
    state.dummies = std::move(byEdge);

    const std::size_t items = state.itemCount();
    state.up = Adjacency::group(items, state.segments.size(),
                                [&](std::size_t s) { return state.segments[s].lower; });
    state.down = Adjacency::group(items, state.segments.size(),
                                  [&](std::size_t s) { return state.segments[s].upper; });
}

} // namespace orrery::layout
