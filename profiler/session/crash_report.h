#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// Words for a run that did not end by itself: what ended it and in which node.

#include "engine/graph/graph.h"
#include "profiler/record/shared_ring.h"
#include "profiler/session/runner_link.h"

#include <string>

namespace orrery::session {

struct RunningNode {
    NodeId node;      // invalid: none, or not known
    std::string text; // Conv "layer3.0.conv1"; empty without a node
};

// The node in the ring's current-op cell, as far as the graph has it.
RunningNode runningNode(const record::SharedRing* ring, const graph::Graph& compute);

// Conv "layer3.0.conv1", or Conv #12 without a name.
std::string nodeText(const graph::Node& node);

// "signal 11 in Conv "layer3.0.conv1"", "exit status 3 between nodes".
std::string crashText(const RunnerEnd& end, const RunningNode& running);

} // namespace orrery::session
