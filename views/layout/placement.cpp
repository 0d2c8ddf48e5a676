// SPDX-License-Identifier: Apache-2.0
//
// Placement: the x of every item and the y of every rank. On each rank, items want to stand at the weighted
// mean of their neighbours; with their order fixed and least distances between them, the nearest such
// positions are an isotonic regression (substitute the distances away, then pool adjacent violators). Sweeps
// down, up and both ways settle the whole; a last pass moves each straight run (main path, dummy chain) to
// its mean, so that it is exactly vertical where there is room. Linear time per sweep.
#include "views/layout/layering.h"

#include <algorithm>
#include <cmath>

namespace orrery::layout {

void separate(std::span<const double> desired, std::span<const double> weight, std::span<const double> gap,
              std::span<double> value)
{
    struct Pool {
        double mean, weight;
        std::size_t count;
    };
    static thread_local std::vector<Pool> pools;
    pools.clear();
    double shift = 0;
    for (std::size_t i = 0; i < desired.size(); ++i) {
        if (i > 0)
            shift += gap[i - 1];
        pools.push_back({desired[i] - shift, weight[i], 1});
        while (pools.size() > 1 && pools[pools.size() - 2].mean >= pools.back().mean) {
            Pool last = pools.back();
            pools.pop_back();
            Pool& into = pools.back();
            const double sum = into.weight + last.weight;
            into.mean = (into.mean * into.weight + last.mean * last.weight) / sum;
            into.weight = sum;
            into.count += last.count;
        }
    }
    std::size_t i = 0;
    shift = 0;
    for (const Pool& pool : pools)
        for (std::size_t k = 0; k < pool.count; ++k, ++i) {
            if (i > 0)
                shift += gap[i - 1];
            value[i] = pool.mean + shift;
        }
}

namespace {

class Placer {
public:
    Placer(const Level& level, Layering& state)
        : m_level(level)
        , m_state(state)
    {}

    void pack()
    {
        m_state.x.assign(m_state.itemCount(), 0);
        for (const auto& row : m_state.order) {
            double x = 0;
            for (std::size_t i = 0; i < row.size(); ++i) {
                if (i > 0)
                    x += gapBetween(row[i - 1], row[i]);
                m_state.x[row[i]] = x;
            }
            for (std::uint32_t item : row)
                m_state.x[item] -= x / 2;
        }
    }

    enum Sides : unsigned { Above = 1, Below = 2 };

    void sweep(unsigned sides, bool upwards)
    {
        const std::uint32_t ranks = m_state.rankCount;
        for (std::uint32_t i = 0; i < ranks; ++i) {
            const auto& row = m_state.order[upwards ? ranks - 1 - i : i];
            placeRow(row, [&](std::uint32_t item) {
                double sum = 0, weight = 0;
                if (sides & Above)
                    for (std::uint32_t s : m_state.up.of(item)) {
                        const Segment& segment = m_state.segments[s];
                        sum += segment.weight *
                               (m_state.x[segment.upper] + segment.upperOffset - segment.lowerOffset);
                        weight += segment.weight;
                    }
                if (sides & Below)
                    for (std::uint32_t s : m_state.down.of(item)) {
                        const Segment& segment = m_state.segments[s];
                        sum += segment.weight *
                               (m_state.x[segment.lower] + segment.lowerOffset - segment.upperOffset);
                        weight += segment.weight;
                    }
                return weight > 0 ? std::pair(sum / weight, weight) : std::pair(m_state.x[item], 0.02);
            });
        }
    }

    // Runs of items joined by heavy segments become vertical: they move to their mean, or, where a neighbour
    // keeps one of them from it, to where that one had to stay.
    enum class Target : std::uint8_t { Mean, Outermost };

    void straighten(Target target)
    {
        const std::size_t items = m_state.itemCount();
        const auto boxes = m_level.boxes.size();
        struct Run {
            double sum = 0, least = 1e300, most = -1e300;
            std::uint32_t length = 0;
        };
        std::vector<Run> runs;
        std::vector<std::uint32_t> runOf(items);
        std::vector<double> shift(items, 0);
        for (const auto& row : m_state.order)
            for (std::uint32_t item : row) {
                runOf[item] = std::uint32_t(runs.size());
                for (std::uint32_t s : m_state.up.of(item)) {
                    const Segment& segment = m_state.segments[s];
                    const bool dummies = segment.upper >= boxes && segment.lower >= boxes;
                    if (!dummies && segment.weight < mainWeight)
                        continue;
                    runOf[item] = runOf[segment.upper];
                    shift[item] = shift[segment.upper] + segment.upperOffset - segment.lowerOffset;
                    break;
                }
                if (runOf[item] == runs.size())
                    runs.emplace_back();
                Run& run = runs[runOf[item]];
                const double x = m_state.x[item] - shift[item];
                run.sum += x;
                run.least = std::min(run.least, x);
                run.most = std::max(run.most, x);
                ++run.length;
            }
        auto goal = [&](const Run& run) {
            const double mean = run.sum / run.length;
            if (target == Target::Mean || run.most - run.least > 80)
                return mean;
            return run.most - mean > mean - run.least ? run.most : run.least;
        };
        for (const auto& row : m_state.order)
            placeRow(row, [&](std::uint32_t item) {
                const Run& run = runs[runOf[item]];
                return run.length == 1 ? std::pair(m_state.x[item], 0.05)
                                       : std::pair(goal(run) + shift[item], double(run.length));
            });
    }

    void placeRanks()
    {
        const auto& options = m_level.options;
        m_state.rankTop.resize(m_state.rankCount);
        m_state.rankBottom.resize(m_state.rankCount);
        std::vector<double> travel(m_state.rankCount, 0);
        for (const Segment& segment : m_state.segments) {
            double dx = std::abs(m_state.x[segment.upper] + segment.upperOffset - m_state.x[segment.lower] -
                                 segment.lowerOffset);
            double& most = travel[m_state.rank[segment.upper]];
            most = std::max(most, dx);
        }
        double y = 0;
        for (std::uint32_t rank = 0; rank < m_state.rankCount; ++rank) {
            double height = 0;
            for (std::uint32_t item : m_state.order[rank])
                height = std::max(height, m_state.boxHeight[item]);
            m_state.rankTop[rank] = y;
            m_state.rankBottom[rank] = y + height;
            // Wide fans get more room, so that their lines are not nearly horizontal.
            const double more = std::clamp(travel[rank] * 0.06 - 12, 0.0, 90.0);
            // Entries and exits have no height: half a gap is enough between them and the nearest boxes.
            const bool half = height == 0 || (rank + 2 == m_state.rankCount && lastIsFlat());
            y += height + (half ? options.rankGap / 2 : options.rankGap) + more;
        }
    }

private:
    bool lastIsFlat() const
    {
        const auto& row = m_state.order.back();
        return std::all_of(row.begin(), row.end(),
                           [&](std::uint32_t item) { return m_state.boxHeight[item] == 0; });
    }

    double gapBetween(std::uint32_t a, std::uint32_t b) const
    {
        const auto boxes = m_level.boxes.size();
        auto thin = [&](std::uint32_t item) {
            return item >= boxes || m_level.kinds[item] != Level::Box::Node;
        };
        const double gap =
            thin(a) && thin(b) ? 12 : m_level.options.nodeGap * (thin(a) || thin(b) ? 0.75 : 1);
        return (m_state.width[a] + m_state.width[b]) / 2 + gap;
    }

    template<class Wish> // item → (desired x, weight)
    void placeRow(const std::vector<std::uint32_t>& row, Wish wish)
    {
        const std::size_t n = row.size();
        m_desired.resize(n);
        m_weight.resize(n);
        m_gap.resize(n);
        m_value.resize(n);
        for (std::size_t i = 0; i < n; ++i) {
            std::tie(m_desired[i], m_weight[i]) = wish(row[i]);
            if (i > 0)
                m_gap[i - 1] = gapBetween(row[i - 1], row[i]);
        }
        separate(m_desired, m_weight, m_gap, m_value);
        for (std::size_t i = 0; i < n; ++i)
            m_state.x[row[i]] = m_value[i];
    }

    const Level& m_level;
    Layering& m_state;
    std::vector<double> m_desired, m_weight, m_gap, m_value;
};

} // namespace

void placeItems(const Level& level, Layering& state, const std::stop_token& stop)
{
    Placer placer(level, state);
    placer.pack();
    const int rounds = state.itemCount() > 50'000 ? 2 : 4;
    for (int round = 0; round < rounds && !stop.stop_requested(); ++round) {
        placer.sweep(Placer::Above, false);
        placer.sweep(Placer::Below, true);
    }
    for (int round = 0; round < rounds / 2 && !stop.stop_requested(); ++round) {
        placer.sweep(Placer::Above | Placer::Below, false);
        placer.sweep(Placer::Above | Placer::Below, true);
    }
    placer.straighten(Placer::Target::Mean);
    placer.straighten(Placer::Target::Outermost);
    placer.straighten(Placer::Target::Outermost);
    placer.placeRanks();
}

} // namespace orrery::layout
