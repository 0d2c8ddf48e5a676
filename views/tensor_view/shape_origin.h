#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// Where each dim of a value comes from: followed back through the nodes that hand it on, to the graph input
// or constant that has it, or to the node that made it out of others. Handing on is told by what the operator
// is known to do with its axes, otherwise by equal dims: where several would do, the search ends and says so
// by naming the node. Cost: nodes on the way, per dim.

#include "engine/graph/graph.h"

#include <span>
#include <string>
#include <vector>

namespace orrery::tensor_view {

struct DimOrigin {
    enum class Kind : std::uint8_t { GraphInput, Constant, Node, Unknown };
    Kind kind = Kind::Unknown;
    ValueId value;            // the graph input or constant, or the node's output
    NodeId node;              // that made it
    std::size_t axis = 0;     // of that value
    std::string dim;          // there: "224", "batch"
    std::size_t handedOn = 0; // nodes between there and here
};

// One for each dim; empty when the shape is not known. `types` by ValueId, where better known than the graph
// itself says.
std::vector<DimOrigin> shapeOrigin(const graph::Graph& graph, ValueId value,
                                   std::span<const graph::ValueType> types = {});

} // namespace orrery::tensor_view
