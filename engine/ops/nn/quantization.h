#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// What the quantized operators share: scales and zero points (one for a whole tensor, or one for each index
// along an axis), rounding half to even with saturation, and integer tensors widened to 32 bits with their
// zero point taken off, so that one exact 32-bit product serves all of them.

#include "engine/ops/checks.h"
#include "engine/ops/dispatch.h"

#include <cmath>
#include <limits>
#include <optional>
#include <vector>

namespace orrery::ops {

using QuantizedTypes = TypeList<std::uint8_t, std::int8_t>;

// The nearest integer, ties to even, clamped to T; NaN becomes the lowest.
template<class T>
T saturate(double value)
{
    constexpr double low = static_cast<double>(std::numeric_limits<T>::lowest());
    constexpr double high = static_cast<double>(std::numeric_limits<T>::max());
    const double rounded = std::nearbyint(value);
    return rounded >= high ? std::numeric_limits<T>::max()
           : rounded > low ? static_cast<T>(rounded)
                           : std::numeric_limits<T>::lowest();
}

// Calls use(pointer to const elements) with the tensor's own 8-bit type, which kernels have checked.
template<class F>
void withBytes(const graph::Tensor& tensor, F&& use)
{
    if (tensor.type() == graph::DataType::UInt8)
        use(reinterpret_cast<const std::uint8_t*>(tensor.bytes()));
    else
        use(reinterpret_cast<const std::int8_t*>(tensor.bytes()));
}

inline bool isByte(graph::DataType type)
{
    return type == graph::DataType::UInt8 || type == graph::DataType::Int8;
}

// Unsupported unless each of these inputs that is present is uint8 or int8.
inline Result<void> expectBytes(const KernelInfo& info, std::initializer_list<std::size_t> inputs)
{
    for (std::size_t i : inputs)
        if (info.hasInput(i) && !isByte(info.inputElement(i)))
            return Error{ErrorCode::Unsupported,
                         "expected uint8 or int8 for input " + std::to_string(i) + ", found " +
                             std::string(graph::name(info.inputElement(i))),
                         {}};
    return {};
}

// The zero points of an 8-bit tensor: `count` or one of them; zeros when the input is absent.
inline Result<std::vector<std::int32_t>> zeroPoints(const graph::Tensor* tensor, std::int64_t count,
                                                    std::string_view what)
{
    if (tensor == nullptr)
        return std::vector<std::int32_t>{0};
    if (tensor->elementCount() != 1 && tensor->elementCount() != count)
        return badInput(std::string(what) + ": expected 1 or " + std::to_string(count) + " elements, found " +
                        graph::dimsText(tensor->dims()));
    auto values = TRY(tensor->toInt64s());
    return std::vector<std::int32_t>(values.begin(), values.end());
}

// `count` or one scale.
inline Result<std::vector<double>> scalesOf(const graph::Tensor& tensor, std::int64_t count,
                                            std::string_view what)
{
    if (tensor.elementCount() != 1 && tensor.elementCount() != count)
        return badInput(std::string(what) + ": expected 1 or " + std::to_string(count) + " elements, found " +
                        graph::dimsText(tensor.dims()));
    return tensor.toDoubles();
}

template<class T>
T nth(const std::vector<T>& values, std::int64_t i)
{
    return values.size() == 1 ? values[0] : values[static_cast<std::size_t>(i)];
}

// out[i] = value[i] - zero point, which changes every `inner` elements and begins again after all of them.
inline void widen(const graph::Tensor& tensor, const std::vector<std::int32_t>& zero, std::int64_t inner,
                  std::uint32_t* out)
{
    const auto count = static_cast<std::int64_t>(zero.size());
    withBytes(tensor, [&](auto* values) {
        for (std::int64_t first = 0, which = 0; first < tensor.elementCount(); first += inner, ++which) {
            const std::int32_t z = zero[static_cast<std::size_t>(which % count)];
            for (std::int64_t i = first; i < first + inner; ++i)
                out[i] = static_cast<std::uint32_t>(static_cast<std::int32_t>(values[i]) - z);
        }
    });
}

} // namespace orrery::ops
