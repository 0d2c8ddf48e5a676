#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// Arithmetic on integer tensors whose elements are dims (what Shape gives and Reshape takes): the part of
// inference that lets chains such as Shape, Gather, Mul, Concat, Reshape resolve with symbolic dims.

#include "engine/ops/infer_context.h"

namespace orrery::ops {

enum class ShapeOperation { Add, Sub, Mul, Div, Min, Max };

// When both inputs are int64 or int32 of rank 0 or 1 and known as dims (or as constants, which may be
// negative), says the elements of output 0; else does nothing.
void propagateShapeArithmetic(InferContext& context, ShapeOperation operation);

} // namespace orrery::ops
