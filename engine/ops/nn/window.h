#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// The sliding window that convolutions and pools share: kernel, strides, dilations, pads, auto_pad and
// ceil_mode of ONNX, parsed once, then resolved against the spatial dims of a run. Every number that comes
// out of resolve() is checked: strides and dilations are at least 1, pads at least 0, output sizes fit.

#include "engine/ops/infer_context.h"

#include <array>
#include <optional>
#include <vector>

namespace orrery::ops {

enum class AutoPad { NotSet, SameUpper, SameLower, Valid };
enum class Rounding { Floor, Ceil };

struct WindowAttributes {
    std::vector<std::int64_t> kernel; // empty: from the weight
    std::vector<std::int64_t> strides;
    std::vector<std::int64_t> dilations;
    std::vector<std::int64_t> pads; // begins, then ends
    AutoPad autoPad = AutoPad::NotSet;
    Rounding rounding = Rounding::Floor;
};

// One spatial axis. An output element o sees the inputs o · stride - padBegin + k · dilation, 0 <= k <
// kernel.
struct WindowAxis {
    std::int64_t input = 1;
    std::int64_t output = 1;
    std::int64_t kernel = 1;
    std::int64_t stride = 1;
    std::int64_t dilation = 1;
    std::int64_t padBegin = 0;
    std::int64_t padEnd = 0;
};

// Depth, height, width; the leading ones of fewer spatial dims are single elements.
using Window = std::array<WindowAxis, 3>;

// BadModel when a value is out of range or the lists are of different lengths.
Result<WindowAttributes> parseWindow(const graph::Node& node);

// The axes for these spatial dims (at most 3, else Unsupported) with this kernel. BadModel when the window is
// larger than the padded input.
Result<Window> resolveWindow(const WindowAttributes& attributes, std::span<const std::int64_t> input,
                             std::span<const std::int64_t> kernel);

// One output dim, symbolic where the input is; the axis counts from 0 among the spatial ones.
Result<graph::Dim> windowOutput(const WindowAttributes& attributes, std::size_t axis, const graph::Dim& input,
                                const graph::Dim& kernel);

// The spatial output dims of a resolved window, the last `rank` of the three.
void appendOutputDims(const Window& window, std::size_t rank, graph::Dims& dims);

// Elements of the input (output) planes and of the kernel.
std::int64_t inputPlane(const Window& window);
std::int64_t outputPlane(const Window& window);
std::int64_t kernelPlane(const Window& window);

// First and last + 1 of the kernel positions k for which start + k · dilation lies in [0, input).
struct Span {
    std::int64_t begin = 0;
    std::int64_t end = 0;
};
Span insideKernel(const WindowAxis& axis, std::int64_t start);
// First and last + 1 of the outputs o for which o · stride + offset lies in [0, input), offset being k ·
// dilation - padBegin.
Span insideOutputs(const WindowAxis& axis, std::int64_t offset);

} // namespace orrery::ops
