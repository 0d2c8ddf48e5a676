#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// One row of a slice as a line: for each pixel across, the least and the greatest value of the cells that
// share it, so that a spike of one element stays to be seen at every zoom, and whether one of them is not
// finite.

#include "views/tensor_view/reduce.h"

#include <vector>

namespace orrery::tensor_view {

struct LinePoint {
    double low = 0, high = 0; // of the finite cells
    bool hasFinite = false, hasNan = false, hasInfinity = false;
};

// At most `width` points over the columns [from, from + count) of a row.
std::vector<LinePoint> lineOf(const Elements& elements, const SliceView& slice, std::int64_t row,
                              std::int64_t from, std::int64_t count, int width, std::stop_token stop = {});

// About `wanted` round numbers within [low, high], for an axis: multiples of 1, 2 or 5 times a power of ten.
std::vector<double> axisTicks(double low, double high, int wanted);

} // namespace orrery::tensor_view
