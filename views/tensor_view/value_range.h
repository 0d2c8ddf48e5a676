#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// The numbers at the two ends of a colour scale. Slice: from the least to the greatest finite element that is
// shown. Auto: of all.
// Symmetric: as far below 0 as above. Percentile: the middle share of the elements, so that few outliers do
// not hide the rest; exact to the width of a histogram bin.

#include "engine/debug/tensor_statistics.h"
#include "views/tensor_view/reduce.h"

namespace orrery::tensor_view {

enum class RangeMode : std::uint8_t { Slice, Auto, Symmetric, Percentile, Manual };

struct ValueRange {
    double low = 0, high = 1;

    double center() const { return low / 2 + high / 2; }
    // 0 … 1, clamped; 0.5 where the range is empty.
    double part(double value) const;
    friend bool operator==(const ValueRange&, const ValueRange&) = default;
};

// Below 0 and above 0 both matter: the scale with two arms fits.
bool isSigned(const debug::TensorStatistics& statistics);

// For every mode but Slice and Manual, which know more; these get Auto's.
ValueRange rangeOf(RangeMode mode, const debug::TensorStatistics& statistics,
                   const debug::Histogram& histogram, double share = 0.98);

// Of the finite cells of a slice; nothing without one. Reads all of them.
std::optional<ValueRange> rangeOfSlice(const Elements& elements, const SliceView& slice,
                                       std::stop_token stop = {});

} // namespace orrery::tensor_view
