#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// Runs one pure node on constant inputs, single-threaded, outside of any Execution; for constant folding and
// for shape arithmetic during inference.

#include "engine/graph/model.h"
#include "engine/ops/op_spec.h"

namespace orrery::passes {

struct EvaluationLimits {
    std::int64_t outputBytes = std::int64_t(64) << 20; // of all outputs together
    std::int64_t scratchBytes = std::int64_t(256) << 20;
};

// inputs: one per node input, null for an absent one. LimitReached when the outputs would be too large.
Result<std::vector<graph::Tensor>> evaluateNode(const graph::Node& node, std::int64_t opsetVersion,
                                                const ops::OpSpec& spec,
                                                std::span<const graph::Tensor* const> inputs,
                                                const EvaluationLimits& limits = {});

} // namespace orrery::passes
