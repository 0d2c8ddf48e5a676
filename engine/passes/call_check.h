#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// Whether the bodies of the model's own functions fit the types and attributes of each of their calls, and
// what they give the nodes that read it: what a check says of the model with all calls replaced by the
// bodies, told of the calls, and of other nodes where nothing else tells it. Bodies have no types of their
// own, so that nothing else can tell. Costs a copy of the graph, for models with functions only.

#include "engine/graph/model.h"
#include "engine/ops/op_spec.h"

#include <functional>
#include <vector>

namespace orrery::passes {

// More to check beside inference: the model, the types of its values by ValueId, what was found before.
using TypedCheck = std::function<std::vector<Problem>(
    const graph::Model&, const std::vector<graph::ValueType>&, const std::vector<Problem>&)>;

std::vector<Problem> checkCalls(const graph::Model& model, const ops::OpRegistry& ops,
                                const TypedCheck& check);

} // namespace orrery::passes
