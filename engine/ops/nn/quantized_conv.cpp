// SPDX-License-Identifier: Apache-2.0
//
// ConvInteger and QLinearConv: the inputs without their zero points, as 32-bit numbers, go through the shared
// convolution, exactly. Padding is the zero point, so it is zero there. QLinearConv then scales the sums to
// the output's quantization.
#include "engine/ops/nn/convolution.h"
#include "engine/ops/nn/quantization.h"
#include "engine/ops/op_spec.h"
#include "engine/ops/parallel.h"

#include <fmt/format.h>

namespace orrery::ops {
namespace {

struct Attributes {
    WindowAttributes window;
    std::int64_t groups = 1;
};

Result<void> inferAs(InferContext& context, std::size_t weight, graph::DataType type)
{
    auto shape = TRY(inferConvolution(context.node(), context.inputShape(0), context.inputShape(weight)));
    context.setTensor(0, type, std::move(shape));
    return {};
}

Result<void> inferInteger(InferContext& context) { return inferAs(context, 1, graph::DataType::Int32); }
Result<void> inferLinear(InferContext& context) { return inferAs(context, 3, context.inputElement(7)); }

// Both operands without zero points, in one piece of scratch.
struct Widened {
    const std::uint32_t* input = nullptr;
    const std::uint32_t* weight = nullptr;
};

struct WidenedBytes {
    std::size_t input = 0;
    std::size_t both = 0;
};

constexpr std::size_t wideBytes(std::int64_t elements)
{
    return static_cast<std::size_t>(elements) * sizeof(std::uint32_t);
}

WidenedBytes widenedBytes(std::int64_t inputElements, std::int64_t weightElements)
{
    const std::size_t input = cacheLines(wideBytes(inputElements));
    return {input, input + wideBytes(weightElements)};
}

Result<Widened> widenBoth(KernelContext& context, const Convolution& convolution, const graph::Tensor& input,
                          const graph::Tensor* inputZero, const graph::Tensor& weight,
                          const graph::Tensor* weightZero)
{
    const auto zeroX = TRY(zeroPoints(inputZero, 1, "the input's zero point"));
    const auto zeroW = TRY(zeroPoints(weightZero, convolution.filters, "the weight's zero point"));
    const WidenedBytes bytes = widenedBytes(input.elementCount(), weight.elementCount());
    std::byte* scratch = TRY(context.scratch(bytes.both));
    auto* x = reinterpret_cast<std::uint32_t*>(scratch);
    auto* w = reinterpret_cast<std::uint32_t*>(scratch + bytes.input);
    widen(input, zeroX, std::max<std::int64_t>(input.elementCount(), 1), x);
    widen(weight, zeroW,
          std::max<std::int64_t>(weight.elementCount() / std::max<std::int64_t>(convolution.filters, 1), 1),
          w);
    return Widened{x, w};
}

Result<void> runInteger(KernelContext& context, const Attributes& attributes)
{
    const graph::Tensor& input = *context.input(0);
    const graph::Tensor& weight = *context.input(1);
    const Convolution convolution =
        TRY(convolutionOf(attributes.window, attributes.groups, input.dims(), weight.dims()));
    graph::Tensor* output = TRY(context.output(0, graph::DataType::Int32, convolution.outputDims()));
    if (output->elementCount() == 0)
        return {};
    const Widened wide =
        TRY(widenBoth(context, convolution, input, context.input(2), weight, context.input(3)));
    return convolve<std::uint32_t>(context, convolution, wide.input, wide.weight, nullptr,
                                   reinterpret_cast<std::uint32_t*>(output->mutableData<std::int32_t>()),
                                   Activation());
}

template<class Y>
Result<void> runLinear(KernelContext& context, const Attributes& attributes)
{
    const graph::Tensor& input = *context.input(0);
    const graph::Tensor& weight = *context.input(3);
    const graph::Tensor* bias = context.input(8);
    const Convolution convolution =
        TRY(convolutionOf(attributes.window, attributes.groups, input.dims(), weight.dims()));
    if (bias != nullptr)
        TRY(expectDims(*bias, {convolution.filters}, "a bias"));
    const auto scaleX = TRY(scalesOf(*context.input(1), 1, "the input's scale"));
    const auto scaleW = TRY(scalesOf(*context.input(4), convolution.filters, "the weight's scale"));
    const auto scaleY = TRY(scalesOf(*context.input(6), 1, "the output's scale"));
    const auto zeroY = TRY(zeroPoints(context.input(7), 1, "the output's zero point"));
    graph::Tensor* output = TRY(context.output(0, graph::dataTypeOf<Y>(), convolution.outputDims()));
    if (output->elementCount() == 0)
        return {};
    const Widened wide =
        TRY(widenBoth(context, convolution, input, context.input(2), weight, context.input(5)));
    auto* sums = reinterpret_cast<std::uint32_t*>(TRY(context.scratch(wideBytes(output->elementCount()))));
    const auto* biases =
        bias == nullptr ? nullptr : reinterpret_cast<const std::uint32_t*>(bias->data<std::int32_t>());
    TRY(convolve<std::uint32_t>(context, convolution, wide.input, wide.weight, biases, sums, Activation()));
    const std::int64_t pixels = outputPlane(convolution.window);
    Y* out = output->mutableData<Y>();
    for (std::int64_t plane = 0; plane < convolution.batch * convolution.filters; ++plane) {
        const double scale = scaleX[0] * nth(scaleW, plane % convolution.filters) / scaleY[0];
        for (std::int64_t i = plane * pixels; i < (plane + 1) * pixels; ++i)
            out[i] = saturate<Y>(
                std::nearbyint(static_cast<double>(static_cast<std::int32_t>(sums[i])) * scale) + zeroY[0]);
    }
    return {};
}

enum class Sums { InOutput, InScratch };

// The operands, the sums where the output cannot hold them, and what the convolution takes.
std::int64_t scratchOf(const Attributes& attributes, const RunSizes& sizes, std::size_t weight, Sums sums)
{
    const TensorSize& x = sizes.inputs[0];
    const TensorSize& w = sizes.inputs[weight];
    const std::int64_t elements = sizes.outputs[0].elements();
    const auto convolution = convolutionOf(attributes.window, attributes.groups, x.dims, w.dims);
    if (!convolution.ok() || elements == 0)
        return 0;
    std::size_t bytes = widenedBytes(x.elements(), w.elements()).both;
    if (sums == Sums::InScratch)
        bytes += wideBytes(elements);
    return static_cast<std::int64_t>(bytes) +
           scratchBytes(*convolution, sizeof(std::uint32_t), sizes.threads);
}

Result<Attributes> parse(const graph::Node& node)
{
    Attributes attributes;
    attributes.window = TRY(parseWindow(node));
    attributes.groups = TRY(parseGroups(node));
    return attributes;
}

Result<KernelPtr> integerKernel(const KernelInfo& info)
{
    TRY(expectBytes(info, {0, 1, 2, 3}));
    const Attributes attributes = TRY(parse(info.node));
    return makeKernel(
        [attributes](KernelContext& context) { return runInteger(context, attributes); },
        [attributes](const RunSizes& sizes) { return scratchOf(attributes, sizes, 1, Sums::InOutput); });
}

Result<KernelPtr> linearKernel(const KernelInfo& info)
{
    TRY(expectBytes(info, {0, 2, 3, 5, 7}));
    TRY(expectElement(info, graph::DataType::Float32, {1, 4, 6}));
    TRY(expectElement(info, graph::DataType::Int32, {8}));
    const Attributes attributes = TRY(parse(info.node));
    return dispatch(QuantizedTypes(), info.inputElement(7), [&](auto tag) -> Result<KernelPtr> {
        return makeKernel(
            [attributes](KernelContext& context) {
                return runLinear<typename decltype(tag)::type>(context, attributes);
            },
            [attributes](const RunSizes& sizes) { return scratchOf(attributes, sizes, 3, Sums::InScratch); });
    });
}

Cost cost(const graph::Node& node, std::span<const TensorSize> inputs, std::span<const TensorSize> outputs)
{
    Cost result = copyCost(node, inputs, outputs);
    const std::size_t weight = node.opType == "ConvInteger" ? 1 : 3;
    if (inputs.size() <= weight || inputs[weight].dims.empty() || inputs[weight].dims[0] == 0 ||
        outputs.empty())
        return result;
    result.flops = 2.0 * static_cast<double>(outputs[0].elements()) *
                   static_cast<double>(inputs[weight].elements()) /
                   static_cast<double>(inputs[weight].dims[0]);
    return result;
}

} // namespace

OpList quantized_conv()
{
    OpSpec integer;
    integer.name = "ConvInteger";
    integer.firstVersion = 10;
    integer.lastVersion = 23;
    integer.doc = "Convolution of 8-bit integers with 32-bit sums. ConvInteger-10.";
    integer.category = OpCategory::Convolution;
    integer.minInputs = 2;
    integer.maxInputs = 4;
    integer.infer = inferInteger;
    integer.kernel = integerKernel;
    integer.cost = cost;
    OpSpec linear = integer;
    linear.name = "QLinearConv";
    linear.doc = "Convolution of quantized tensors to a quantized tensor. QLinearConv-10.";
    linear.minInputs = 8;
    linear.maxInputs = 9;
    linear.infer = inferLinear;
    linear.kernel = linearKernel;
    return {integer, linear};
}

} // namespace orrery::ops
