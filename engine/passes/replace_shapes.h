#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// Other shapes for a model's inputs than its file says, where the model can follow. The shapes that it
// declares of everything else are dropped. What cannot follow is told before anything is compiled: a node
// that the new shapes do not fit, and a Reshape to sizes that are written into the model and were made for
// the old ones, which would move numbers of one axis into another.

#include "engine/graph/model.h"
#include "engine/ops/op_spec.h"

#include <map>
#include <string>

namespace orrery::passes {

// Of inputs of the main graph, with the ranks that these have. Unsupported, with the node as where, when a
// node refuses; the model is then half changed.
Result<void> replaceInputShapes(graph::Model& model, const std::map<ValueId, graph::Dims>& shapes,
                                const ops::OpRegistry& ops);

} // namespace orrery::passes
