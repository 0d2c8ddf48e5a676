// SPDX-License-Identifier: Apache-2.0
#include "app/cli/compare.h"

#include "engine/graph/shape.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace orrery::cli {

Comparison compare(const graph::Tensor& found, const graph::Tensor& expected, const Tolerance& tolerance)
{
    Comparison result;
    if (found.type() != expected.type() || found.dims() != expected.dims()) {
        result.difference = fmt::format("expected {} {}, found {} {}", graph::name(expected.type()),
                                        graph::dimsText(expected.dims()), graph::name(found.type()),
                                        graph::dimsText(found.dims()));
        return result;
    }
    if (found.type() == graph::DataType::String) {
        result.ok = found.strings() == expected.strings();
        if (!result.ok)
            result.difference = "strings differ";
        return result;
    }
    auto foundValues = found.toDoubles();
    auto expectedValues = expected.toDoubles();
    if (!foundValues.ok() || !expectedValues.ok()) {
        result.ok = found.identicalTo(expected);
        result.difference = result.ok ? "" : "bytes differ";
        return result;
    }
    result.ok = true;
    double worst = -1;
    for (std::size_t i = 0; i < expectedValues->size(); ++i) {
        double a = (*foundValues)[i];
        double b = (*expectedValues)[i];
        if (a == b || (std::isnan(a) && std::isnan(b)))
            continue;
        double error = std::abs(a - b);
        bool comparable = std::isfinite(error);
        result.maxAbsoluteError = std::max(result.maxAbsoluteError, comparable ? error : INFINITY);
        if (b != 0)
            result.maxRelativeError =
                std::max(result.maxRelativeError, comparable ? error / std::abs(b) : INFINITY);
        double excess =
            comparable ? error - (tolerance.absolute + tolerance.relative * std::abs(b)) : INFINITY;
        if (excess > 0) {
            result.ok = false;
            if (excess > worst) {
                worst = excess;
                result.difference = fmt::format("element {}: expected {:g}, found {:g}", i, b, a);
            }
        }
    }
    return result;
}

} // namespace orrery::cli
