#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// Movement: one request to a Debugger to go somewhere in time. Backward is the exact inverse of forward:
// going back shows what was there, bit for bit. Only Continue minds breakpoints. What names nothing leaves the
// place as it is and says so in DebugState::error; what never comes leads to the end, or the beginning.

#include "engine/base/ids.h"

#include <cstdint>

namespace orrery::debug {

enum class Direction : std::uint8_t { Forward, Backward };

enum class Goal : std::uint8_t {
    Step,     // `count` steps; a body or function call entered counts as part of its node
    Into,     // `count` single instructions
    Out,      // to behind the node whose body this is (backward: to before it)
    Continue, // to the next breakpoint, else the end (backward: the start)
    Node,     // to just before `node` runs next (ran last)
    Writer,   // backward: to just before the instruction that wrote what `value` holds; forward: to just
              // after it is written next
    Position, // to `position`, whichever direction
};

struct Movement {
    Goal goal = Goal::Step;
    Direction direction = Direction::Forward;
    std::uint64_t count = 1;
    NodeId node;
    ValueId value;
    std::uint64_t position = 0;
};

} // namespace orrery::debug
