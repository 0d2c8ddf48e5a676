// SPDX-License-Identifier: Apache-2.0
//
// Ordering: who stands left of whom on a rank. The first order comes from a depth-first walk, which keeps
// branches together; then sweeps down and up move every item to the mean position of its neighbours on the
// rank before (barycenter method; Sugiyama, Tagawa, Toda 1981). The sweep with the fewest crossings wins
// where counting them is affordable. Items without neighbours on that side keep their place.
#include "views/layout/layering.h"

#include <algorithm>

namespace orrery::layout {
namespace {

constexpr std::size_t countingLimit = 60'000; // segments

void firstOrder(const Level& level, Layering& state)
{
    const auto items = std::uint32_t(state.itemCount());
    state.order.assign(state.rankCount, {});
    std::vector<std::uint8_t> seen(items, 0);
    std::vector<std::uint32_t> stack;
    auto walk = [&](std::uint32_t root) {
        if (seen[root])
            return;
        stack.push_back(root);
        while (!stack.empty()) {
            std::uint32_t item = stack.back();
            stack.pop_back();
            if (seen[item])
                continue;
            seen[item] = 1;
            state.order[state.rank[item]].push_back(item);
            auto down = state.down.of(item);
            for (std::size_t i = down.size(); i-- > 0;) {
                std::uint32_t lower = state.segments[down[i]].lower;
                if (!seen[lower])
                    stack.push_back(lower);
            }
        }
    };
    for (std::uint32_t box = 0; box < level.boxes.size(); ++box)
        if (state.up.of(box).empty())
            walk(box);
    for (std::uint32_t item = 0; item < items; ++item)
        walk(item);
    state.position.assign(items, 0);
    for (const auto& row : state.order)
        for (std::size_t i = 0; i < row.size(); ++i)
            state.position[row[i]] = std::uint32_t(i);
}

enum class Sweep : std::uint8_t { Down, Up };

bool sortRank(Layering& state, std::uint32_t rank, Sweep sweep,
              std::vector<std::pair<double, std::uint32_t>>& keyed)
{
    auto& row = state.order[rank];
    keyed.clear();
    for (std::uint32_t item : row) {
        auto segments = sweep == Sweep::Down ? state.up.of(item) : state.down.of(item);
        double sum = 0;
        for (std::uint32_t s : segments) {
            const Segment& segment = state.segments[s];
            const std::uint32_t other = sweep == Sweep::Down ? segment.upper : segment.lower;
            const double offset = sweep == Sweep::Down ? segment.upperOffset : segment.lowerOffset;
            // A port on a wide box counts as a fraction of a place.
            sum += state.position[other] + 0.9 * offset / std::max(1.0, state.width[other]);
        }
        keyed.push_back(
            {segments.empty() ? double(state.position[item]) : sum / double(segments.size()), item});
    }
    std::stable_sort(keyed.begin(), keyed.end(),
                     [](const auto& a, const auto& b) { return a.first < b.first; });
    bool changed = false;
    for (std::size_t i = 0; i < row.size(); ++i) {
        changed = changed || row[i] != keyed[i].second;
        row[i] = keyed[i].second;
        state.position[row[i]] = std::uint32_t(i);
    }
    return changed;
}

// Crossings between neighbouring ranks: inversions, counted with a Fenwick tree.
std::size_t countCrossings(const Layering& state)
{
    std::size_t crossings = 0;
    std::vector<std::uint32_t> tree, targets;
    for (std::uint32_t rank = 0; rank + 1 < state.rankCount; ++rank) {
        const std::size_t width = state.order[rank + 1].size();
        tree.assign(width + 1, 0);
        std::uint32_t added = 0;
        for (std::uint32_t item : state.order[rank]) {
            targets.clear();
            for (std::uint32_t s : state.down.of(item))
                targets.push_back(state.position[state.segments[s].lower]);
            for (std::uint32_t target : targets) {
                std::uint32_t upTo = 0;
                for (std::size_t i = target + 1; i > 0; i &= i - 1)
                    upTo += tree[i];
                crossings += added - upTo;
            }
            for (std::uint32_t target : targets)
                for (std::size_t i = target + 1; i <= width; i += i & (~i + 1))
                    ++tree[i];
            added += std::uint32_t(targets.size());
        }
    }
    return crossings;
}

} // namespace

void orderRanks(const Level& level, Layering& state, const std::stop_token& stop)
{
    firstOrder(level, state);
    const bool counting = state.segments.size() <= countingLimit;
    std::size_t best = counting ? countCrossings(state) : 0;
    auto bestOrder = counting ? state.order : std::vector<std::vector<std::uint32_t>>{};
    std::vector<std::pair<double, std::uint32_t>> keyed;
    const int rounds = counting ? 6 : 3;
    for (int round = 0; round < rounds && !stop.stop_requested() && !(counting && best == 0); ++round) {
        bool changed = false;
        for (Sweep sweep : {Sweep::Down, Sweep::Up}) {
            for (std::uint32_t i = 0; i < state.rankCount; ++i)
                changed |= sortRank(state, sweep == Sweep::Down ? i : state.rankCount - 1 - i, sweep, keyed);
            if (!counting)
                continue;
            if (std::size_t crossings = countCrossings(state); crossings < best) {
                best = crossings;
                bestOrder = state.order;
            }
        }
        if (!changed)
            break;
    }
    if (counting)
        state.order = std::move(bestOrder);
    for (const auto& row : state.order)
        for (std::size_t i = 0; i < row.size(); ++i)
            state.position[row[i]] = std::uint32_t(i);
}

} // namespace orrery::layout
