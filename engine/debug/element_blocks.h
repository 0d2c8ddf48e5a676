#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// The elements of a tensor of any numeric type, block by block, for one that reads them all: floats as they
// lie in memory, every other type decoded to doubles, complex ones to their magnitude. A block fits into the
// first cache, so that going over it several times costs little.

#include "engine/debug/block_scan.h"
#include "engine/graph/tensor.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <type_traits>

namespace orrery::debug {

inline constexpr std::int64_t elementBlock = 2048;

// Has elements that count as numbers, and their bytes are there.
bool isReadable(const graph::Tensor& tensor);

// Elements [at, at + n) of a readable tensor.
void decode(const graph::Tensor& tensor, std::int64_t at, std::int64_t n, double* out);

// Calls use(values, at, n) with const float* or const double* values, in order; nothing for a tensor that is
// not readable.
template<class Use>
void forEachBlock(const graph::Tensor& tensor, Use&& use)
{
    if (!isReadable(tensor))
        return;
    alignas(64) double decoded[elementBlock];
    for (std::int64_t at = 0; at < tensor.elementCount(); at += elementBlock) {
        std::int64_t n = std::min(elementBlock, tensor.elementCount() - at);
        if (tensor.type() == graph::DataType::Float32)
            use(tensor.data<float>() + at, at, n);
        else if (tensor.type() == graph::DataType::Float64)
            use(tensor.data<double>() + at, at, n);
        else {
            decode(tensor, at, n, decoded);
            use(static_cast<const double*>(decoded), at, n);
        }
    }
}

// The same with the finite elements alone: use(values, n), n > 0.
template<class Use>
void forEachFiniteBlock(const graph::Tensor& tensor, Use&& use)
{
    forEachBlock(tensor, [&](const auto* values, std::int64_t, std::int64_t n) {
        if (allFinite(values, n))
            return use(values, n);
        using T = std::remove_cvref_t<decltype(*values)>;
        T finite[elementBlock];
        T* end = std::copy_if(values, values + n, finite, [](T x) { return std::isfinite(x); });
        if (end != finite)
            use(static_cast<const T*>(finite), end - finite);
    });
}

} // namespace orrery::debug
