// SPDX-License-Identifier: Apache-2.0
//
// Dynamic storage allocation with known lifetimes is NP-hard; greedy orders come close on neural networks.
// Each order takes the buffers one by one and puts each into the smallest gap, between buffers alive at the
// same time, that holds it (best fit), else on top. Orders tried, until one comes within 1 % of the lower
// bound: largest first (Pisarchyk and Lee, "Efficient Memory Management for Deep Neural Net Inference",
// 2020), largest bytes × lifetime first, longest lifetime first, and execution order. The best is kept. Cost:
// quadratic in buffers with a small constant (10,000 buffers: a few hundred milliseconds); above 20,000
// buffers only the first order is tried.
#include "engine/plan/offsets.h"

#include <algorithm>
#include <limits>
#include <numeric>

namespace orrery::plan {
namespace {

constexpr std::int64_t alignment = 64;
constexpr std::size_t manyBuffers = 20'000;

std::int64_t rounded(std::int64_t bytes) { return (bytes + alignment - 1) / alignment * alignment; }

Placement placeInOrder(const std::vector<Lifetime>& lifetimes, const std::vector<std::size_t>& order)
{
    Placement result;
    result.offsets.resize(lifetimes.size());
    std::vector<std::size_t> placed; // sorted by offset
    for (std::size_t index : order) {
        const Lifetime& wanted = lifetimes[index];
        std::int64_t size = rounded(wanted.bytes);
        std::int64_t gapStart = 0;
        std::int64_t best = -1;
        std::int64_t bestGap = std::numeric_limits<std::int64_t>::max();
        for (std::size_t other : placed) {
            const Lifetime& life = lifetimes[other];
            if (life.last < wanted.first || life.first > wanted.last)
                continue;
            std::int64_t gap = result.offsets[other] - gapStart;
            if (gap >= size && gap < bestGap) {
                bestGap = gap;
                best = gapStart;
            }
            gapStart = std::max(gapStart, result.offsets[other] + rounded(life.bytes));
        }
        std::int64_t offset = best >= 0 ? best : gapStart;
        result.offsets[index] = offset;
        result.totalBytes = std::max(result.totalBytes, offset + size);
        auto at = std::upper_bound(placed.begin(), placed.end(), offset,
                                   [&](std::int64_t o, std::size_t p) { return o < result.offsets[p]; });
        placed.insert(at, index);
    }
    return result;
}

} // namespace

std::int64_t lowerBound(const std::vector<Lifetime>& lifetimes)
{
    std::vector<std::pair<std::uint64_t, std::int64_t>> changes;
    for (const Lifetime& life : lifetimes) {
        changes.emplace_back(life.first, rounded(life.bytes));
        changes.emplace_back(std::uint64_t(life.last) + 1, -rounded(life.bytes));
    }
    std::sort(changes.begin(), changes.end()); // at one position frees (negative) come first
    std::int64_t live = 0;
    std::int64_t most = 0;
    for (const auto& change : changes) {
        live += change.second;
        most = std::max(most, live);
    }
    return most;
}

Placement place(const std::vector<Lifetime>& lifetimes)
{
    std::vector<std::size_t> order(lifetimes.size());
    std::iota(order.begin(), order.end(), std::size_t(0));
    auto length = [](const Lifetime& life) { return static_cast<std::int64_t>(life.last - life.first) + 1; };
    auto sortedBy = [&](auto key) {
        std::vector<std::size_t> result = order;
        std::stable_sort(result.begin(), result.end(),
                         [&](std::size_t a, std::size_t b) { return key(lifetimes[a]) > key(lifetimes[b]); });
        return result;
    };
    std::int64_t goodEnough = lowerBound(lifetimes) / 100 * 101;
    Placement best =
        placeInOrder(lifetimes, sortedBy([](const Lifetime& l) { return static_cast<double>(l.bytes); }));
    if (lifetimes.size() > manyBuffers)
        return best;
    auto attempt = [&](const std::vector<std::size_t>& candidate) {
        if (best.totalBytes <= goodEnough)
            return;
        Placement placement = placeInOrder(lifetimes, candidate);
        if (placement.totalBytes < best.totalBytes)
            best = std::move(placement);
    };
    attempt(sortedBy(
        [&](const Lifetime& l) { return static_cast<double>(l.bytes) * static_cast<double>(length(l)); }));
    attempt(sortedBy([&](const Lifetime& l) { return static_cast<double>(length(l)); }));
    attempt(sortedBy([&](const Lifetime& l) { return -static_cast<double>(l.first); }));
    return best;
}

} // namespace orrery::plan
