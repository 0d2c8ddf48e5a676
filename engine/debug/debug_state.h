#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// DebugState: where a debugging session is, as plain data for every prompt, panel and picture. Ids are those
// of the graph that is stepped.

#include "engine/debug/breakpoint.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace orrery::debug {

enum class StopReason : std::uint8_t {
    Started,
    Arrived,    // where the movement was to go
    Breakpoint, // see hits
    Paused,     // on request
    End,        // nothing is left to run
    Beginning,  // nothing is before
    Failed,     // the next node failed; see error. The state is that before it
    Changed,    // by an edit, or another branch was chosen
};

// One line of the call stack; the first is the main graph.
struct StackFrame {
    RegionId region;
    NodeId entered;               // whose body it is; invalid for the main graph
    std::uint32_t next = 0;       // index into the region's order of execution
    std::int64_t iteration = -1;  // of a loop, from 0
    std::int64_t iterations = -1; // where known
};

// One course of events: the original run, or one that an edit made differ from its parent from a position on.
struct Branch {
    BranchId id; // 0 is the original
    BranchId parent;
    std::uint64_t from = 0;
    std::string what; // "set logits", "Conv_3.group = 2"
};

struct HistoryUse {
    std::int64_t budgetBytes = 0;
    std::int64_t usedBytes = 0; // of tensors kept for going back, those that are alive now included
    std::uint64_t states = 0;   // kept
};

struct DebugState {
    StopReason reason = StopReason::Started;
    std::uint64_t position = 0;     // instructions carried out since the start
    std::uint64_t lastPosition = 0; // the farthest that this branch has reached
    bool finished = false;
    NodeId next; // invalid when finished
    std::vector<StackFrame> stack;
    std::vector<NodeId>
        entered;     // control nodes of the current stack that lie behind `next`, with a body that ran
    NodeId previous; // carried out last; invalid at the start
    std::int64_t previousNs = -1; // its time, when it was last carried out
    std::vector<Hit> hits;        // at this stop
    std::vector<Hit> logged;      // by breakpoints that only log, since the last state
    std::optional<Error> error;
    BranchId branch;
    std::vector<Branch> branches;
    HistoryUse history;
    std::vector<ValueId> live; // sorted; without constants
    std::int64_t liveBytes = 0;
};

} // namespace orrery::debug
