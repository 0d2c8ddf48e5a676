#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// Single-precision exp, tanh, sigmoid and erf without branches, tables or calls, so that the compiler turns
// a loop over them into vector code at every instruction-set level. NaN gives NaN, overflow gives infinity,
// and small results are denormal, as in the standard library. Errors, as the unit tests measure them: exp 2
// ulp, sigmoid and tanh 4 ulp, erf 2e-7 absolute. For double, call the standard library or Eigen.

#include <bit>
#include <cmath>
#include <cstdint>

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

// exp(x) = 2^n * exp(r), r = x - n ln 2 in [-0.35, 0.35] (Cody and Waite's reduction in two steps), exp(r) by
// the polynomial of Cephes' expf. 2^n is applied in two halves so that the ends of the range round by
// themselves.
inline float exp(float x)
{
    x = x > 89.0F ? 89.0F : x; // NaN passes
    x = x < -104.0F ? -104.0F : x;
    constexpr float roundingShift = 12582912.0F; // 1.5 * 2^23: adding it rounds to an integer
    float shifted = madd(x, 1.44269504088896341F, roundingShift);
    std::int32_t n = std::bit_cast<std::int32_t>(shifted) - std::bit_cast<std::int32_t>(roundingShift);
    float whole = shifted - roundingShift;
    float r = madd(whole, -0.693359375F, x);
    r = madd(whole, 2.12194440e-4F, r);
    float p = 1.9875691500e-4F;
    p = madd(p, r, 1.3981999507e-3F);
    p = madd(p, r, 8.3334519073e-3F);
    p = madd(p, r, 4.1665795894e-2F);
    p = madd(p, r, 1.6666665459e-1F);
    p = madd(p, r, 5.0000001201e-1F);
    p = madd(p, r * r, r) + 1.0F;
    std::int32_t half = n >> 1;
    return p * powerOfTwo(half) * powerOfTwo(n - half);
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

} // namespace orrery::ops::vec
