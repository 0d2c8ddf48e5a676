// SPDX-License-Identifier: Apache-2.0
//
// Small floats by tables made from their layout: sign, exponent, mantissa, and which patterns are special
// (https://onnx.ai/onnx/technical/float8.html and float4.html).
#include "engine/debug/element_blocks.h"

#include "engine/ops/math/convert.h"

#include <array>
#include <cmath>
#include <limits>

namespace orrery::debug {
namespace {

using graph::DataType;
using graph::Tensor;

enum class Special : std::uint8_t {
    None,           // every pattern is a number
    Infinities,     // as in IEEE 754
    NanAtAllOnes,   // no infinities
    NanAtMinusZero, // no infinities, one zero
};

struct SmallFloat {
    int exponentBits;
    int mantissaBits;
    int bias;
    Special special;
};

double decoded(const SmallFloat& format, unsigned bits)
{
    const double nan = std::numeric_limits<double>::quiet_NaN();
    unsigned mantissaMask = (1u << format.mantissaBits) - 1;
    unsigned exponentMask = (1u << format.exponentBits) - 1;
    unsigned mantissa = bits & mantissaMask;
    unsigned exponent = (bits >> format.mantissaBits) & exponentMask;
    bool negative = (bits >> (format.mantissaBits + format.exponentBits)) != 0;
    if (format.special == Special::NanAtMinusZero && negative && exponent == 0 && mantissa == 0)
        return nan;
    if (format.special == Special::NanAtAllOnes && exponent == exponentMask && mantissa == mantissaMask)
        return nan;
    if (format.special == Special::Infinities && exponent == exponentMask) {
        double infinity = std::numeric_limits<double>::infinity();
        return mantissa != 0 ? nan : negative ? -infinity : infinity;
    }
    double scale = std::ldexp(1.0, -format.mantissaBits);
    double value = exponent == 0 ? std::ldexp(mantissa * scale, 1 - format.bias)
                                 : std::ldexp(1 + mantissa * scale, static_cast<int>(exponent) - format.bias);
    return negative ? -value : value;
}

template<std::size_t size>
std::array<double, size> table(const SmallFloat& format)
{
    std::array<double, size> values;
    for (unsigned i = 0; i < size; ++i)
        values[i] = decoded(format, i);
    return values;
}

void lookUp(const std::array<double, 256>& values, const Tensor& tensor, std::int64_t at, std::int64_t n,
            double* out)
{
    for (std::int64_t i = 0; i < n; ++i)
        out[i] = values[static_cast<std::size_t>(tensor.bytes()[at + i])];
}

// Two elements a byte, low nibble first.
void lookUpNibbles(const std::array<double, 16>& values, const Tensor& tensor, std::int64_t at,
                   std::int64_t n, double* out)
{
    for (std::int64_t i = 0; i < n; ++i) {
        auto pair = static_cast<unsigned>(tensor.bytes()[(at + i) / 2]);
        out[i] = values[(at + i) % 2 == 0 ? pair & 0xf : pair >> 4];
    }
}

template<class Part>
void magnitudes(const Tensor& tensor, std::int64_t at, std::int64_t n, double* out)
{
    auto* parts = reinterpret_cast<const Part*>(tensor.bytes()) + 2 * at;
    for (std::int64_t i = 0; i < n; ++i)
        out[i] = std::hypot(static_cast<double>(parts[2 * i]), static_cast<double>(parts[2 * i + 1]));
}

std::array<double, 16> integers(int low)
{
    std::array<double, 16> values;
    for (int i = 0; i < 16; ++i)
        values[static_cast<std::size_t>(i)] = i >= 16 + low ? i - 16 : i;
    return values;
}

} // namespace

bool isReadable(const Tensor& tensor)
{
    return tensor.type() != DataType::String && tensor.defined() && tensor.bytes() != nullptr;
}

void decode(const Tensor& tensor, std::int64_t at, std::int64_t n, double* out)
{
    static const auto e4m3fn = table<256>({4, 3, 7, Special::NanAtAllOnes});
    static const auto e4m3fnuz = table<256>({4, 3, 8, Special::NanAtMinusZero});
    static const auto e5m2 = table<256>({5, 2, 15, Special::Infinities});
    static const auto e5m2fnuz = table<256>({5, 2, 16, Special::NanAtMinusZero});
    static const auto e2m1 = table<16>({2, 1, 1, Special::None});
    static const auto int4 = integers(-8);
    static const auto uint4 = integers(0);
    switch (tensor.type()) {
    case DataType::Float32:
        std::copy_n(tensor.data<float>() + at, n, out);
        return;
    case DataType::Complex64:
        return magnitudes<float>(tensor, at, n, out);
    case DataType::Complex128:
        return magnitudes<double>(tensor, at, n, out);
    case DataType::Float8E4M3FN:
        return lookUp(e4m3fn, tensor, at, n, out);
    case DataType::Float8E4M3FNUZ:
        return lookUp(e4m3fnuz, tensor, at, n, out);
    case DataType::Float8E5M2:
        return lookUp(e5m2, tensor, at, n, out);
    case DataType::Float8E5M2FNUZ:
        return lookUp(e5m2fnuz, tensor, at, n, out);
    case DataType::UInt4:
        return lookUpNibbles(uint4, tensor, at, n, out);
    case DataType::Int4:
        return lookUpNibbles(int4, tensor, at, n, out);
    case DataType::Float4E2M1:
        return lookUpNibbles(e2m1, tensor, at, n, out);
    default: {
        auto offset = static_cast<std::size_t>(at) * graph::elementBytes(tensor.type());
        ops::convertElements(tensor.type(), tensor.bytes() + offset, DataType::Float64,
                             reinterpret_cast<std::byte*>(out), n);
    }
    }
}

} // namespace orrery::debug
