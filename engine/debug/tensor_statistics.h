#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// Statistics of a tensor's elements in one pass at memory speed. Every numeric type counts as real numbers,
// bool as 0 and 1, complex by magnitude; strings have none. NaN and infinite elements are counted and left
// out of the rest.

#include "engine/graph/tensor.h"

#include <cstdint>
#include <vector>

namespace orrery::debug {

struct TensorStatistics {
    std::int64_t elements = 0;
    std::int64_t nans = 0;
    std::int64_t infinities = 0;
    std::int64_t zeros = 0;
    std::int64_t finite = 0;
    double min = 0, max = 0, mean = 0, std = 0; // of the finite elements; 0 without one. std divides by n
    double l2 = 0;
    std::int64_t firstNan = -1, firstInfinity = -1; // flat indices
    std::int64_t minAt = -1, maxAt = -1;
};

TensorStatistics statistics(const graph::Tensor& tensor);

struct Histogram {
    double low = 0, high = 0; // of the finite elements
    std::vector<std::int64_t> counts;
};
// Equal bins, at most maxHistogramBins, over [low, high] of the finite elements; empty counts without one.
inline constexpr int maxHistogramBins = 1 << 16;
Histogram histogram(const graph::Tensor& tensor, int bins);

// One element as a double; NaN for a string. Any type, 4-bit and half ones, too.
double element(const graph::Tensor& tensor, std::int64_t index);
// Flat index → one index per dim.
graph::Dims indexOf(const graph::Dims& dims, std::int64_t flat);

} // namespace orrery::debug
