#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// Which view a tensor is opened in, by its shape: pictures as pictures, convolution outputs as feature maps,
// sequences as lines, other large ones as a heat map, small ones as a table.

#include "engine/graph/tensor.h"

namespace orrery::tensor_view {

enum class ViewKind : std::uint8_t { Table, HeatMap, Image, FeatureMaps, Lines, Compare };
inline constexpr int viewKinds = 6;

ViewKind defaultView(const graph::Dims& dims, graph::DataType type);

// A batch of channels over a plane: NCHW or CHW with more than one channel.
bool hasFeatureMaps(const graph::Dims& dims);

} // namespace orrery::tensor_view
