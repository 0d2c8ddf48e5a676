// SPDX-License-Identifier: Apache-2.0
//
// Converting each of 13 types to each of 13 would be 169 loops. Instead a block that fits into the first
// cache goes through int64 (between integers and bool) or double (when a float is involved): both steps are
// exact up to the last rounding, except for 64-bit integers beyond 2^53 on their way to a float, which round
// twice.
#include "engine/ops/math/convert.h"

#include "engine/base/check.h"

#include <Eigen/Core>

#include <algorithm>
#include <cstring>
#include <limits>
#include <type_traits>

namespace orrery::ops {
namespace {

using graph::DataType;

constexpr std::int64_t blockLength = 512;

// Bool bytes come from files: anything but 0 is true.
struct BoolByte {
    std::uint8_t value = 0;
};

template<class F>
void withType(DataType type, F&& use)
{
    switch (type) {
    case DataType::Float32:
        return use(float());
    case DataType::Float64:
        return use(double());
    case DataType::Float16:
        return use(Eigen::half());
    case DataType::BFloat16:
        return use(Eigen::bfloat16());
    case DataType::Int64:
        return use(std::int64_t());
    case DataType::Int32:
        return use(std::int32_t());
    case DataType::Int16:
        return use(std::int16_t());
    case DataType::Int8:
        return use(std::int8_t());
    case DataType::UInt64:
        return use(std::uint64_t());
    case DataType::UInt32:
        return use(std::uint32_t());
    case DataType::UInt16:
        return use(std::uint16_t());
    case DataType::UInt8:
        return use(std::uint8_t());
    case DataType::Bool:
        return use(BoolByte());
    default:
        CHECK(false && "element type is not convertible");
    }
}

template<class Wide, class T>
Wide widen(T value)
{
    if constexpr (std::is_same_v<T, BoolByte>)
        return value.value != 0 ? Wide(1) : Wide(0);
    else if constexpr (std::is_same_v<T, Eigen::half> || std::is_same_v<T, Eigen::bfloat16>)
        return static_cast<Wide>(static_cast<float>(value));
    else
        return static_cast<Wide>(value);
}

// Clamped before the conversion, which is undefined outside of T's range.
template<class T>
T saturate(double value)
{
    constexpr double low = static_cast<double>(std::numeric_limits<T>::min());
    constexpr double high = static_cast<double>(std::numeric_limits<T>::max()); // may round up to 2^63, 2^64
    if (value >= high)
        return std::numeric_limits<T>::max();
    if (value <= low)
        return std::numeric_limits<T>::min();
    return value == value ? static_cast<T>(value) : T(0);
}

template<class T, class Wide>
T narrow(Wide value)
{
    if constexpr (std::is_same_v<T, BoolByte>)
        return BoolByte{static_cast<std::uint8_t>(value != Wide(0))};
    else if constexpr (std::is_same_v<T, Eigen::half> || std::is_same_v<T, Eigen::bfloat16>)
        return T(static_cast<float>(value));
    else if constexpr (std::is_integral_v<T> && std::is_floating_point_v<Wide>)
        return saturate<T>(value);
    else
        return static_cast<T>(value);
}

template<class Wide>
void convertThrough(DataType from, const std::byte* in, DataType to, std::byte* out, std::int64_t n)
{
    Wide block[blockLength];
    for (std::int64_t at = 0; at < n; at += blockLength) {
        std::int64_t length = std::min(blockLength, n - at);
        withType(from, [&](auto source) {
            using T = decltype(source);
            const T* values = reinterpret_cast<const T*>(in) + at;
            for (std::int64_t i = 0; i < length; ++i)
                block[i] = widen<Wide>(values[i]);
        });
        withType(to, [&](auto target) {
            using T = decltype(target);
            T* values = reinterpret_cast<T*>(out) + at;
            for (std::int64_t i = 0; i < length; ++i)
                values[i] = narrow<T>(block[i]);
        });
    }
}

// The two conversions that every operator on float16 and bfloat16 makes.
void halvesToFloats(DataType from, const std::byte* in, float* out, std::int64_t n)
{
    auto convert = [&](auto type) {
        auto* values = reinterpret_cast<const decltype(type)*>(in);
        for (std::int64_t i = 0; i < n; ++i)
            out[i] = static_cast<float>(values[i]);
    };
    from == DataType::Float16 ? convert(Eigen::half()) : convert(Eigen::bfloat16());
}

void floatsToHalves(const float* in, DataType to, std::byte* out, std::int64_t n)
{
    auto convert = [&](auto type) {
        using Half = decltype(type);
        auto* values = reinterpret_cast<Half*>(out);
        for (std::int64_t i = 0; i < n; ++i)
            values[i] = Half(in[i]);
    };
    to == DataType::Float16 ? convert(Eigen::half()) : convert(Eigen::bfloat16());
}

bool isFloat(DataType type) { return type == DataType::Float32 || type == DataType::Float64 || isHalf(type); }

} // namespace

bool isHalf(DataType type) { return type == DataType::Float16 || type == DataType::BFloat16; }

bool isConvertible(DataType type)
{
    switch (type) {
    case DataType::Float32:
    case DataType::Float64:
    case DataType::Float16:
    case DataType::BFloat16:
    case DataType::Int64:
    case DataType::Int32:
    case DataType::Int16:
    case DataType::Int8:
    case DataType::UInt64:
    case DataType::UInt32:
    case DataType::UInt16:
    case DataType::UInt8:
    case DataType::Bool:
        return true;
    default:
        return false;
    }
}

void convertElements(DataType from, const std::byte* in, DataType to, std::byte* out, std::int64_t n)
{
    if (from == to && from != DataType::Bool)
        std::memmove(out, in, static_cast<std::size_t>(n) * graph::elementBytes(from));
    else if (isHalf(from) && to == DataType::Float32)
        halvesToFloats(from, in, reinterpret_cast<float*>(out), n);
    else if (from == DataType::Float32 && isHalf(to))
        floatsToHalves(reinterpret_cast<const float*>(in), to, out, n);
    else if (isFloat(from) || isFloat(to))
        convertThrough<double>(from, in, to, out, n);
    else
        convertThrough<std::int64_t>(from, in, to, out, n);
}

} // namespace orrery::ops
