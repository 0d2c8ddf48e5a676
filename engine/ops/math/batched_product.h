#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// NumPy's matmul over tensors, which MatMul and the integer products share: a vector on the left is a row,
// one on the right a column, and that dim leaves the result; leading dims are a batch and broadcast.

#include "engine/ops/infer_context.h"
#include "engine/ops/kernel.h"

#include <optional>

namespace orrery::ops {

// BadModel when the two cannot be multiplied; nullopt when a rank is not known.
Result<std::optional<graph::Shape>> batchedProductShape(const graph::Shape* a, const graph::Shape* b);

// result, of the shape above and not empty, becomes a · b. For float, double, uint32 and uint64.
template<class T>
void batchedProduct(KernelContext& context, const graph::Dims& dimsA, const T* dataA,
                    const graph::Dims& dimsB, const T* dataB, const graph::Dims& dims, T* result);

} // namespace orrery::ops
