#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// Arithmetic that is defined for every pair of operands: integers wrap, where C++ leaves signed overflow,
// promotion of short unsigned types and the minimum divided by -1 undefined. Floats are left to the hardware.

#include <cmath>
#include <type_traits>

namespace orrery::ops {

// Unsigned and at least as wide as unsigned int, so that nothing is promoted to a signed type.
template<class T>
using WrapType = std::common_type_t<std::make_unsigned_t<T>, unsigned>;

constexpr auto plus = [](auto a, auto b) {
    using T = decltype(a);
    if constexpr (std::is_floating_point_v<T>)
        return a + b;
    else
        return static_cast<T>(static_cast<WrapType<T>>(a) + static_cast<WrapType<T>>(b));
};

constexpr auto minus = [](auto a, auto b) {
    using T = decltype(a);
    if constexpr (std::is_floating_point_v<T>)
        return a - b;
    else
        return static_cast<T>(static_cast<WrapType<T>>(a) - static_cast<WrapType<T>>(b));
};

constexpr auto times = [](auto a, auto b) {
    using T = decltype(a);
    if constexpr (std::is_floating_point_v<T>)
        return a * b;
    else
        return static_cast<T>(static_cast<WrapType<T>>(a) * static_cast<WrapType<T>>(b));
};

// Integers: towards zero; b is not 0.
constexpr auto dividedBy = [](auto a, auto b) {
    using T = decltype(a);
    if constexpr (std::is_integral_v<T> && std::is_signed_v<T>)
        return b == T(-1) ? minus(T(0), a) : static_cast<T>(a / b);
    else
        return static_cast<T>(a / b);
};

// The remainder with the sign of b, as in Python; b is not 0 for integers.
constexpr auto floorModulo = [](auto a, auto b) {
    using T = decltype(a);
    if constexpr (std::is_floating_point_v<T>) {
        T rest = std::fmod(a, b);
        return rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest;
    } else if constexpr (std::is_signed_v<T>) {
        T rest = b == T(-1) ? T(0) : static_cast<T>(a % b);
        return static_cast<T>(rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest);
    } else {
        return static_cast<T>(a % b);
    }
};

// The remainder with the sign of a, as in C; b is not 0 for integers.
constexpr auto truncatedModulo = [](auto a, auto b) {
    using T = decltype(a);
    if constexpr (std::is_floating_point_v<T>)
        return std::fmod(a, b);
    else if constexpr (std::is_signed_v<T>)
        return b == T(-1) ? T(0) : static_cast<T>(a % b);
    else
        return static_cast<T>(a % b);
};

// By squaring, wrapping; a negative exponent gives what 1 / a^-b truncates to.
constexpr auto integerPower = [](auto a, auto b) {
    using T = decltype(a);
    if constexpr (std::is_signed_v<decltype(b)>) {
        if (b < 0)
            return a == T(1) ? T(1) : a == T(-1) ? static_cast<T>(b % 2 == 0 ? 1 : -1) : T(0);
    }
    T result = 1;
    for (; b != 0; b = static_cast<decltype(b)>(b >> 1)) {
        if ((b & 1) != 0)
            result = times(result, a);
        a = times(a, a);
    }
    return result;
};

} // namespace orrery::ops
