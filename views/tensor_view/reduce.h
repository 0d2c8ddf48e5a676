#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// A rectangle of a slice brought down to at most width × height values. One cell stays what it is; of many
// that share a pixel a NaN wins, then an infinity, then the value farthest from `center`: neither bad values
// nor extremes vanish, however far one is zoomed out. Cost: memory speed along the last axis. Stops early,
// with an incomplete result, when asked to.

#include "engine/graph/tensor.h"
#include "views/tensor_view/slice_view.h"

#include <optional>
#include <stop_token>
#include <vector>

namespace orrery::tensor_view {

// What is looked at: a tensor, or the difference to another of the same dims.
struct Elements {
    graph::Tensor tensor;
    std::optional<graph::Tensor> minus;

    bool readable() const; // as numbers
    double at(std::int64_t flat) const;
    // n elements, `stride` apart.
    void read(std::int64_t flat, std::int64_t stride, std::int64_t n, double* out) const;
};

struct CellRect {
    std::int64_t row = 0, column = 0, rows = 0, columns = 0;
    friend bool operator==(const CellRect&, const CellRect&) = default;
};

struct Reduced {
    int width = 0, height = 0;
    std::vector<double> values; // row by row
};

Reduced reduce(const Elements& elements, const SliceView& slice, const CellRect& area, int width, int height,
               double center, std::stop_token stop = {});

} // namespace orrery::tensor_view
