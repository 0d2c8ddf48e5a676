#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// 64-bit arithmetic on sizes that came from a file: nullopt where the result does not fit.

#include <cstdint>
#include <optional>
#include <span>

namespace orrery {

inline std::optional<std::int64_t> checkedMul(std::int64_t a, std::int64_t b)
{
    std::int64_t result = 0;
    return __builtin_mul_overflow(a, b, &result) ? std::nullopt : std::optional(result);
}

inline std::optional<std::int64_t> checkedAdd(std::int64_t a, std::int64_t b)
{
    std::int64_t result = 0;
    return __builtin_add_overflow(a, b, &result) ? std::nullopt : std::optional(result);
}

// Product of dims; nullopt on overflow or a negative dim. The product of no dims is 1.
inline std::optional<std::int64_t> checkedElementCount(std::span<const std::int64_t> dims)
{
    std::int64_t count = 1;
    bool overflow = false;
    bool zero = false;
    for (std::int64_t dim : dims) {
        if (dim < 0)
            return std::nullopt;
        zero = zero || dim == 0;
        overflow = overflow || __builtin_mul_overflow(count, dim, &count);
    }
    if (zero)
        return 0;
    return overflow ? std::nullopt : std::optional(count);
}

} // namespace orrery
