#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// What an operator is for, coarse enough to be a colour. The category comes from the operator's type alone
// (ONNX names, and the names of this program's own fused and training ops); what is not known is Other.

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace orrery::theme {

enum class OpCategory : std::uint8_t {
    Convolution, // Conv, ConvTranspose, MatMul, Gemm, Attention: where the arithmetic is
    Pool,
    Normalization,
    Activation,
    Math, // elementwise arithmetic, comparison, logic
    Reduce,
    Shape, // Reshape, Transpose, Concat, Slice, Gather …: moves or relabels data
    Data,  // Constant, RandomNormal, Cast, QuantizeLinear …: makes or converts data
    Control,
    Recurrent,
    InputOutput,
    Other,
};

inline constexpr std::size_t opCategoryCount = 12;

// Stable, kebab-case; the key in resources/themes/*.json: "convolution", "input-output".
std::string_view name(OpCategory category);

// The category of an operator type, e.g. "Conv" → Convolution. A fused type such as "Conv+Relu" is its first
// part.
OpCategory categoryOfOpType(std::string_view opType);

} // namespace orrery::theme
