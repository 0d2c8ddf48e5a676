#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// Type and shape inference over a whole graph, as a pure function: types for every value from the types of
// the inputs, constants and integer shape values. Used by the infer_shapes pass (symbolic), by the planner
// (with the run's concrete input shapes) and by the static check (problems instead of a stop).

#include "engine/graph/model.h"
#include "engine/ops/op_spec.h"

#include <map>
#include <vector>

namespace orrery::passes {

struct Inference {
    std::vector<graph::ValueType> types; // by ValueId, over all value slots
    std::vector<graph::Tensor>
        known; // by ValueId: small tensors that follow from shapes and constants alone; else undefined
    std::vector<Problem>
        problems; // one for each node that could not be inferred or clashes with what the file says
};

// inputTypes replaces the declared type of graph inputs (main region). Nodes with unknown ops keep the
// declared types of their outputs. Never fails: what is wrong is a problem with the node's name, and
// inference goes on.
Inference inferTypes(const graph::Model& model, const ops::OpRegistry& ops,
                     const std::map<ValueId, graph::ValueType>& inputTypes = {});

} // namespace orrery::passes
