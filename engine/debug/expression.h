#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// Expressions over tensors, as typed at the prompt: numbers (nan and inf, too), names of values (quoted with
// "…" when they are no identifiers), + - * / ^, unary minus, parentheses, slices x[0, :, 2:5], and calls of
// ONNX operators (Relu(x), Clip(x, -1, 1), Softmax(x, axis=1), Transpose(x, perm=[1, 0])), of zeros(dims…),
// ones(dims…), full(c, dims…), random(seed, dims…) (uniform in [0, 1)), normal(mean, std, seed, dims…),
// uniform(low, high, seed, dims…), he(seed, dims…), glorot(seed, dims…), arange(start, stop, step), like(x,
// c); seeds and the like also by name: random(seed=1). Operators broadcast by ONNX's rules; numbers take the
// element type of the tensor beside them, float where there is none; lists of integers are int64 tensors.

#include "engine/graph/tensor.h"
#include "engine/ops/op_spec.h"

#include <functional>
#include <optional>
#include <string_view>

namespace orrery::debug {

using TensorByName = std::function<Result<graph::Tensor>(std::string_view name)>;

// Usage with the column for what cannot be parsed, the operator's own error for what cannot be computed.
// Nesting and result sizes are bounded. `wanted` is the shape of zeros() and the like where no dims are
// given.
Result<graph::Tensor> evaluate(std::string_view expression, const TensorByName& tensorOf,
                               const ops::OpRegistry& ops, const std::optional<graph::Dims>& wanted = {});

// "[0, :, 2:5]" of a tensor: integers drop their dim, steps and negative indices as in NumPy.
Result<graph::Tensor> slice(const graph::Tensor& tensor, std::string_view slice);

} // namespace orrery::debug
