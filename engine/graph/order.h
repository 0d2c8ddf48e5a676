#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// Execution order of a region: the file's order where it is already topological, else the topological order
// closest to it. A node also depends on what its nested regions capture from outside of them.

#include "engine/graph/graph.h"

namespace orrery::graph {

// The outer values that a node reads: its inputs and, once each, what its regions capture.
std::vector<ValueId> valuesRead(const Graph& graph, NodeId node);

// BadModel naming a node on the cycle when there is one ("cycle: A → B → A").
Result<std::vector<NodeId>> topologicalOrder(const Graph& graph, RegionId region);

} // namespace orrery::graph
