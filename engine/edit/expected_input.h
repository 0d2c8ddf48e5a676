#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// What a node's input should be for the node to make sense: element type and dims of the weight that a Conv
// needs for its channels, of the bias of a Gemm, of the axes of a Squeeze. For offering a constant where
// nothing is connected. What cannot be told stays unknown: the number of channels that a Conv makes is the
// user's to say.

#include "engine/graph/graph.h"

#include <optional>
#include <string>

namespace orrery::edit {

struct ExpectedInput {
    graph::DataType type = graph::DataType::Float32;
    std::optional<graph::Shape> shape; // nullopt: not even the rank can be told
    std::string name;                  // a good name for it: "conv1_weight"
};

// `typed`: the graph with inferred types in its values.
ExpectedInput expectedInput(const graph::Graph& typed, NodeId node, std::size_t slot);

} // namespace orrery::edit
