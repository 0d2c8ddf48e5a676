// SPDX-License-Identifier: Apache-2.0
//
// y = (x - mean) / sqrt(variance + epsilon) · scale + bias, for each channel, with given statistics
// (inference) or, from opset 14 with training_mode, with those of the batch, which also move the running
// statistics: running = running · momentum + batch · (1 - momentum), with the population's variance.
#include "engine/ops/checks.h"
#include "engine/ops/dispatch.h"
#include "engine/ops/nn/statistics.h"
#include "engine/ops/op_spec.h"

#include <fmt/format.h>

#include <cmath>

namespace orrery::ops {
namespace {

struct Attributes {
    double epsilon = 1e-5;
    double momentum = 0.9;
    bool training = false;
};

bool isTraining(const graph::Node& node, std::int64_t version)
{
    return version >= 14 && node.intAttribute("training_mode", 0) != 0;
}

Result<void> infer(InferContext& context)
{
    TRY(expectRankAtLeast(context, 0, 1, "an input N×C×…"));
    context.setSameAsInput(0, 0);
    const graph::Shape* input = context.inputShape(0);
    for (std::size_t i = 1; i < 5; ++i) {
        const graph::Shape* parameter = context.inputShape(i);
        if (input == nullptr || parameter == nullptr)
            continue;
        const graph::Dim channels = input->rank() > 1 ? input->dims[1] : graph::Dim(1);
        if (parameter->rank() != 1 || !mayBeEqual(parameter->dims[0], channels))
            return badInput(fmt::format("expected input {} with one number for each of {} channels, found {}",
                                        i, channels.text(), parameter->text()));
    }
    if (isTraining(context.node(), context.opsetVersion()))
        for (std::size_t i = 1; i < 3; ++i)
            context.setSameAsInput(i, i + 2);
    return {};
}

struct Planes {
    std::int64_t batch = 1;
    std::int64_t channels = 1;
    std::int64_t size = 1;
};

// Over the whole batch: the mean, then the mean of the squared differences from it.
template<class T>
Moments channelMoments(const T* data, const Planes& planes, std::int64_t channel)
{
    const double count = static_cast<double>(planes.batch * planes.size);
    auto over = [&](auto term) {
        double sum = 0;
        for (std::int64_t n = 0; n < planes.batch; ++n)
            sum += sumOf(data + (n * planes.channels + channel) * planes.size, planes.size, term);
        return sum / count;
    };
    Moments moments;
    moments.mean = over([](T x) { return x; });
    const T mean = static_cast<T>(moments.mean);
    moments.variance = over([mean](T x) { return (x - mean) * (x - mean); });
    return moments;
}

std::int64_t channelsOf(const graph::Dims& input) { return input.size() > 1 ? input[1] : 1; }

// A factor and an offset for each channel.
std::size_t parameterBytes(std::int64_t channels, std::size_t elementBytes)
{
    return static_cast<std::size_t>(channels) * 2 * elementBytes;
}

template<class T>
Result<void> run(KernelContext& context, const Attributes& attributes)
{
    const graph::Tensor& input = *context.input(0);
    if (input.rank() < 1)
        return badInput("expected an input N×C×…, found a scalar");
    Planes planes;
    planes.batch = input.dims()[0];
    planes.channels = channelsOf(input.dims());
    planes.size = productOf(input.dims(), std::min<std::size_t>(2, input.rank()), input.rank());
    const T* parameters[5] = {};
    for (std::size_t i = 1; i < 5; ++i) {
        TRY(expectDims(*context.input(i), {planes.channels}, fmt::format("input {}", i)));
        parameters[i] = context.input(i)->data<T>();
    }
    T* running[2] = {};
    for (std::size_t i = 0; attributes.training && i < 2; ++i)
        if (context.wantsOutput(i + 1))
            running[i] = TRY(context.output(i + 1, input.type(), context.input(i + 3)->dims()))
                             ->template mutableData<T>();
    graph::Tensor* output = TRY(context.output(0, input.type(), input.dims()));
    T* factor = reinterpret_cast<T*>(TRY(context.scratch(parameterBytes(planes.channels, sizeof(T)))));
    T* offset = factor + planes.channels;
    const T* in = input.data<T>();
    T* out = output->mutableData<T>();
    context.parallelFor(
        planes.channels, attributes.training ? 1 : 256, [&](std::int64_t begin, std::int64_t end) {
            for (std::int64_t c = begin; c < end; ++c) {
                Moments moments{static_cast<double>(parameters[3][c]), static_cast<double>(parameters[4][c])};
                if (attributes.training) {
                    const Moments batch = channelMoments(in, planes, c);
                    const double keep = attributes.momentum;
                    if (running[0] != nullptr)
                        running[0][c] = static_cast<T>(moments.mean * keep + batch.mean * (1 - keep));
                    if (running[1] != nullptr)
                        running[1][c] = static_cast<T>(moments.variance * keep + batch.variance * (1 - keep));
                    moments = batch;
                }
                const double scale =
                    static_cast<double>(parameters[1][c]) / std::sqrt(moments.variance + attributes.epsilon);
                factor[c] = static_cast<T>(scale);
                offset[c] = static_cast<T>(static_cast<double>(parameters[2][c]) - moments.mean * scale);
            }
        });
    if (output->elementCount() == 0)
        return {};
    context.parallelFor(planes.batch * planes.channels, 32768 / planes.size + 1,
                        [&](std::int64_t begin, std::int64_t end) {
                            for (std::int64_t plane = begin; plane < end; ++plane) {
                                const T a = factor[plane % planes.channels];
                                const T b = offset[plane % planes.channels];
                                const T* from = in + plane * planes.size;
                                T* to = out + plane * planes.size;
                                for (std::int64_t i = 0; i < planes.size; ++i)
                                    to[i] = a * from[i] + b;
                            }
                        });
    return {};
}

Result<KernelPtr> kernel(const KernelInfo& info)
{
    TRY(expectElement(info, info.inputElement(0), {1, 2, 3, 4}));
    Attributes attributes;
    attributes.epsilon = static_cast<double>(info.node.floatAttribute("epsilon", 1e-5F));
    attributes.momentum = static_cast<double>(info.node.floatAttribute("momentum", 0.9F));
    attributes.training = isTraining(info.node, info.opsetVersion);
    if (info.opsetVersion < 7 && info.node.intAttribute("is_test", 0) == 0)
        return Error{ErrorCode::Unsupported,
                     "BatchNormalization before opset 7 is implemented with is_test = 1 only",
                     {}};
    if (info.opsetVersion < 9 && info.node.intAttribute("spatial", 1) == 0)
        return Error{ErrorCode::Unsupported, "BatchNormalization with spatial = 0 is not implemented", {}};
    for (std::size_t i = 1; i < info.node.outputs.size(); ++i)
        if (info.hasOutput(i) && (!attributes.training || i > 2))
            return Error{
                ErrorCode::Unsupported,
                fmt::format(
                    "output {} of BatchNormalization exists in training only, which is implemented from "
                    "opset 14 on with training_mode = 1",
                    i),
                {}};
    return dispatch(FloatTypes(), info.inputElement(0), [&](auto tag) -> Result<KernelPtr> {
        using T = typename decltype(tag)::type;
        return makeKernel([attributes](KernelContext& context) { return run<T>(context, attributes); },
                          [](const RunSizes& sizes) {
                              return static_cast<std::int64_t>(
                                  parameterBytes(channelsOf(sizes.inputs[0].dims), sizeof(T)));
                          });
    });
}

Cost cost(const graph::Node& node, std::span<const TensorSize> inputs, std::span<const TensorSize> outputs)
{
    Cost result = copyCost(node, inputs, outputs);
    if (!outputs.empty())
        result.flops =
            static_cast<double>(outputs[0].elements()) * (node.intAttribute("training_mode", 0) != 0 ? 6 : 2);
    return result;
}

} // namespace

OpList batch_normalization()
{
    OpSpec spec;
    spec.name = "BatchNormalization";
    spec.firstVersion = 1;
    spec.lastVersion = 23;
    spec.doc =
        "Normalizes each channel by running or batch statistics. BatchNormalization-1, BatchNormalization-6, "
        "BatchNormalization-7, BatchNormalization-9, BatchNormalization-14, BatchNormalization-15.";
    spec.category = OpCategory::Normalization;
    spec.minInputs = 5;
    spec.maxInputs = 5;
    spec.maxOutputs = 5;
    spec.infer = infer;
    spec.kernel = kernel;
    spec.cost = cost;
    spec.inPlace = {{0, 0}};
    return {spec};
}

} // namespace orrery::ops
