// SPDX-License-Identifier: Apache-2.0
#include "engine/passes/infer.h"

#include "engine/passes/infer_walk.h"

namespace orrery::passes {

Inference inferTypes(const graph::Model& model, const ops::OpRegistry& ops,
                     const std::map<ValueId, graph::ValueType>& inputTypes)
{
    InferenceWalk walk(model, ops, inputTypes);
    walk.region(model.graph.mainRegion());
    return std::move(walk.result());
}

} // namespace orrery::passes
