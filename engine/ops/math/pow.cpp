// SPDX-License-Identifier: Apache-2.0
//
// Pow: base and exponent may differ in type, the result has the base's. Integers to integers are exact and
// wrap; an integer base under a float exponent goes through double.
#include "engine/ops/math/convert.h"
#include "engine/ops/math/elementwise.h"
#include "engine/ops/math/integer_math.h"

#include <limits>

namespace orrery::ops {
namespace {

using graph::DataType;
using graph::Tensor;

constexpr auto power = [](auto a, auto b) { return static_cast<decltype(a)>(std::pow(a, b)); };
constexpr auto square = [](auto x, auto, auto) { return x * x; };
constexpr auto cube = [](auto x, auto, auto) { return x * x * x; };
constexpr auto root = [](auto x, auto, auto) { // differs from sqrt at -0 and -infinity
    using T = decltype(x);
    constexpr T infinity = std::numeric_limits<T>::infinity();
    return x == -infinity ? infinity : std::sqrt(x + T(0));
};

// The exponents that models use most have loops of their own.
template<class T>
bool powerRow(const std::byte* a, const std::byte* b, std::byte* out, std::int64_t n, Lanes lanes)
{
    if (lanes == Lanes::SecondStill) {
        T exponent = *reinterpret_cast<const T*>(b);
        UnaryRow row = exponent == T(2)     ? &unaryRow<square, T>
                       : exponent == T(3)   ? &unaryRow<cube, T>
                       : exponent == T(0.5) ? &unaryRow<root, T>
                                            : nullptr;
        if (row != nullptr) {
            row(a, out, n, {});
            return true;
        }
    }
    return binaryRow<power, T, T>(a, b, out, n, lanes);
}

bool isFloatBase(DataType type)
{
    return type == DataType::Float32 || type == DataType::Float64 || isHalf(type);
}

bool isBase(DataType type) { return isFloatBase(type) || graph::isInteger(type); }

Conversion conversionFor(DataType base, DataType exponent)
{
    if (base == DataType::Float64 || (!isFloatBase(base) && isFloatBase(exponent)))
        return {&powerRow<double>, base, exponent, DataType::Float64, base};
    if (isFloatBase(base))
        return {&powerRow<float>, base, exponent, DataType::Float32, base};
    return {&binaryRow<integerPower, std::int64_t, std::int64_t>, base, exponent, DataType::Int64, base};
}

Result<void> inferPow(InferContext& context)
{
    context.setTensor(0, context.inputElement(0), TRY(commonShape(context)));
    return {};
}

Result<KernelPtr> makePow(const KernelInfo& info)
{
    for (std::size_t i = 0; i < 2; ++i) {
        DataType known = info.inputElement(i);
        TRY(requireType(known, isBase(known) && isConvertible(known)));
    }
    return makeKernel([](KernelContext& context) -> Result<void> {
        const Tensor* base = TRY(requireInput(context, 0));
        const Tensor* exponent = TRY(requireInput(context, 1));
        for (const Tensor* tensor : {base, exponent})
            TRY(requireType(tensor->type(), isBase(tensor->type()) && isConvertible(tensor->type())));
        Broadcast shape = TRY(Broadcast::create({&base->dims(), &exponent->dims()}));
        Tensor* out = TRY(context.output(0, base->type(), shape.dims()));
        return runConverted(context, conversionFor(base->type(), exponent->type()), shape, *base, *exponent,
                            *out);
    });
}

} // namespace

OpList pow()
{
    OpSpec spec = binarySpec("Pow", OpCategory::Elementwise, 7,
                             "The base to the power of the exponent, with broadcasting. Pow-7, Pow-12, "
                             "Pow-13, Pow-15.",
                             makePow);
    spec.infer = inferPow;
    spec.inPlace = {{0, 0}};
    return {spec};
}

} // namespace orrery::ops
