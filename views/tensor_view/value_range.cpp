// SPDX-License-Identifier: Apache-2.0
#include "views/tensor_view/value_range.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numeric>

namespace orrery::tensor_view {
namespace {

// The value below which a share of the counted elements lies.
double quantile(const debug::Histogram& histogram, double share)
{
    const auto total =
        double(std::accumulate(histogram.counts.begin(), histogram.counts.end(), std::int64_t(0)));
    const double width = (histogram.high - histogram.low) / double(histogram.counts.size());
    double seen = 0;
    for (std::size_t i = 0; i < histogram.counts.size(); ++i) {
        const auto here = double(histogram.counts[i]);
        if (here > 0 && seen + here >= share * total)
            return histogram.low + width * (double(i) + (share * total - seen) / here);
        seen += here;
    }
    return histogram.high;
}

} // namespace

double ValueRange::part(double value) const
{
    if (!(high > low))
        return 0.5;
    // Halved, so that the width of the widest range is finite.
    return std::clamp((value / 2 - low / 2) / (high / 2 - low / 2), 0.0, 1.0);
}

bool isSigned(const debug::TensorStatistics& statistics)
{
    const double least = std::max(std::abs(statistics.min), std::abs(statistics.max)) * 0.02;
    return statistics.min < -least && statistics.max > least;
}

ValueRange rangeOf(RangeMode mode, const debug::TensorStatistics& statistics,
                   const debug::Histogram& histogram, double share)
{
    ValueRange range{statistics.min, statistics.max};
    if (mode == RangeMode::Percentile && !histogram.counts.empty() && histogram.high > histogram.low)
        range = {quantile(histogram, (1 - share) / 2), quantile(histogram, (1 + share) / 2)};
    if (mode == RangeMode::Symmetric) {
        const double far = std::max(std::abs(range.low), std::abs(range.high));
        range = {-far, far};
    }
    return range;
}

std::optional<ValueRange> rangeOfSlice(const Elements& elements, const SliceView& slice, std::stop_token stop)
{
    if (!elements.readable())
        return {};
    constexpr double far = std::numeric_limits<double>::infinity();
    ValueRange range{far, -far};
    std::array<double, 1024> values;
    for (std::int64_t row = 0; row < slice.rows(); ++row)
        for (std::int64_t column = 0; column < slice.columns(); column += std::int64_t(values.size())) {
            if (stop.stop_requested())
                return {};
            const std::int64_t n = std::min(std::int64_t(values.size()), slice.columns() - column);
            elements.read(slice.flat(row, column), slice.columnStride(), n, values.data());
            for (std::int64_t i = 0; i < n; ++i)
                if (const double value = values[std::size_t(i)]; std::isfinite(value))
                    range = {std::min(range.low, value), std::max(range.high, value)};
        }
    if (range.low > range.high)
        return {};
    return range;
}

} // namespace orrery::tensor_view
