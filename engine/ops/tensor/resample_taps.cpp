// SPDX-License-Identifier: Apache-2.0
//
// Positions follow the formulas of ONNX Resize-19 in double precision. Weights: linear and cubic (Keys, with
// the coefficient a); with antialias the same kernels stretched by the scale when shrinking, normalised.
#include "engine/ops/tensor/resample.h"

#include <algorithm>
#include <cmath>

namespace orrery::ops {
namespace {

double position(const ResampledAxis& axis, Coordinates coordinates, std::int64_t index)
{
    auto x = static_cast<double>(index);
    auto in = static_cast<double>(axis.input);
    auto out = static_cast<double>(axis.output);
    double halfPixel = (x + 0.5) / axis.scale - 0.5;
    switch (coordinates) {
    case Coordinates::HalfPixel:
        return halfPixel;
    case Coordinates::HalfPixelSymmetric:
        return in / 2 * (1 - out / (axis.scale * in)) + halfPixel;
    case Coordinates::PytorchHalfPixel:
        return axis.output > 1 ? halfPixel : 0;
    case Coordinates::AlignCorners:
        // ONNX's own test data divide by the length before it is rounded down, other runtimes by the one
        // after.
        return axis.output > 1 ? x * (in - 1) / (axis.scaledInput - 1) : 0;
    case Coordinates::Asymmetric:
        return x / axis.scale;
    case Coordinates::TfHalfPixelForNn:
        return (x + 0.5) / axis.scale;
    case Coordinates::TfCropAndResize:
        return axis.output > 1
                   ? axis.roiStart * (in - 1) + x * (axis.roiEnd - axis.roiStart) * (in - 1) / (out - 1)
                   : 0.5 * (axis.roiStart + axis.roiEnd) * (in - 1);
    }
    return 0;
}

double rounded(double x, NearestRounding rounding)
{
    switch (rounding) {
    case NearestRounding::PreferFloor:
        return std::ceil(x - 0.5);
    case NearestRounding::PreferCeil:
        return std::floor(x + 0.5);
    case NearestRounding::Floor:
        return std::floor(x);
    case NearestRounding::Ceil:
        return std::ceil(x);
    }
    return x;
}

double linearWeight(double distance) { return std::max(0.0, 1 - std::abs(distance)); }

double cubicWeight(double distance, double a)
{
    double x = std::abs(distance);
    if (x <= 1)
        return ((a + 2) * x - (a + 3)) * x * x + 1;
    return x < 2 ? ((a * x - 5 * a) * x + 8 * a) * x - 4 * a : 0;
}

bool isIdentity(const ResampledAxis& axis, const ResampleOptions& options)
{
    return axis.input == axis.output && axis.scale == 1 &&
           options.coordinates != Coordinates::TfCropAndResize &&
           options.coordinates != Coordinates::TfHalfPixelForNn;
}

} // namespace

Taps tapsOf(const ResampledAxis& axis, const ResampleOptions& options)
{
    Taps taps;
    taps.input = axis.input;
    taps.output = axis.output;
    taps.identity = isIdentity(axis, options);
    bool nearest = options.interpolation == Interpolation::Nearest || taps.identity;
    bool cubic = options.interpolation == Interpolation::Cubic;
    // The kernel reaches so many input elements to each side of a position.
    double stretch = options.antialias ? std::min(axis.scale, 1.0) : 1.0;
    double reach = std::min((cubic ? 2.0 : 1.0) / stretch, static_cast<double>(axis.input));
    std::int64_t before = nearest ? 0 : static_cast<std::int64_t>(std::ceil(reach)) - 1;
    taps.count = nearest ? 1 : 2 * before + 2;
    auto size = static_cast<std::size_t>(taps.output * taps.count);
    taps.indices.resize(size);
    taps.weights.assign(size, 1.0);
    auto highest = static_cast<double>(axis.input - 1);
    for (std::int64_t i = 0; i < taps.output; ++i) {
        double x = taps.identity ? static_cast<double>(i) : position(axis, options.coordinates, i);
        bool isOutside = options.coordinates == Coordinates::TfCropAndResize && !(x >= 0 && x <= highest);
        if (isOutside && taps.outside.empty())
            taps.outside.resize(static_cast<std::size_t>(taps.output));
        if (isOutside)
            taps.outside[static_cast<std::size_t>(i)] = true;
        x = std::isfinite(x) ? std::clamp(x, -highest - 3, 2 * highest + 3) : 0;
        auto at = static_cast<std::size_t>(i * taps.count);
        if (nearest) {
            taps.indices[at] =
                static_cast<std::int32_t>(std::clamp(rounded(x, options.rounding), 0.0, highest));
            continue;
        }
        double base = std::floor(x);
        double sum = 0;
        for (std::int64_t t = 0; t < taps.count; ++t) {
            double neighbour = base + static_cast<double>(t - before);
            double distance = (neighbour - x) * stretch;
            double weight = cubic ? cubicWeight(distance, options.cubicA) : linearWeight(distance);
            if (options.excludeOutside && (neighbour < 0 || neighbour > highest))
                weight = 0;
            taps.indices[at + static_cast<std::size_t>(t)] =
                static_cast<std::int32_t>(std::clamp(neighbour, 0.0, highest));
            taps.weights[at + static_cast<std::size_t>(t)] = weight;
            sum += weight;
        }
        if (sum != 0)
            for (std::int64_t t = 0; t < taps.count; ++t)
                taps.weights[at + static_cast<std::size_t>(t)] /= sum;
    }
    return taps;
}

} // namespace orrery::ops
