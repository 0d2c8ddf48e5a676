#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// Order statistics for the figures that the programs here print.

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

namespace orrery::perf {

inline double quantile(std::vector<double> values, double q)
{
    if (values.empty())
        return 0;
    std::sort(values.begin(), values.end());
    double place = q * static_cast<double>(values.size() - 1);
    auto low = static_cast<std::size_t>(place);
    std::size_t high = std::min(low + 1, values.size() - 1);
    return values[low] + (values[high] - values[low]) * (place - std::floor(place));
}

} // namespace orrery::perf
