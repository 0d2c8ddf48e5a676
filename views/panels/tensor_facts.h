#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// What the graph knows of a value without running it: type, writer, readers, where each dim comes from.

#include "engine/graph/graph.h"
#include "views/panels/tensor_page.h"

namespace orrery::panels {

TensorFacts factsOf(const graph::Graph& graph, ValueId value);

} // namespace orrery::panels
