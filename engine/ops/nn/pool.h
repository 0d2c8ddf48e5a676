#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// What the pooling operators share: checks, shapes, and the loop over planes. Pools combine whole rows: for
// each kernel position the inputs that it sees are combined into the output row, which vectorises.

#include "engine/ops/kernel.h"
#include "engine/ops/nn/window.h"
#include "engine/ops/op_spec.h"

#include <algorithm>

namespace orrery::ops {

// Infers the pooled shape for outputs 0 … outputs-1; output 1, if any, is int64.
Result<void> inferPool(InferContext& context);

// N×C planes and the window over them; BadModel for a missing kernel_shape or rank below 3.
struct Pool {
    std::int64_t planes = 0;
    Window window;
    graph::Dims outputDims;
};
Result<Pool> poolOf(const WindowAttributes& attributes, const graph::Dims& input);

// One combination for each element of each window.
Cost poolCost(const graph::Node& node, std::span<const TensorSize> inputs,
              std::span<const TensorSize> outputs);

// output[o] = combine over the inputs that o sees, beginning with `start`; all in one plane.
template<class T, class Combine>
void poolPlane(const Window& window, const T* input, T start, T* output, Combine combine)
{
    const auto& [d, h, w] = window;
    for (std::int64_t od = 0; od < d.output; ++od) {
        const std::int64_t startD = od * d.stride - d.padBegin;
        const Span insideD = insideKernel(d, startD);
        for (std::int64_t oh = 0; oh < h.output; ++oh, output += w.output) {
            const std::int64_t startH = oh * h.stride - h.padBegin;
            const Span insideH = insideKernel(h, startH);
            std::fill_n(output, w.output, start);
            for (std::int64_t kd = insideD.begin; kd < insideD.end; ++kd)
                for (std::int64_t kh = insideH.begin; kh < insideH.end; ++kh) {
                    const T* row =
                        input + ((startD + kd * d.dilation) * h.input + startH + kh * h.dilation) * w.input;
                    for (std::int64_t kw = 0; kw < w.kernel; ++kw) {
                        const std::int64_t offset = kw * w.dilation - w.padBegin;
                        const Span inside = insideOutputs(w, offset);
                        T* __restrict to = output;
                        const T* __restrict from = row;
                        if (w.stride == 1)
                            for (std::int64_t o = inside.begin; o < inside.end; ++o)
                                to[o] = combine(to[o], from[o + offset]);
                        else
                            for (std::int64_t o = inside.begin; o < inside.end; ++o)
                                to[o] = combine(to[o], from[o * w.stride + offset]);
                    }
                }
        }
    }
}

// Calls body(plane) for every plane, on the run's threads.
template<class F>
void forPlanes(KernelContext& context, const Pool& pool, F&& body)
{
    const double work =
        static_cast<double>(outputPlane(pool.window)) * static_cast<double>(kernelPlane(pool.window));
    const auto grain = static_cast<std::int64_t>(16384.0 / std::max(work, 1.0)) + 1;
    context.parallelFor(pool.planes, grain, [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t plane = begin; plane < end && !context.stopRequested(); ++plane)
            body(plane);
    });
}

} // namespace orrery::ops
