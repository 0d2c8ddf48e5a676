#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// The verdict on memory that some owner holds from step to step: does it grow without bound, only for a
// while, only with new input shapes, or not at all? Pure functions over series of live bytes; they know
// nothing of traces. memory_verdict.cpp says how they decide and what they do not claim.

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace orrery::findings {

enum class MemoryVerdict : std::uint8_t {
    Steady,        // nothing to say
    WarmUp,        // grew for some steps, then no more
    ShapeCache,    // grew at steps with input shapes that had not been seen before, and at no other
    ArenaSlack,    // the allocator holds more and more, what is live does not grow: reusable
    Retained,      // bounded, and still there after the close; or growing, and given back at the close
    Growth,        // longer and longer within a step, given back at its end; or the program's own
    Leak,          // grows without bound and is not given back
    NotEnoughData, // it grows, and the steps do not show how
};
std::string_view name(MemoryVerdict verdict); // "leak", "warm-up", "shape-cache" ... as in JSON

// Live bytes of one owner.
struct MemorySeries {
    std::vector<std::int64_t> liveBytes; // at the end of each step
    std::optional<std::int64_t>
        closedBytes;       // after the run had given back its own; none: it did not get there
    bool recycled = false; // blocks as large as those that are live come and go: their owner looks after them
};

struct Rate {
    double bytes = 0; // per step
    double least = 0; // 95 % confidence interval
    double most = 0;
};

struct MemoryJudgement {
    MemoryVerdict verdict = MemoryVerdict::Steady;
    Rate rate;                     // of what grows
    std::uint32_t period = 0;      // steps after which the growth repeats; 0: no regular period
    std::uint32_t periods = 0;     // equal ones
    std::uint32_t firstStep = 0;   // that grew
    std::uint32_t lastStep = 0;    // that grew
    std::int64_t heldBytes = 0;    // at the end of the last step
    std::int64_t slackBytes = 0;   // that came to be held and are not live
    std::int64_t closedBytes = -1; // after the close; -1: not known
    bool everyShapeNew = false;    // why there is not enough data: no step repeats an input shape
    bool firm = false;             // more steps like these would not change it
};

// inputSets: for each step a number that stands for the shapes of its inputs.
MemoryJudgement judge(const MemorySeries& series, std::span<const std::uint32_t> inputSets);

// What an allocator holds against what is live in it: ArenaSlack (with a rate when it still grows) or Steady.
MemoryJudgement judgeSlack(std::span<const std::int64_t> heldBytes, std::span<const std::int64_t> liveBytes);

// Bytes of the same value in round after round of a loop: Growth, its rate per round, or Steady.
MemoryJudgement judgeRounds(std::span<const std::int64_t> bytes);

// Slope of the points by Theil and Sen, with Sen's confidence interval at 95 %. At least two points.
Rate slopeOf(std::span<const double> x, std::span<const double> y);

} // namespace orrery::findings
