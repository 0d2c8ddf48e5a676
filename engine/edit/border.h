#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// Where chosen nodes of one graph end: what they read from elsewhere, what others read of them, and where
// something that takes their place would stand. Made for an action that handles them as one.

#include "engine/base/result.h"
#include "engine/graph/graph.h"

#include <set>
#include <vector>

namespace orrery::edit {

struct Border {
    RegionId region;
    std::vector<NodeId> nodes;    // in the region's order
    std::uint32_t place = 0;      // of what takes their place: where the last of them was
    std::vector<ValueId> read;    // from elsewhere, constants included, in the order of reading
    std::vector<ValueId> made;    // by them
    std::vector<ValueId> outputs; // of those, what others read; else what they do not read of each other
    std::vector<ValueId> inner;   // of those, what is no output
};

// Refused for no nodes, and for nodes of different graphs.
Result<Border> borderOf(const graph::Graph& graph, const std::set<NodeId>& nodes);
// Refused when something between the nodes is not chosen: what takes their place would depend on itself.
Result<void> checkConvex(const graph::Graph& graph, const Border& border);

} // namespace orrery::edit
