#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// The convolution that Conv, FusedConv and the integer convolutions share, over contiguous N×C×D×H×W and
// M×C/group×kD×kH×kW buffers, for float, double and uint32. The caller has checked every dim (see
// convolutionOf) and made the output.

#include "engine/ops/activation.h"
#include "engine/ops/kernel.h"
#include "engine/ops/nn/window.h"

namespace orrery::ops {

// In which of its ways a convolution is computed. Direct: where there is one input channel for each group
// (depthwise); else it is Product.
enum class ConvolutionWay : std::uint8_t { Direct, Product };

struct Convolution {
    std::int64_t batch = 0;
    std::int64_t channels = 0;
    std::int64_t filters = 0;
    std::int64_t groups = 1;
    std::size_t spatialRank = 0;
    Window window;
    ConvolutionWay way = ConvolutionWay::Direct;

    graph::Dims outputDims() const;
};

// Checks input and weight against each other and the attributes; BadModel names what was expected and found.
Result<Convolution> convolutionOf(const WindowAttributes& attributes, std::int64_t groups,
                                  const graph::Dims& input, const graph::Dims& weight);

// The output's shape for what is known of input and weight; nullopt when the rank is not known.
Result<std::optional<graph::Shape>> inferConvolution(const graph::Node& node, const graph::Shape* input,
                                                     const graph::Shape* weight);

// The node's `group`; BadModel below 1.
Result<std::int64_t> parseGroups(const graph::Node& node);

// What convolve() takes of the context's scratch for elements of that size.
std::int64_t scratchBytes(const Convolution& convolution, std::size_t elementBytes, int threads);

// bias: one number for each filter, or null.
template<class T>
Result<void> convolve(KernelContext& context, const Convolution& convolution, const T* input, const T* weight,
                      const T* bias, T* output, const Activation& activation);

} // namespace orrery::ops
