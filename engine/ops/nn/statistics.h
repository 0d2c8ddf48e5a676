#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// Sums over contiguous elements for the normalizations: sixteen running sums per block, so that the loop
// vectorises without reordering that the language forbids, and double between blocks, so that long rows lose
// no precision.

#include <algorithm>
#include <cstdint>

namespace orrery::ops {

// The sum of term(x) over n elements.
template<class T, class Term>
double sumOf(const T* data, std::int64_t n, Term term)
{
    constexpr std::int64_t lanes = 16;
    constexpr std::int64_t block = 1024;
    double total = 0;
    std::int64_t i = 0;
    while (n - i >= lanes) {
        T sums[lanes] = {};
        const std::int64_t end = i + std::min(block, (n - i) / lanes * lanes);
        for (; i < end; i += lanes)
            for (std::int64_t lane = 0; lane < lanes; ++lane)
                sums[lane] += term(data[i + lane]);
        for (T sum : sums)
            total += static_cast<double>(sum);
    }
    for (; i < n; ++i)
        total += static_cast<double>(term(data[i]));
    return total;
}

struct Moments {
    double mean = 0;
    double variance = 0; // of the population
};

template<class T>
Moments momentsOf(const T* data, std::int64_t n)
{
    Moments moments;
    if (n == 0)
        return moments;
    moments.mean = sumOf(data, n, [](T x) { return x; }) / static_cast<double>(n);
    const T mean = static_cast<T>(moments.mean);
    moments.variance =
        sumOf(data, n, [mean](T x) { return (x - mean) * (x - mean); }) / static_cast<double>(n);
    return moments;
}

} // namespace orrery::ops
