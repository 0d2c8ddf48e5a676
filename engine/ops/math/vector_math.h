#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// Single-precision exp, log, tanh, sigmoid, erf and the like without branches, tables or calls, so that the
// compiler turns a loop over them into vector code at every instruction-set level. NaN gives NaN, overflow
// gives infinity, and small results are denormal, as in the standard library. Errors, as the unit tests
// measure them: exp and log 2 ulp, expm1, sigmoid and tanh 4 ulp, erf 2e-7 absolute. The overloads for double
// are the standard library's.

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>

namespace orrery::ops::vec {

// a * b + c, fused where the instruction set has it.
inline float madd(float a, float b, float c)
{
#ifdef __FMA__
    return __builtin_fmaf(a, b, c);
#else
    return a * b + c;
#endif
}

inline float powerOfTwo(std::int32_t exponent) // exponent in [-126, 127]
{
    return std::bit_cast<float>((exponent + 127) << 23);
}

// x = n ln 2 + r with r in [-0.35, 0.35]: Cody and Waite's reduction in two steps. n is for x in [-104, 89].
struct Reduced {
    float r = 0;
    std::int32_t n = 0;
};
inline Reduced reduceByLn2(float x)
{
    constexpr float roundingShift = 12582912.0F; // 1.5 * 2^23: adding it rounds to an integer
    float shifted = madd(x, 1.44269504088896341F, roundingShift);
    float whole = shifted - roundingShift;
    float r = madd(whole, -0.693359375F, x);
    r = madd(whole, 2.12194440e-4F, r);
    return {r, std::bit_cast<std::int32_t>(shifted) - std::bit_cast<std::int32_t>(roundingShift)};
}

// exp(r) - 1 for r in [-0.35, 0.35]: the polynomial of Cephes' expf.
inline float smallExpm1(float r)
{
    float p = 1.9875691500e-4F;
    p = madd(p, r, 1.3981999507e-3F);
    p = madd(p, r, 8.3334519073e-3F);
    p = madd(p, r, 4.1665795894e-2F);
    p = madd(p, r, 1.6666665459e-1F);
    p = madd(p, r, 5.0000001201e-1F);
    return madd(p, r * r, r);
}

// exp(x) = 2^n exp(r). 2^n is applied in two halves so that the ends of the range round by themselves.
inline float exp(float x)
{
    x = x > 89.0F ? 89.0F : x; // NaN passes
    x = x < -104.0F ? -104.0F : x;
    Reduced reduced = reduceByLn2(x);
    std::int32_t half = reduced.n >> 1;
    return (smallExpm1(reduced.r) + 1.0F) * powerOfTwo(half) * powerOfTwo(reduced.n - half);
}

inline float expm1(float x)
{
    float small = smallExpm1(x);
    float large = exp(x) - 1.0F;
    return std::fabs(x) < 0.35F ? small : large;
}

// log(x) = e ln 2 + log(m), m in [sqrt(1/2), sqrt(2)), by the polynomial of Cephes' logf.
inline float log(float x)
{
    constexpr float smallestNormal = 1.17549435e-38F;
    bool tiny = x < smallestNormal;
    float scaled = tiny ? x * 8388608.0F : x; // 2^23 makes a denormal normal
    std::int32_t bits = std::bit_cast<std::int32_t>(scaled);
    std::int32_t exponent = (bits >> 23) - 126 - (tiny ? 23 : 0);
    float m = std::bit_cast<float>((bits & 0x007fffff) | 0x3f000000); // in [0.5, 1)
    bool low = m < 0.707106781186547524F;
    float e = static_cast<float>(exponent - (low ? 1 : 0));
    float f = (low ? m + m : m) - 1.0F;
    float z = f * f;
    float p = 7.0376836292e-2F;
    p = madd(p, f, -1.1514610310e-1F);
    p = madd(p, f, 1.1676998740e-1F);
    p = madd(p, f, -1.2420140846e-1F);
    p = madd(p, f, 1.4249322787e-1F);
    p = madd(p, f, -1.6668057665e-1F);
    p = madd(p, f, 2.0000714765e-1F);
    p = madd(p, f, -2.4999993993e-1F);
    p = madd(p, f, 3.3333331174e-1F);
    float y = p * f * z;
    y = madd(e, -2.12194440e-4F, y);
    y = madd(z, -0.5F, y);
    float result = madd(e, 0.693359375F, f + y);
    constexpr float infinity = std::numeric_limits<float>::infinity();
    result = x == 0.0F ? -infinity : result;
    result = x < 0.0F ? std::numeric_limits<float>::quiet_NaN() : result;
    return x < infinity ? result : x; // infinity and NaN
}

// log(1 + exp(x)) = max(x, 0) + log(1 + y), y = exp(-|x|), with the rounding error of 1 + y put back.
inline float softplus(float x)
{
    float y = exp(-std::fabs(x));
    float w = 1.0F + y;
    return (x < 0.0F ? 0.0F : x) + (log(w) + (y - (w - 1.0F)) / w);
}

inline float sigmoid(float x) { return 1.0F / (1.0F + exp(-x)); }

// Below 0.625 the odd polynomial of Cephes' tanhf, above 1 - 2 / (exp(2|x|) + 1).
inline float tanh(float x)
{
    float magnitude = std::fabs(x);
    float z = x * x;
    float p = -5.70498872745e-3F;
    p = madd(p, z, 2.06390887954e-2F);
    p = madd(p, z, -5.37397155531e-2F);
    p = madd(p, z, 1.33314422036e-1F);
    p = madd(p, z, -3.33332819422e-1F);
    float small = madd(p * z, x, x);
    float large = std::copysign(1.0F - 2.0F / (exp(2.0F * magnitude) + 1.0F), x);
    return magnitude < 0.625F ? small : large;
}

// Above 1 the rational approximation 7.1.26 of Abramowitz and Stegun, Handbook of Mathematical Functions (its
// error is at most 1.5e-7); below, where that loses relative accuracy, eleven terms of the Maclaurin series
// 7.1.5: 2/sqrt(pi) times the sum of (-1)^n x^(2n+1) / (n! (2n+1)).
inline float erf(float x)
{
    float magnitude = std::fabs(x);
    float z = x * x;
    float s = 1.4807192816e-08F;
    s = madd(s, z, -1.6365844691e-07F);
    s = madd(s, z, 1.6462114366e-06F);
    s = madd(s, z, -1.4925650358e-05F);
    s = madd(s, z, 1.2055332982e-04F);
    s = madd(s, z, -8.5483270235e-04F);
    s = madd(s, z, 5.2239776254e-03F);
    s = madd(s, z, -2.6866170645e-02F);
    s = madd(s, z, 1.1283791671e-01F);
    s = madd(s, z, -3.7612638903e-01F);
    s = madd(s, z, 1.2837916710e-01F); // 2/sqrt(pi) - 1: the x itself is added exactly
    float small = madd(s, x, x);
    float t = 1.0F / madd(0.3275911F, magnitude, 1.0F);
    float p = 1.061405429F;
    p = madd(p, t, -1.453152027F);
    p = madd(p, t, 1.421413741F);
    p = madd(p, t, -0.284496736F);
    p = madd(p, t, 0.254829592F);
    float large = std::copysign(1.0F - p * t * exp(-z), x);
    return magnitude < 1.0F ? small : large;
}

inline double exp(double x) { return std::exp(x); }
inline double expm1(double x) { return std::expm1(x); }
inline double log(double x) { return std::log(x); }
inline double softplus(double x) { return (x < 0 ? 0.0 : x) + std::log1p(std::exp(-std::fabs(x))); }
inline double sigmoid(double x) { return 1.0 / (1.0 + std::exp(-x)); }
inline double tanh(double x) { return std::tanh(x); }
inline double erf(double x) { return std::erf(x); }

} // namespace orrery::ops::vec
