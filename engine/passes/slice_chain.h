#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// A set of nodes with one result that can be computed slice by slice along an axis: every node treats slices
// apart, what is made inside is read inside, what comes from outside is cut along the axis or read whole.
// Private to engine/passes.

#include "engine/passes/slice_rules.h"

#include <string>
#include <unordered_map>
#include <vector>

namespace orrery::passes {

struct SliceChain {
    std::vector<NodeId> nodes;                   // in an order of execution; the last one makes the result
    std::vector<std::vector<std::int64_t>> axes; // by node and input: see sliceAxes()
    std::unordered_map<ValueId, NodeId> made;    // inside
    std::int64_t axis = 0;
    std::int64_t length = 0; // of the axis
};

using UseCount = std::function<std::size_t(ValueId)>;

// An error says why these nodes are no chain. An axis below 0 counts from the last one of the result.
Result<SliceChain> sliceChain(const graph::Graph& graph, const std::vector<NodeId>& nodes, std::int64_t axis,
                              const TypeOf& typeOf, const UseCount& useCount);

} // namespace orrery::passes
