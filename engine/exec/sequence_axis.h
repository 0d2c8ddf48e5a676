#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// What loops do with the axis along which they run: take one slice of a tensor, or put the slices of all
// iterations together. Element types of whole bytes; strings, too.

#include "engine/base/result.h"
#include "engine/exec/frame.h"

namespace orrery::exec {

enum class AxisDirection { Forward, Reverse };

// Element `index` along `axis`, without that axis. The axis may be negative.
Result<graph::Tensor> sliceAlong(const graph::Tensor& tensor, std::int64_t axis, std::int64_t index);

// The dims that stack() gives. RunFailed when the iterations left different types or dims.
Result<graph::Dims> stackedDims(const Gathered& last, std::int64_t axis);
// The gathered tensors, first iteration first (Reverse: last), along a new axis of `into`.
void stack(const Gathered& last, std::int64_t axis, AxisDirection direction, graph::Tensor& into);

} // namespace orrery::exec
