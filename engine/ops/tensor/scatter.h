#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// What Scatter, ScatterElements and ScatterND share: the output starts as a copy of the data (or is the data,
// when the plan reuses its bytes), and then updates replace elements of it or are combined with them.

#include "engine/ops/tensor/arguments.h"

namespace orrery::ops {

enum class Reduction { None, Add, Multiply, Maximum, Minimum };

Result<Reduction> reductionOf(const graph::Node& node); // the attribute "reduction"

// A run of `count` neighbouring elements: updates from `update` on go to the output from `target` on.
struct ScatterRun {
    std::int64_t target = 0;
    std::int64_t update = 0;
};

// Runs that overlap are applied in order. The caller has checked that they are inside of both tensors.
Result<void> scatterRuns(KernelContext& context, const graph::Tensor& data, const graph::Tensor& updates,
                         std::span<const ScatterRun> runs, std::int64_t count, Reduction reduction);

// Output like the data; for the data element type as input 0.
Result<void> inferLikeData(InferContext& context);

} // namespace orrery::ops
