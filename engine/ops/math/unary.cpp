// SPDX-License-Identifier: Apache-2.0
//
// Unary arithmetic and the elementary functions: one table, one loop per element type.
#include "engine/ops/math/elementwise.h"

#include <cmath>
#include <type_traits>

namespace orrery::ops {
namespace {

constexpr auto absolute = [](auto x, auto, auto) {
    using T = decltype(x);
    if constexpr (std::is_floating_point_v<T>)
        return std::fabs(x);
    else if constexpr (std::is_signed_v<T>)
        return x < 0 ? static_cast<T>(0 - static_cast<std::make_unsigned_t<T>>(x))
                     : x; // of the minimum: itself
    else
        return x;
};

constexpr auto negative = [](auto x, auto, auto) {
    using T = decltype(x);
    if constexpr (std::is_floating_point_v<T>)
        return -x;
    else
        return static_cast<T>(0 - static_cast<std::make_unsigned_t<T>>(x));
};

constexpr auto signOf = [](auto x, auto, auto) {
    using T = decltype(x);
    T result = static_cast<T>((x > T(0) ? 1 : 0) - (x < T(0) ? 1 : 0));
    return x == x ? result : x; // NaN
};

constexpr auto squareRoot = [](auto x, auto, auto) { return std::sqrt(x); };
constexpr auto reciprocalOf = [](auto x, auto, auto) { return decltype(x)(1) / x; };
constexpr auto roundDown = [](auto x, auto, auto) { return std::floor(x); };
constexpr auto roundUp = [](auto x, auto, auto) { return std::ceil(x); };
constexpr auto roundToEven = [](auto x, auto, auto) { return std::nearbyint(x); };
constexpr auto exponential = [](auto x, auto, auto) { return vec::exp(x); };
constexpr auto logarithm = [](auto x, auto, auto) { return vec::log(x); };
constexpr auto errorFunction = [](auto x, auto, auto) { return vec::erf(x); };
constexpr auto sine = [](auto x, auto, auto) { return std::sin(x); };
constexpr auto cosine = [](auto x, auto, auto) { return std::cos(x); };
constexpr auto tangent = [](auto x, auto, auto) { return std::tan(x); };
constexpr auto arcSine = [](auto x, auto, auto) { return std::asin(x); };
constexpr auto arcCosine = [](auto x, auto, auto) { return std::acos(x); };
constexpr auto arcTangent = [](auto x, auto, auto) { return std::atan(x); };
constexpr auto hyperbolicSine = [](auto x, auto, auto) { return std::sinh(x); };
constexpr auto hyperbolicCosine = [](auto x, auto, auto) { return std::cosh(x); };
constexpr auto areaSine = [](auto x, auto, auto) { return std::asinh(x); };
constexpr auto areaCosine = [](auto x, auto, auto) { return std::acosh(x); };
constexpr auto areaTangent = [](auto x, auto, auto) { return std::atanh(x); };

} // namespace

OpList unary()
{
    constexpr OpCategory kind = OpCategory::Elementwise;
    return {
        unarySpec("Abs", kind, 1, "The absolute value. Abs-1, Abs-6, Abs-13.",
                  makeUnary<absolute, NumberTypes>),
        unarySpec("Neg", kind, 1, "The negative value. Neg-1, Neg-6, Neg-13.",
                  makeUnary<negative, SignedTypes>),
        unarySpec("Sign", kind, 9, "-1, 0 or 1 by the sign. Sign-9, Sign-13.",
                  makeUnary<signOf, NumberTypes>),
        unarySpec("Sqrt", kind, 1, "The square root. Sqrt-1, Sqrt-6, Sqrt-13.",
                  makeUnary<squareRoot, FloatTypes>),
        unarySpec("Reciprocal", kind, 1,
                  "One divided by the value. Reciprocal-1, Reciprocal-6, Reciprocal-13.",
                  makeUnary<reciprocalOf, FloatTypes>),
        unarySpec("Floor", kind, 1, "The greatest integer not above. Floor-1, Floor-6, Floor-13.",
                  makeUnary<roundDown, FloatTypes>),
        unarySpec("Ceil", kind, 1, "The smallest integer not below. Ceil-1, Ceil-6, Ceil-13.",
                  makeUnary<roundUp, FloatTypes>),
        unarySpec("Round", kind, 11, "The nearest integer, halves to even. Round-11, Round-22.",
                  makeUnary<roundToEven, FloatTypes>),
        unarySpec("Exp", kind, 1, "e to the power of the value. Exp-1, Exp-6, Exp-13.",
                  makeUnary<exponential, FloatTypes>),
        unarySpec("Log", kind, 1, "The natural logarithm. Log-1, Log-6, Log-13.",
                  makeUnary<logarithm, FloatTypes>),
        unarySpec("Erf", kind, 9, "The Gauss error function. Erf-9, Erf-13.",
                  makeUnary<errorFunction, FloatTypes>),
        unarySpec("Sin", kind, 7, "The sine of radians. Sin-7, Sin-22.", makeUnary<sine, FloatTypes>),
        unarySpec("Cos", kind, 7, "The cosine of radians. Cos-7, Cos-22.", makeUnary<cosine, FloatTypes>),
        unarySpec("Tan", kind, 7, "The tangent of radians. Tan-7, Tan-22.", makeUnary<tangent, FloatTypes>),
        unarySpec("Asin", kind, 7, "The inverse sine. Asin-7, Asin-22.", makeUnary<arcSine, FloatTypes>),
        unarySpec("Acos", kind, 7, "The inverse cosine. Acos-7, Acos-22.", makeUnary<arcCosine, FloatTypes>),
        unarySpec("Atan", kind, 7, "The inverse tangent. Atan-7, Atan-22.",
                  makeUnary<arcTangent, FloatTypes>),
        unarySpec("Sinh", kind, 9, "The hyperbolic sine. Sinh-9, Sinh-22.",
                  makeUnary<hyperbolicSine, FloatTypes>),
        unarySpec("Cosh", kind, 9, "The hyperbolic cosine. Cosh-9, Cosh-22.",
                  makeUnary<hyperbolicCosine, FloatTypes>),
        unarySpec("Asinh", kind, 9, "The inverse hyperbolic sine. Asinh-9, Asinh-22.",
                  makeUnary<areaSine, FloatTypes>),
        unarySpec("Acosh", kind, 9, "The inverse hyperbolic cosine. Acosh-9, Acosh-22.",
                  makeUnary<areaCosine, FloatTypes>),
        unarySpec("Atanh", kind, 9, "The inverse hyperbolic tangent. Atanh-9, Atanh-22.",
                  makeUnary<areaTangent, FloatTypes>),
    };
}

} // namespace orrery::ops
