#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// Two tensors of equal dims, compared element by element as doubles; equal NaNs and equal infinities have no
// difference, a NaN against a number counts as mismatch and is left out of the figures. Complex elements
// count as two numbers each.

#include "engine/base/result.h"
#include "engine/graph/tensor.h"

#include <cstdint>

namespace orrery::debug {

struct TensorDifference {
    double maxAbsolute = 0, meanAbsolute = 0, rms = 0;
    double maxRelative = 0;  // |a − b| / |b| where b is not 0
    double relativeL2 = 0;   // ‖a − b‖ / ‖b‖; 0 when both are 0, infinite when only b is
    double cosine = 1;       // of the angle between them; 1 when both are 0, 0 when one is
    std::int64_t worst = -1; // flat index of maxAbsolute, or of the first mismatch; -1 without a difference
    std::int64_t mismatches = 0; // NaN or infinite on one side only
    std::int64_t different = 0;  // elements
};

// `b` is the reference. Usage when dims differ. Element types may differ; of strings, unequal ones are
// mismatches.
Result<TensorDifference> difference(const graph::Tensor& a, const graph::Tensor& b);

} // namespace orrery::debug
