#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// Resampling of tensors along any axes, for Resize and Upsample: where each output index lies on the input's
// axis, which input elements it is made of, and the loops that carry it out. All interpolations of ONNX are
// products of one weight per axis, so axes are handled one after the other.

#include "engine/ops/tensor/arguments.h"

namespace orrery::ops {

enum class Interpolation { Nearest, Linear, Cubic };
enum class Coordinates {
    HalfPixel,
    HalfPixelSymmetric,
    PytorchHalfPixel,
    AlignCorners,
    Asymmetric,
    TfHalfPixelForNn,
    TfCropAndResize
};
enum class NearestRounding { PreferFloor, PreferCeil, Floor, Ceil };

struct ResampleOptions {
    Interpolation interpolation = Interpolation::Nearest;
    Coordinates coordinates = Coordinates::HalfPixel;
    NearestRounding rounding = NearestRounding::PreferFloor;
    double cubicA = -0.75;
    bool excludeOutside = false;
    bool antialias = false;
    float extrapolation = 0;
};

struct ResampledAxis {
    std::int64_t input = 0; // lengths
    std::int64_t output = 0;
    double scale = 1;
    double scaledInput = 0; // input * scale, before it was rounded down to output
    double roiStart = 0;    // of TfCropAndResize, as fractions of the axis
    double roiEnd = 1;
};

// The input elements that each output index is made of: `count` indices and weights per output index.
struct Taps {
    std::int64_t input = 0;
    std::int64_t output = 0;
    std::int64_t count = 1;
    std::vector<std::int32_t> indices;
    std::vector<double> weights;
    std::vector<bool> outside; // output indices that take the extrapolation value; empty when none does
    bool identity = false;
};

Taps tapsOf(const ResampledAxis& axis, const ResampleOptions& options);

// output has the dims of the axes' outputs and the element type of the input.
Result<void> resample(KernelContext& context, const graph::Tensor& input, graph::Tensor& output,
                      std::span<const ResampledAxis> axes, const ResampleOptions& options);

// What that takes of the context's scratch, an axis that keeps its length being left as it is.
std::int64_t resampleScratchBytes(const TensorSize& input, const TensorSize& output,
                                  Interpolation interpolation);

} // namespace orrery::ops
