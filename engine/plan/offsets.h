#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// Placing buffers with known lifetimes in one arena, so that no two that are alive at the same time overlap.

#include <cstdint>
#include <vector>

namespace orrery::plan {

struct Lifetime {
    std::uint32_t first = 0; // inclusive positions
    std::uint32_t last = 0;
    std::int64_t bytes = 0;
};

struct Placement {
    std::vector<std::int64_t> offsets; // by lifetime, multiples of 64
    std::int64_t totalBytes = 0;
};

// The largest sum of bytes alive at one position, each rounded up to 64: no placement can be smaller.
std::int64_t lowerBound(const std::vector<Lifetime>& lifetimes);

Placement place(const std::vector<Lifetime>& lifetimes);

} // namespace orrery::plan
