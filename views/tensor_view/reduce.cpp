// SPDX-License-Identifier: Apache-2.0
#include "views/tensor_view/reduce.h"

#include "engine/debug/element_blocks.h"
#include "engine/debug/tensor_statistics.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace orrery::tensor_view {
namespace {

constexpr std::int64_t block = 1024;

// Order of what wins a pixel.
double rankOf(double value, double center)
{
    if (std::isnan(value))
        return std::numeric_limits<double>::infinity();
    if (std::isinf(value))
        return std::numeric_limits<double>::max();
    return std::min(std::abs(value - center), std::numeric_limits<double>::max() / 2);
}

void readOne(const graph::Tensor& tensor, std::int64_t flat, std::int64_t stride, std::int64_t n, double* out)
{
    if (tensor.type() == graph::DataType::Float32) {
        const float* data = tensor.data<float>() + flat;
        for (std::int64_t i = 0; i < n; ++i)
            out[i] = double(data[i * stride]);
    } else if (stride == 1)
        debug::decode(tensor, flat, n, out);
    else
        for (std::int64_t i = 0; i < n; ++i)
            out[i] = debug::element(tensor, flat + i * stride);
}

} // namespace

bool Elements::readable() const
{
    return debug::isReadable(tensor) &&
           (!minus || (debug::isReadable(*minus) && minus->dims() == tensor.dims()));
}

double Elements::at(std::int64_t flat) const
{
    double value = 0;
    read(flat, 1, 1, &value);
    return value;
}

void Elements::read(std::int64_t flat, std::int64_t stride, std::int64_t n, double* out) const
{
    readOne(tensor, flat, stride, n, out);
    if (!minus)
        return;
    std::array<double, block> other;
    for (std::int64_t at = 0; at < n; at += block) {
        const std::int64_t some = std::min(block, n - at);
        readOne(*minus, flat + at * stride, stride, some, other.data());
        for (std::int64_t i = 0; i < some; ++i) {
            double& mine = out[at + i];
            const double theirs = other[std::size_t(i)];
            const bool isSame = mine == theirs || (std::isnan(mine) && std::isnan(theirs));
            mine = isSame ? 0 : mine - theirs;
        }
    }
}

Reduced reduce(const Elements& elements, const SliceView& slice, const CellRect& area, int width, int height,
               double center, std::stop_token stop)
{
    Reduced result;
    if (area.rows <= 0 || area.columns <= 0 || !elements.readable())
        return result;
    result.width = int(std::min<std::int64_t>(area.columns, std::max(1, width)));
    result.height = int(std::min<std::int64_t>(area.rows, std::max(1, height)));
    result.values.resize(std::size_t(result.width) * std::size_t(result.height));
    std::vector<double> best(std::size_t(result.width)), ranks(best.size());
    std::vector<int> pixelOf(static_cast<std::size_t>(area.columns));
    for (std::int64_t c = 0; c < area.columns; ++c)
        pixelOf[std::size_t(c)] = int(c * result.width / area.columns);
    std::array<double, block> read;
    for (int y = 0; y < result.height; ++y) {
        // The same rule as for columns, so that a cell never falls between two pixels.
        const std::int64_t from = (y * area.rows + result.height - 1) / result.height;
        const std::int64_t to = ((y + 1) * area.rows + result.height - 1) / result.height;
        std::fill(ranks.begin(), ranks.end(), -1.0);
        for (std::int64_t r = from; r < to; ++r)
            for (std::int64_t c = 0; c < area.columns; c += block) {
                if (stop.stop_requested())
                    return result;
                const std::int64_t n = std::min(block, area.columns - c);
                elements.read(slice.flat(area.row + r, area.column + c), slice.columnStride(), n,
                              read.data());
                for (std::int64_t i = 0; i < n; ++i) {
                    const auto x = std::size_t(pixelOf[std::size_t(c + i)]);
                    const double rank = rankOf(read[std::size_t(i)], center);
                    if (rank > ranks[x]) {
                        ranks[x] = rank;
                        best[x] = read[std::size_t(i)];
                    }
                }
            }
        std::copy(best.begin(), best.end(), result.values.begin() + std::ptrdiff_t(y) * result.width);
    }
    return result;
}

} // namespace orrery::tensor_view
