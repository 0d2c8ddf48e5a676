#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// The numbers at the two ends of a colour scale. Auto: from the least to the greatest finite element.
// Symmetric: as far below 0 as above. Percentile: the middle share of the elements, so that few outliers do
// not hide the rest; exact to the width of a histogram bin.

#include "engine/debug/tensor_statistics.h"

namespace orrery::tensor_view {

enum class RangeMode : std::uint8_t { Auto, Symmetric, Percentile, Manual };

struct ValueRange {
    double low = 0, high = 1;

    double center() const { return low / 2 + high / 2; }
    // 0 … 1, clamped; 0.5 where the range is empty.
    double part(double value) const;
    friend bool operator==(const ValueRange&, const ValueRange&) = default;
};

// Below 0 and above 0 both matter: the scale with two arms fits.
bool isSigned(const debug::TensorStatistics& statistics);

ValueRange rangeOf(RangeMode mode, const debug::TensorStatistics& statistics,
                   const debug::Histogram& histogram, double share = 0.98);

} // namespace orrery::tensor_view
