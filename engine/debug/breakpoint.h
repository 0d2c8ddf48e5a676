#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// Breakpoint: where execution stops. Without a condition before a node runs; with one after it has run and
// the answer is yes. Stepping over or jumping past does not count, running does.

#include "engine/base/ids.h"
#include "engine/debug/condition.h"

#include <cstdint>
#include <optional>
#include <string>

namespace orrery::debug {

enum class BreakpointTarget : std::uint8_t {
    Node,   // node
    OpType, // text: "Conv"
    Scope,  // text: a prefix of node names that ends at a separator, "/layer3/"
    Value,  // value: whichever node writes it; without a condition it stops after the write
    Any,    // every node: with a condition
};

enum class BreakpointAction : std::uint8_t { Stop, Log };

struct Breakpoint {
    BreakpointId id; // given by the debugger
    BreakpointTarget target = BreakpointTarget::Node;
    NodeId node; // of the graph that is stepped
    ValueId value;
    std::string text;
    std::optional<Condition> condition;
    BreakpointAction action = BreakpointAction::Stop;
    bool enabled = true;
    bool once = false;        // goes away with its first hit
    std::uint64_t ignore = 0; // hits still to be passed over
    std::uint64_t hits = 0;   // counted by the debugger
};

struct Hit {
    BreakpointId breakpoint;
    std::uint64_t position = 0; // at which it stopped or would have
    NodeId node;
    ValueId value;        // that answered the condition; invalid without one
    std::string sentence; // Finding::sentence, or empty
};

} // namespace orrery::debug
