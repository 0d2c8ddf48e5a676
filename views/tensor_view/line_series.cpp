// SPDX-License-Identifier: Apache-2.0
#include "views/tensor_view/line_series.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace orrery::tensor_view {

std::vector<LinePoint> lineOf(const Elements& elements, const SliceView& slice, std::int64_t row,
                              std::int64_t from, std::int64_t count, int width, std::stop_token stop)
{
    count = std::min(count, slice.columns() - from);
    if (count <= 0 || width <= 0 || row < 0 || row >= slice.rows() || from < 0 || !elements.readable())
        return {};
    std::vector<LinePoint> points(std::size_t(std::min<std::int64_t>(count, width)));
    constexpr std::int64_t block = 1024;
    std::array<double, block> read;
    for (std::int64_t at = 0; at < count && !stop.stop_requested(); at += block) {
        const std::int64_t n = std::min(block, count - at);
        elements.read(slice.flat(row, from + at), slice.columnStride(), n, read.data());
        for (std::int64_t i = 0; i < n; ++i) {
            const double value = read[std::size_t(i)];
            LinePoint& point = points[std::size_t((at + i) * std::int64_t(points.size()) / count)];
            if (std::isnan(value))
                point.hasNan = true;
            else if (std::isinf(value))
                point.hasInfinity = true;
            else {
                point.low = point.hasFinite ? std::min(point.low, value) : value;
                point.high = point.hasFinite ? std::max(point.high, value) : value;
                point.hasFinite = true;
            }
        }
    }
    return points;
}

std::vector<double> axisTicks(double low, double high, int wanted)
{
    const double width = high - low;
    if (!(width > 0) || !std::isfinite(width) || wanted < 1)
        return {low};
    const double rough = width / wanted;
    const double power = std::pow(10, std::floor(std::log10(rough)));
    const double part = rough / power;
    const double step = power * (part <= 1 ? 1 : part <= 2 ? 2 : part <= 5 ? 5 : 10);
    std::vector<double> ticks;
    if (!(step > 0) || !std::isfinite(low / step) || std::abs(low / step) > 1e15)
        return {low};
    for (double n = std::ceil(low / step - 1e-9); n * step <= high + step * 1e-9; ++n)
        ticks.push_back(n == 0 ? 0 : n * step);
    return ticks;
}

} // namespace orrery::tensor_view
