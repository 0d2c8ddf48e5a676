#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// A computed tensor against an expected one: equal within atol + rtol · |expected|, as NumPy's allclose with
// equal NaNs.

#include "engine/graph/tensor.h"

#include <string>

namespace orrery::cli {

struct Tolerance {
    double relative = 1e-3;
    double absolute = 1e-7;
};

struct Comparison {
    bool ok = false;
    double maxAbsoluteError = 0;
    double maxRelativeError = 0; // |found − expected| / |expected|, where expected is not 0
    std::string difference;      // why not ok: types, shapes, or the worst element
};

Comparison compare(const graph::Tensor& found, const graph::Tensor& expected, const Tolerance& tolerance);

} // namespace orrery::cli
