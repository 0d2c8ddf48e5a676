#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// A graph as canonical, readable text, one line per node, for golden files, pass tests and messages; it is
// not read back. Values are %name; two of one name get their id behind it, one without a name has only that.
//
//   %y: float 1×3 = Conv(%x, %w) {kernel_shape=[3, 3]} "layer1.conv"

#include "engine/graph/model.h"

#include <string>

namespace orrery::graph {

std::string nodeText(const Graph& graph, NodeId id);
std::string toText(const Graph& graph);
std::string toText(const Model& model);

} // namespace orrery::graph
