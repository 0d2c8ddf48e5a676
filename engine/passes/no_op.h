#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// Which nodes hand an input on unchanged, as far as types and constants tell. Types of values have to be
// those that inference found: a declared dim of a value that is computed may be a guess of whoever wrote it.

#include "engine/graph/model.h"

#include <optional>

namespace orrery::passes {

bool isOnnxOp(const graph::Node& node, std::string_view opType);

// The input that the node's output 0 equals, element by element and in shape; nothing when it may differ.
// `maskRead`: whether something reads the mask of a Dropout.
std::optional<std::size_t> inputHandedOn(const graph::Model& model, const graph::Node& node, bool maskRead);

// Reshape, Flatten, Squeeze, Unsqueeze: same elements in the same order.
bool isView(const graph::Node& node);

// The axes of a Squeeze or Unsqueeze, from its attribute or a constant; nothing when neither gives them.
std::optional<std::vector<std::int64_t>> axesOf(const graph::Graph& graph, const graph::Node& node);

// Both known to have the same dims, by number or by name.
bool sameShape(const graph::ValueType& a, const graph::ValueType& b);

} // namespace orrery::passes
