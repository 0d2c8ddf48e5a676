// SPDX-License-Identifier: Apache-2.0
#include "engine/ops/checks.h"
#include "engine/ops/dispatch.h"
#include "engine/ops/op_spec.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace orrery::ops {
namespace {

struct Attributes {
    double alpha = 1e-4;
    double beta = 0.75;
    double bias = 1;
    std::int64_t size = 1;
};

Result<void> infer(InferContext& context)
{
    TRY(expectRankAtLeast(context, 0, 2, "an input N×C×…"));
    context.setSameAsInput(0, 0);
    return {};
}

// For a piece of the pixels: the squares of the neighbouring channels are summed for all of them at once.
template<class T>
Result<void> run(KernelContext& context, const Attributes& attributes)
{
    const graph::Tensor& input = *context.input(0);
    if (input.rank() < 2)
        return badInput(fmt::format("expected an input N×C×…, found {}", graph::dimsText(input.dims())));
    graph::Tensor* output = TRY(context.output(0, input.type(), input.dims()));
    if (output->elementCount() == 0)
        return {};
    constexpr std::int64_t piece = 256;
    const std::int64_t channels = input.dims()[1];
    const std::int64_t pixels = productOf(input.dims(), 2, input.rank());
    const std::int64_t pieces = (pixels + piece - 1) / piece;
    const std::int64_t before = (attributes.size - 1) / 2;
    const std::int64_t after = attributes.size - 1 - before;
    const T scale = static_cast<T>(attributes.alpha / static_cast<double>(attributes.size));
    const T bias = static_cast<T>(attributes.bias);
    const T beta = static_cast<T>(attributes.beta);
    const T* in = input.data<T>();
    T* out = output->mutableData<T>();
    context.parallelFor(input.dims()[0] * pieces, 1, [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t task = begin; task < end && !context.stopRequested(); ++task) {
            const std::int64_t first = task % pieces * piece;
            const std::int64_t count = std::min(piece, pixels - first);
            const std::int64_t image = task / pieces * channels * pixels + first;
            for (std::int64_t c = 0; c < channels; ++c) {
                T sums[piece] = {};
                const std::int64_t last = std::min(channels - 1, c + after);
                for (std::int64_t other = std::max<std::int64_t>(0, c - before); other <= last; ++other) {
                    const T* from = in + image + other * pixels;
                    for (std::int64_t i = 0; i < count; ++i)
                        sums[i] += from[i] * from[i];
                }
                const T* from = in + image + c * pixels;
                T* to = out + image + c * pixels;
                for (std::int64_t i = 0; i < count; ++i)
                    to[i] = from[i] / std::pow(bias + scale * sums[i], beta);
            }
        }
    });
    return {};
}

Result<KernelPtr> kernel(const KernelInfo& info)
{
    Attributes attributes;
    attributes.alpha = static_cast<double>(info.node.floatAttribute("alpha", 1e-4F));
    attributes.beta = static_cast<double>(info.node.floatAttribute("beta", 0.75F));
    attributes.bias = static_cast<double>(info.node.floatAttribute("bias", 1.0F));
    attributes.size = info.node.intAttribute("size", 0);
    if (attributes.size < 1 || attributes.size > (std::int64_t(1) << 31))
        return badInput(fmt::format("expected size of 1 or more, found {}", attributes.size));
    return dispatch(FloatTypes(), info.inputElement(0), [&](auto tag) -> Result<KernelPtr> {
        return makeKernel([attributes](KernelContext& context) {
            return run<typename decltype(tag)::type>(context, attributes);
        });
    });
}

Cost cost(const graph::Node& node, std::span<const TensorSize> inputs, std::span<const TensorSize> outputs)
{
    Cost result = copyCost(node, inputs, outputs);
    if (!outputs.empty()) // squares and sums of the neighbours, then scale, bias, power and division
        result.flops = static_cast<double>(outputs[0].elements()) *
                       (2.0 * static_cast<double>(node.intAttribute("size", 1)) + 4);
    return result;
}

} // namespace

OpList lrn()
{
    OpSpec spec;
    spec.name = "LRN";
    spec.lastVersion = 23;
    spec.doc = "Divides by a power of the mean square over neighbouring channels. LRN-1, LRN-13.";
    spec.category = OpCategory::Normalization;
    spec.minInputs = 1;
    spec.maxInputs = 1;
    spec.infer = infer;
    spec.kernel = kernel;
    spec.cost = cost;
    return {spec};
}

} // namespace orrery::ops
