#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// Conversion of elements between the number types and bool, as Cast needs it and as operators need it that
// compute float16 and bfloat16 in float. Defined for every value: a float that an integer type cannot hold
// becomes the nearest that it can, NaN becomes 0, integers wrap, everything but zero is true. Floats round to
// nearest even.

#include "engine/graph/tensor_type.h"

#include <cstddef>
#include <cstdint>

namespace orrery::ops {

bool isHalf(graph::DataType type); // float16 or bfloat16

// What elements of float16 or bfloat16 take as floats; 0 for other types, which are computed as they are.
inline std::size_t widenedBytes(graph::DataType type, std::int64_t elements)
{
    return isHalf(type) ? static_cast<std::size_t>(elements) * sizeof(float) : 0;
}

// Number types of at least 8 bits (float16, bfloat16, float, double, the integers) and bool.
bool isConvertible(graph::DataType type);

// Both types convertible. in may be out when the elements have the same size.
void convertElements(graph::DataType from, const std::byte* in, graph::DataType to, std::byte* out,
                     std::int64_t n);

} // namespace orrery::ops
