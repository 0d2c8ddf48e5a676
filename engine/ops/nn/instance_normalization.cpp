// SPDX-License-Identifier: Apache-2.0
//
// InstanceNormalization and GroupNormalization: each image's channels (or groups of them) are normalized by
// their own mean and variance, then scaled and shifted.
#include "engine/ops/checks.h"
#include "engine/ops/dispatch.h"
#include "engine/ops/nn/statistics.h"
#include "engine/ops/op_spec.h"

#include <fmt/format.h>

#include <cmath>

namespace orrery::ops {
namespace {

enum class Parameters { PerChannel, PerGroup };

struct Attributes {
    double epsilon = 1e-5;
    std::int64_t groups = 0; // 0: one for each channel
    Parameters parameters = Parameters::PerChannel;
};

Result<void> infer(InferContext& context)
{
    TRY(expectRankAtLeast(context, 0, 2, "an input N×C×…"));
    context.setSameAsInput(0, 0);
    return {};
}

template<class T>
Result<void> run(KernelContext& context, const Attributes& attributes)
{
    const graph::Tensor& input = *context.input(0);
    if (input.rank() < 2)
        return badInput(fmt::format("expected an input N×C×…, found {}", graph::dimsText(input.dims())));
    const std::int64_t channels = input.dims()[1];
    const std::int64_t groups = attributes.groups == 0 ? channels : attributes.groups;
    if (channels != 0 && channels % groups != 0)
        return badInput(
            fmt::format("expected channels divisible by num_groups {}, found {}", groups, channels));
    const bool perGroup = attributes.parameters == Parameters::PerGroup;
    TRY(expectDims(*context.input(1), {perGroup ? groups : channels}, "a scale"));
    TRY(expectDims(*context.input(2), {perGroup ? groups : channels}, "a bias"));
    graph::Tensor* output = TRY(context.output(0, input.type(), input.dims()));
    if (output->elementCount() == 0)
        return {};
    const std::int64_t size = productOf(input.dims(), 2, input.rank());
    const std::int64_t groupChannels = channels / groups;
    const std::int64_t groupSize = groupChannels * size;
    const T* scale = context.input(1)->data<T>();
    const T* bias = context.input(2)->data<T>();
    const T* in = input.data<T>();
    T* out = output->mutableData<T>();
    context.parallelFor(
        input.dims()[0] * groups, 8192 / groupSize + 1, [&](std::int64_t begin, std::int64_t end) {
            for (std::int64_t i = begin; i < end; ++i) {
                const T* from = in + i * groupSize;
                T* to = out + i * groupSize;
                const Moments moments = momentsOf(from, groupSize);
                const double inverse = 1 / std::sqrt(moments.variance + attributes.epsilon);
                const T mean = static_cast<T>(moments.mean);
                for (std::int64_t c = 0; c < groupChannels; ++c) {
                    const std::int64_t p = perGroup ? i % groups : i % groups * groupChannels + c;
                    const T a = static_cast<T>(inverse * static_cast<double>(scale[p]));
                    const T b = bias[p];
                    for (std::int64_t k = c * size; k < (c + 1) * size; ++k)
                        to[k] = (from[k] - mean) * a + b;
                }
            }
        });
    return {};
}

Result<KernelPtr> make(const KernelInfo& info, Attributes attributes)
{
    TRY(expectElement(info, info.inputElement(0), {1, 2}));
    attributes.epsilon = static_cast<double>(info.node.floatAttribute("epsilon", 1e-5F));
    return dispatch(FloatTypes(), info.inputElement(0), [&](auto tag) -> Result<KernelPtr> {
        return makeKernel([attributes](KernelContext& context) {
            return run<typename decltype(tag)::type>(context, attributes);
        });
    });
}

Result<KernelPtr> instanceKernel(const KernelInfo& info) { return make(info, Attributes()); }

Result<KernelPtr> groupKernel(const KernelInfo& info)
{
    Attributes attributes;
    attributes.groups = info.node.intAttribute("num_groups", 0);
    if (attributes.groups < 1)
        return badInput(fmt::format("expected num_groups of 1 or more, found {}", attributes.groups));
    if (info.opsetVersion < 21)
        attributes.parameters = Parameters::PerGroup;
    return make(info, attributes);
}

Cost cost(const graph::Node& node, std::span<const TensorSize> inputs, std::span<const TensorSize> outputs)
{
    Cost result = elementwiseCost(node, inputs, outputs);
    result.flops *= 7; // two sums (1 + 3), then a difference, a product and a sum
    return result;
}

OpSpec specOf(std::string_view opName, std::string_view doc, KernelFactory factory)
{
    OpSpec spec;
    spec.name = opName;
    spec.lastVersion = 23;
    spec.doc = doc;
    spec.category = OpCategory::Normalization;
    spec.minInputs = 3;
    spec.maxInputs = 3;
    spec.infer = infer;
    spec.kernel = factory;
    spec.cost = cost;
    spec.inPlace = {{0, 0}};
    return spec;
}

} // namespace

OpList instance_normalization()
{
    OpSpec instance = specOf("InstanceNormalization",
                             "Normalizes each channel of each image by its own mean and variance. "
                             "InstanceNormalization-1, InstanceNormalization-6, InstanceNormalization-22.",
                             instanceKernel);
    OpSpec group = specOf("GroupNormalization",
                          "Normalizes each group of channels of each image by its own mean and variance. "
                          "GroupNormalization-18, GroupNormalization-21.",
                          groupKernel);
    group.firstVersion = 18;
    return {instance, group};
}

} // namespace orrery::ops
