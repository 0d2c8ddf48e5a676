// SPDX-License-Identifier: Apache-2.0
//
// How the verdict is made.
//
// A *record* is a step that ends with more live bytes than every step before it: only records are growth, so
// that memory which comes and goes is none. When the last third of the steps (and at least eight) has no
// record, the series is bounded: it is a warm-up, a shape cache when exactly the first steps of the input
// shapes are records, retained when it was there from the first step on and outlives the close, else steady.
//
// Otherwise it still grows. The shortest period is looked for, counted back from the last step, whose sums
// are positive and equal at least three times in a row, over at least sixteen steps, and that explains nearly
// as many steps as any other. (A block that is freed every second time has the period 2; shapes that take
// turns have their number.) Where there is none, thirds that each grow and a slope whose confidence interval
// lies above zero make a leak without a period. All else that grows is told as not enough data. What is given
// back at the close is no leak: somebody knew of it.
//
// A fit of a straight line over all steps would be simpler and wrong: it takes a warm-up for a small leak and
// a leak in a noisy owner for none. Cost: the steps times the logarithm of the longest period; slopes are
// taken over at most 256 points.
#include "profiler/findings/memory_verdict.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <set>

namespace orrery::findings {
namespace {

constexpr std::size_t leastSteps = 8;
constexpr std::size_t leastRegularSteps = 16;
constexpr std::size_t leastPeriods = 3;
constexpr std::size_t longestPeriod = 1024;
constexpr std::size_t firmSteps = 32;
constexpr std::int64_t worthTelling = 4096; // bytes that are held and do not grow

std::vector<std::size_t> recordsOf(std::span<const std::int64_t> live)
{
    std::vector<std::size_t> records;
    std::int64_t most = live.empty() ? 0 : live[0];
    for (std::size_t i = 1; i < live.size(); ++i)
        if (live[i] > most) {
            most = live[i];
            records.push_back(i);
        }
    return records;
}

// Steps after the first whose inputs have shapes of their own for the first time.
std::set<std::size_t> newShapeSteps(std::span<const std::uint32_t> inputSets, std::size_t steps)
{
    std::set<std::uint32_t> seen;
    std::set<std::size_t> result;
    for (std::size_t i = 0; i < std::min(steps, inputSets.size()); ++i)
        if (seen.insert(inputSets[i]).second && i > 0)
            result.insert(i);
    return result;
}

bool equalBytes(std::int64_t a, std::int64_t b)
{
    return std::abs(a - b) <= std::max(std::abs(a), std::abs(b)) / 50;
}

// What step i added; before the first step nothing was live.
std::int64_t grownAt(std::span<const std::int64_t> live, std::size_t i)
{
    return i == 0 ? live[0] : live[i] - live[i - 1];
}

struct Period {
    std::size_t length = 0; // 0: none
    std::size_t count = 0;  // equal ones, up to the last step
    std::size_t begin = 0;  // first step of them, and of what goes before in the same way
};

// Equal positive sums of `length` steps, counted back from the end.
Period periodsOf(std::span<const std::int64_t> live, std::size_t length)
{
    auto sumUntil = [&](std::size_t until) {
        return live[until - 1] - (until == length ? 0 : live[until - length - 1]);
    };
    std::int64_t last = sumUntil(live.size());
    Period period{length, 0, live.size()};
    while (last > 0 && period.begin >= length && equalBytes(sumUntil(period.begin), last)) {
        period.begin -= length;
        ++period.count;
    }
    return period;
}

// The shortest of those that explain nearly as many steps as any.
Period bestPeriod(std::span<const std::int64_t> live)
{
    std::vector<Period> candidates;
    std::size_t most = 0;
    for (std::size_t length = 1; length <= std::min(live.size() / leastPeriods, longestPeriod); ++length) {
        Period period = periodsOf(live, length);
        if (period.count < leastPeriods || period.count * length < leastRegularSteps)
            continue;
        most = std::max(most, period.count * length);
        candidates.push_back(period);
    }
    for (Period period : candidates) {
        if (period.count * period.length * 10 < most * 9)
            continue;
        while (period.begin > 0 &&
               equalBytes(grownAt(live, period.begin - 1), grownAt(live, period.begin - 1 + period.length)))
            --period.begin;
        return period;
    }
    return {};
}

// The slope over at most 256 of the steps [begin, end), `stride` or a multiple of it apart.
Rate slopeBetween(std::span<const std::int64_t> live, std::size_t begin, std::size_t stride)
{
    std::size_t every = stride * std::max<std::size_t>(1, (live.size() - begin) / stride / 256);
    std::vector<double> x, y;
    for (std::size_t i = live.size(); i > begin; i -= std::min(i, every)) {
        x.push_back(static_cast<double>(i));
        y.push_back(static_cast<double>(live[i - 1]));
    }
    std::reverse(x.begin(), x.end());
    std::reverse(y.begin(), y.end());
    return slopeOf(x, y);
}

MemoryVerdict boundedVerdict(const MemorySeries& series, const std::vector<std::size_t>& records,
                             const std::set<std::size_t>& newShapes)
{
    std::int64_t held = series.liveBytes.back();
    if (held < worthTelling || series.recycled)
        return MemoryVerdict::Steady;
    bool grew = held - series.liveBytes.front() >= worthTelling;
    if (grew && records.size() == newShapes.size() &&
        std::equal(records.begin(), records.end(), newShapes.begin()))
        return MemoryVerdict::ShapeCache;
    bool outlives = series.closedBytes.value_or(0) >= worthTelling;
    if (grew && (outlives || records.back() >= leastSteps / 2))
        return MemoryVerdict::WarmUp;
    return outlives ? MemoryVerdict::Retained : MemoryVerdict::Steady;
}

// Grows in each third of the steps after the first quarter, and its slope is surely above zero.
bool growsThroughout(std::span<const std::int64_t> live, const std::vector<std::size_t>& records,
                     std::size_t begin, const Rate& rate)
{
    if (live.size() < 3 * leastSteps || rate.least <= 0)
        return false;
    std::array<int, 3> inThird{};
    for (std::size_t record : records)
        if (record >= begin)
            ++inThird[std::min<std::size_t>((record - begin) * 3 / (live.size() - begin), 2)];
    return std::all_of(inThird.begin(), inThird.end(), [](int count) { return count >= 2; });
}

// What is given back at the close has an owner.
MemoryVerdict growingVerdict(const MemorySeries& series, const MemoryJudgement& judgement)
{
    if (!series.closedBytes)
        return MemoryVerdict::Leak;
    std::int64_t grown = series.liveBytes.back();
    if (judgement.firstStep > 0)
        grown -= series.liveBytes[judgement.firstStep - 1];
    return *series.closedBytes * 2 >= grown ? MemoryVerdict::Leak : MemoryVerdict::Retained;
}

MemoryJudgement judgeGrowing(const MemorySeries& series, const std::vector<std::size_t>& records,
                             const std::set<std::size_t>& newShapes, MemoryJudgement judgement)
{
    std::span<const std::int64_t> live(series.liveBytes);
    std::size_t steps = live.size();
    bool onlyAtNewShapes = std::all_of(records.begin(), records.end(),
                                       [&](std::size_t step) { return newShapes.contains(step); });
    if (onlyAtNewShapes) {
        bool repeats = steps - 1 - newShapes.size() >= leastPeriods;
        judgement.verdict = repeats ? MemoryVerdict::ShapeCache : MemoryVerdict::NotEnoughData;
        judgement.everyShapeNew = !repeats;
        judgement.firm = repeats && steps >= firmSteps;
        return judgement;
    }
    if (Period period = bestPeriod(live); period.length > 0) {
        judgement.period = static_cast<std::uint32_t>(period.length);
        judgement.periods = static_cast<std::uint32_t>(period.count);
        judgement.rate = slopeBetween(live, period.begin, period.length);
        std::size_t first = period.begin;
        while (first + 1 < steps && grownAt(live, first) <= 0)
            ++first;
        judgement.firstStep = static_cast<std::uint32_t>(first);
        judgement.verdict = growingVerdict(series, judgement);
        judgement.firm = period.count * period.length >= firmSteps;
        return judgement;
    }
    std::size_t begin = steps / 4;
    judgement.rate = slopeBetween(live, begin, 1);
    if (growsThroughout(live, records, begin, judgement.rate)) {
        judgement.verdict = growingVerdict(series, judgement);
        judgement.firm = steps >= 4 * firmSteps;
        return judgement;
    }
    // Records may also be the highest of values that go up and down.
    auto half = live.begin() + static_cast<std::ptrdiff_t>(steps / 2);
    auto [least, most] = std::minmax_element(live.begin(), half);
    std::int64_t above = *std::max_element(half, live.end()) - *most;
    bool noise = above * 4 <= *most - *least && judgement.rate.least <= 0;
    judgement.verdict = noise ? MemoryVerdict::Steady : MemoryVerdict::NotEnoughData;
    return judgement;
}

} // namespace

std::string_view name(MemoryVerdict verdict)
{
    static constexpr std::array<std::string_view, 8> names = {
        "steady", "warm-up", "shape-cache", "arena-slack", "retained", "growth", "leak", "not-enough-data"};
    return names[static_cast<std::size_t>(verdict)];
}

Rate slopeOf(std::span<const double> x, std::span<const double> y)
{
    std::vector<double> slopes;
    for (std::size_t i = 0; i < x.size(); ++i)
        for (std::size_t j = i + 1; j < x.size(); ++j)
            if (x[j] > x[i])
                slopes.push_back((y[j] - y[i]) / (x[j] - x[i]));
    if (slopes.empty())
        return {};
    std::sort(slopes.begin(), slopes.end());
    // Kendall's S has this variance when there is no trend; 1.96 of its standard deviations are 95 %.
    auto n = static_cast<double>(x.size());
    double spread = 1.96 * std::sqrt(n * (n - 1) * (2 * n + 5) / 18);
    auto count = static_cast<double>(slopes.size());
    auto at = [&](double rank) { return slopes[static_cast<std::size_t>(std::clamp(rank, 0.0, count - 1))]; };
    return {at(count / 2), at((count - spread) / 2), at((count + spread) / 2)};
}

MemoryJudgement judge(const MemorySeries& series, std::span<const std::uint32_t> inputSets)
{
    MemoryJudgement judgement;
    const auto& live = series.liveBytes;
    judgement.closedBytes = series.closedBytes.value_or(-1);
    if (live.empty())
        return judgement;
    judgement.heldBytes = live.back();
    std::vector<std::size_t> records = recordsOf(live);
    if (!records.empty()) {
        judgement.firstStep = static_cast<std::uint32_t>(records.front());
        judgement.lastStep = static_cast<std::uint32_t>(records.back());
    }
    std::set<std::size_t> newShapes = newShapeSteps(inputSets, live.size());
    std::size_t last = records.empty() ? 0 : records.back();
    std::size_t quiet = live.size() - 1 - last;
    if (live.size() < leastSteps) {
        if (!records.empty() && quiet < live.size() / 2)
            judgement.verdict = MemoryVerdict::NotEnoughData;
        return judgement;
    }
    if (quiet < std::max(leastSteps - 1, live.size() / 3))
        return judgeGrowing(series, records, newShapes, judgement);
    judgement.verdict = boundedVerdict(series, records, newShapes);
    judgement.firm = live.size() >= firmSteps && quiet >= live.size() / 2;
    return judgement;
}

MemoryJudgement judgeSlack(std::span<const std::int64_t> heldBytes, std::span<const std::int64_t> liveBytes)
{
    constexpr std::int64_t least = 1 << 20; // of growth; an allocator takes memory in pieces of 132 KiB
    std::size_t steps = std::min(heldBytes.size(), liveBytes.size());
    MemoryJudgement judgement;
    if (steps < leastRegularSteps)
        return judgement;
    std::vector<std::int64_t> slack(steps);
    for (std::size_t i = 0; i < steps; ++i)
        slack[i] = heldBytes[i] - liveBytes[i];
    std::vector<std::size_t> records = recordsOf(slack);
    judgement.heldBytes = heldBytes[steps - 1];
    judgement.slackBytes = slack.back() - slack.front();
    judgement.firm = steps >= firmSteps;
    if (records.empty() || judgement.slackBytes < least ||
        judgement.slackBytes < 2 * (liveBytes[steps - 1] - liveBytes[0]))
        return judgement;
    judgement.firstStep = static_cast<std::uint32_t>(records.front());
    judgement.lastStep = static_cast<std::uint32_t>(records.back());
    judgement.verdict = MemoryVerdict::ArenaSlack;
    Rate rate = slopeBetween(slack, steps / 4, 1);
    if (records.back() > steps - steps / 3 && rate.least > 0)
        judgement.rate = rate;
    return judgement;
}

MemoryJudgement judgeRounds(std::span<const std::int64_t> bytes)
{
    MemoryJudgement judgement;
    if (bytes.size() < leastSteps || bytes.back() < 2 * std::max<std::int64_t>(bytes.front(), 1))
        return judgement;
    std::size_t longer = 0;
    for (std::size_t i = 1; i < bytes.size(); ++i)
        longer += bytes[i] > bytes[i - 1] ? 1 : 0;
    if (longer * 10 < (bytes.size() - 1) * 9)
        return judgement;
    judgement.rate = slopeBetween(bytes, 0, 1);
    judgement.heldBytes = bytes.back();
    judgement.lastStep = static_cast<std::uint32_t>(bytes.size() - 1);
    judgement.verdict = MemoryVerdict::Growth;
    judgement.firm = true;
    return judgement;
}

} // namespace orrery::findings
