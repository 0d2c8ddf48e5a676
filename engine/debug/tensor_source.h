#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// The values of a constant as a user gives them: an expression (see expression.h; `x` is the tensor it has
// now, other constants go by name) or a tensor that was read, made to fit the element type and the shape that
// are wanted. Any thread.

#include "engine/graph/model.h"
#include "engine/graph/tensor.h"
#include "engine/ops/op_spec.h"

namespace orrery::debug {

struct WantedTensor {
    graph::DataType type = graph::DataType::Undefined; // Undefined: whatever comes
    std::optional<graph::Dims> dims;                   // nullopt: whatever comes
};

// The same numbers as another element type, in the wanted dims: as many elements are reshaped, fewer are
// repeated by ONNX's broadcasting. Usage when neither fits, or when a number does not fit into the type.
Result<graph::Tensor> fitted(const graph::Tensor& tensor, const WantedTensor& wanted);

// `now` may be undefined. Constants of the model's main graph can be named.
Result<graph::Tensor> tensorFromExpression(std::string_view expression, const WantedTensor& wanted,
                                           const graph::Tensor& now, const graph::Model& model,
                                           const ops::OpRegistry& ops);

} // namespace orrery::debug
