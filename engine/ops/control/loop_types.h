#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// What the inference of bodies has in common: a type that holds for two, and carrying types around a loop
// until they no longer change.

#include "engine/ops/infer_context.h"

namespace orrery::ops {

// What holds of a value that is either of the two.
graph::ValueType commonType(const graph::ValueType& a, const graph::ValueType& b);

// Infers the body with `inputs`, of which `carried` from `first` on come back as outputs from `firstOut` on,
// until their types are those that hold in every iteration. Returns the body's output types.
Result<std::vector<graph::ValueType>> inferLoopBody(InferContext& context, RegionId body,
                                                    std::vector<graph::ValueType> inputs, std::size_t first,
                                                    std::size_t firstOut, std::size_t carried);

// The same tensor with one more dim at `axis` (may be negative).
graph::ValueType withAxis(const graph::ValueType& type, std::int64_t axis, graph::Dim dim);

} // namespace orrery::ops
