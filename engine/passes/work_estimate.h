#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// WorkEstimate: what one run of a graph takes by the formulas of its operators, for inputs of given types.
// Bodies count once, however often they run; so do nodes that a run would skip. Pure.

#include "engine/graph/model.h"
#include "engine/ops/op_spec.h"

#include <map>

namespace orrery::passes {

struct WorkEstimate {
    double flops = 0;             // multiply and add count as one each
    std::size_t nodesWithout = 0; // whose shapes do not follow, or whose operator has no formula
    bool isWhole() const { return nodesWithout == 0; }
};

// `inputTypes` as for inferTypes().
WorkEstimate estimateWork(const graph::Model& model, const ops::OpRegistry& ops,
                          const std::map<ValueId, graph::ValueType>& inputTypes);

} // namespace orrery::passes
