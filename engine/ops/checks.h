#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// The checks that most kernels and inferences begin with. Messages say what was expected and found; the
// caller adds the node.

#include "engine/ops/infer_context.h"
#include "engine/ops/kernel.h"

#include <initializer_list>
#include <string_view>

namespace orrery::ops {

// BadModel unless each of these inputs that is present has this element type.
Result<void> expectElement(const KernelInfo& info, graph::DataType type,
                           std::initializer_list<std::size_t> inputs);

// BadModel unless the tensor's dims are these; `what` names the input.
Result<void> expectDims(const graph::Tensor& tensor, const graph::Dims& dims, std::string_view what);

// BadModel unless the input's rank, when it is known, is at least `rank`.
Result<void> expectRankAtLeast(const InferContext& context, std::size_t input, std::size_t rank,
                               std::string_view what);

// The dims' product from `begin` to `end` (exclusive); the tensor that has them exists, so it fits.
std::int64_t productOf(const graph::Dims& dims, std::size_t begin, std::size_t end);

// Whether the two may be equal; false only when both are known and differ.
bool mayBeEqual(const graph::Dim& a, const graph::Dim& b);

} // namespace orrery::ops
