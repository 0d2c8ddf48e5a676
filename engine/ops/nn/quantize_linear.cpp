// SPDX-License-Identifier: Apache-2.0
//
// QuantizeLinear, DequantizeLinear and DynamicQuantizeLinear: q = saturate(round(x / scale) + zero point) and
// back, with one scale for the tensor or one for each index along the axis.
#include "engine/ops/nn/quantization.h"
#include "engine/ops/op_spec.h"

#include <fmt/format.h>

#include <algorithm>

namespace orrery::ops {
namespace {

using StoredTypes = TypeList<std::uint8_t, std::int8_t, std::uint16_t, std::int16_t, std::int32_t>;

// The tensor as outer × count × inner, count being the scales.
struct Blocks {
    std::int64_t outer = 1;
    std::int64_t count = 1;
    std::int64_t inner = 1;
};

Result<Blocks> blocksOf(const graph::Dims& dims, const graph::Tensor& scale, const graph::Tensor* zero,
                        std::int64_t axis)
{
    if (zero != nullptr && zero->elementCount() != scale.elementCount())
        return badInput(fmt::format("expected as many zero points as scales, found {} and {}",
                                    graph::dimsText(zero->dims()), graph::dimsText(scale.dims())));
    Blocks blocks;
    if (scale.elementCount() == 1 && scale.rank() <= 1) {
        blocks.inner = productOf(dims, 0, dims.size());
        return blocks;
    }
    const auto at = static_cast<std::size_t>(TRY(normalizeAxis(axis, dims.size())));
    if (scale.rank() != 1 || scale.dims()[0] != dims[at])
        return badInput(fmt::format("expected one scale, or one for each of {} along axis {} of {}, found {}",
                                    dims[at], at, graph::dimsText(dims), graph::dimsText(scale.dims())));
    blocks.outer = productOf(dims, 0, at);
    blocks.count = dims[at];
    blocks.inner = productOf(dims, at + 1, dims.size());
    return blocks;
}

// Calls body(first element, index of the scale) for every piece of `inner` elements.
template<class F>
void forBlocks(KernelContext& context, const Blocks& blocks, F&& body)
{
    context.parallelFor(blocks.outer * blocks.count, 32768 / std::max<std::int64_t>(blocks.inner, 1) + 1,
                        [&](std::int64_t begin, std::int64_t end) {
                            for (std::int64_t i = begin; i < end; ++i)
                                body(i * blocks.inner, static_cast<std::size_t>(i % blocks.count));
                        });
}

graph::DataType quantizedType(const graph::Node& node, graph::DataType zeroPoint)
{
    if (zeroPoint != graph::DataType::Undefined)
        return zeroPoint;
    const auto said = graph::dataTypeFromOnnx(static_cast<int>(node.intAttribute("output_dtype", 0)));
    return said && *said != graph::DataType::Undefined ? *said : graph::DataType::UInt8;
}

std::optional<graph::Shape> shapeOf(const InferContext& context)
{
    const graph::Shape* shape = context.inputShape(0);
    return shape == nullptr ? std::nullopt : std::optional(*shape);
}

Result<void> inferQuantize(InferContext& context)
{
    context.setTensor(0, quantizedType(context.node(), context.inputElement(2)), shapeOf(context));
    return {};
}

Result<void> inferDequantize(InferContext& context)
{
    context.setTensor(0, context.inputElement(1), shapeOf(context));
    return {};
}

Result<void> inferDynamic(InferContext& context)
{
    context.setTensor(0, graph::DataType::UInt8, shapeOf(context));
    context.setTensor(1, graph::DataType::Float32, graph::Shape());
    context.setTensor(2, graph::DataType::UInt8, graph::Shape());
    return {};
}

Result<void> expectNoBlocks(const KernelInfo& info)
{
    if (info.node.intAttribute("block_size", 0) == 0)
        return {};
    return Error{ErrorCode::Unsupported, "quantization in blocks (block_size) is not implemented", {}};
}

template<class T>
Result<void> quantize(KernelContext& context, std::int64_t axis)
{
    const graph::Tensor& input = *context.input(0);
    const graph::Tensor& scale = *context.input(1);
    const Blocks blocks = TRY(blocksOf(input.dims(), scale, context.input(2), axis));
    graph::Tensor* output = TRY(context.output(0, graph::dataTypeOf<T>(), input.dims()));
    if (output->elementCount() == 0)
        return {};
    const float* in = input.data<float>();
    const float* scales = scale.data<float>();
    const T* zeros = context.input(2) == nullptr ? nullptr : context.input(2)->data<T>();
    T* out = output->mutableData<T>();
    forBlocks(context, blocks, [&](std::int64_t first, std::size_t which) {
        const float s = scales[which];
        const double z = zeros == nullptr ? 0 : static_cast<double>(zeros[which]);
        for (std::int64_t i = first; i < first + blocks.inner; ++i)
            out[i] = saturate<T>(static_cast<double>(std::nearbyint(in[i] / s)) + z);
    });
    return {};
}

template<class T>
Result<void> dequantize(KernelContext& context, std::int64_t axis)
{
    const graph::Tensor& input = *context.input(0);
    const graph::Tensor& scale = *context.input(1);
    const Blocks blocks = TRY(blocksOf(input.dims(), scale, context.input(2), axis));
    graph::Tensor* output = TRY(context.output(0, graph::DataType::Float32, input.dims()));
    if (output->elementCount() == 0)
        return {};
    const T* in = input.data<T>();
    const float* scales = scale.data<float>();
    const T* zeros = context.input(2) == nullptr ? nullptr : context.input(2)->data<T>();
    float* out = output->mutableData<float>();
    forBlocks(context, blocks, [&](std::int64_t first, std::size_t which) {
        const float s = scales[which];
        const std::int64_t z = zeros == nullptr ? 0 : zeros[which];
        for (std::int64_t i = first; i < first + blocks.inner; ++i)
            out[i] = static_cast<float>(static_cast<std::int64_t>(in[i]) - z) * s;
    });
    return {};
}

Result<KernelPtr> quantizeKernel(const KernelInfo& info)
{
    TRY(expectNoBlocks(info));
    const std::int64_t axis = info.node.intAttribute("axis", 1);
    const graph::DataType type =
        quantizedType(info.node, info.hasInput(2) ? info.inputElement(2) : graph::DataType::Undefined);
    if (info.inputElement(0) != graph::DataType::Float32 || info.inputElement(1) != graph::DataType::Float32)
        return Error{ErrorCode::Unsupported, "QuantizeLinear is implemented for float inputs and scales", {}};
    return dispatch(TypeList<std::uint8_t, std::int8_t, std::uint16_t, std::int16_t>(), type,
                    [&](auto tag) -> Result<KernelPtr> {
                        return makeKernel([axis](KernelContext& context) {
                            return quantize<typename decltype(tag)::type>(context, axis);
                        });
                    });
}

Result<KernelPtr> dequantizeKernel(const KernelInfo& info)
{
    TRY(expectNoBlocks(info));
    TRY(expectElement(info, info.inputElement(0), {2}));
    const std::int64_t axis = info.node.intAttribute("axis", 1);
    if (info.inputElement(1) != graph::DataType::Float32)
        return Error{ErrorCode::Unsupported, "DequantizeLinear is implemented for float scales", {}};
    return dispatch(StoredTypes(), info.inputElement(0), [&](auto tag) -> Result<KernelPtr> {
        return makeKernel([axis](KernelContext& context) {
            return dequantize<typename decltype(tag)::type>(context, axis);
        });
    });
}

// scale = (max - min) / 255 over a range that includes zero; zero point = saturate(round(-min / scale)).
Result<void> quantizeDynamically(KernelContext& context)
{
    const graph::Tensor& input = *context.input(0);
    graph::Tensor* output = TRY(context.output(0, graph::DataType::UInt8, input.dims()));
    graph::Tensor* scale = TRY(context.output(1, graph::DataType::Float32, {}));
    graph::Tensor* zero = TRY(context.output(2, graph::DataType::UInt8, {}));
    float low = 0;
    float high = 0;
    for (float x : input.span<float>()) {
        low = std::min(low, x);
        high = std::max(high, x);
    }
    float s = (high - low) / 255.0F;
    if (s == 0)
        s = 1;
    const auto z = saturate<std::uint8_t>(static_cast<double>(-low / s));
    *scale->mutableData<float>() = s;
    *zero->mutableData<std::uint8_t>() = z;
    const float* in = input.data<float>();
    auto* out = output->mutableData<std::uint8_t>();
    for (std::int64_t i = 0; i < input.elementCount(); ++i)
        out[i] = saturate<std::uint8_t>(static_cast<double>(std::nearbyint(in[i] / s)) + z);
    return {};
}

Result<KernelPtr> dynamicKernel(const KernelInfo& info)
{
    TRY(expectElement(info, graph::DataType::Float32, {0}));
    return makeKernel([](KernelContext& context) { return quantizeDynamically(context); });
}

Cost cost(const graph::Node& node, std::span<const TensorSize> inputs, std::span<const TensorSize> outputs)
{
    Cost result = copyCost(node, inputs, outputs);
    if (!inputs.empty())
        result.flops = 2 * static_cast<double>(inputs[0].elements());
    return result;
}

OpSpec specOf(std::string_view opName, std::string_view doc, InferFunction infer, KernelFactory factory)
{
    OpSpec spec;
    spec.name = opName;
    spec.firstVersion = 10;
    spec.lastVersion = 23;
    spec.doc = doc;
    spec.category = OpCategory::Elementwise;
    spec.minInputs = 2;
    spec.maxInputs = 3;
    spec.infer = infer;
    spec.kernel = factory;
    spec.cost = cost;
    return spec;
}

} // namespace

OpList quantize_linear()
{
    OpSpec dynamic =
        specOf("DynamicQuantizeLinear",
               "Quantizes to uint8 with the scale and zero point of the data. DynamicQuantizeLinear-11.",
               inferDynamic, dynamicKernel);
    dynamic.firstVersion = 11;
    dynamic.minInputs = 1;
    dynamic.maxInputs = 1;
    dynamic.minOutputs = 3;
    dynamic.maxOutputs = 3;
    return {
        specOf("QuantizeLinear",
               "Divides by a scale, rounds and adds a zero point. QuantizeLinear-10, QuantizeLinear-13, "
               "QuantizeLinear-19, QuantizeLinear-21, QuantizeLinear-23.",
               inferQuantize, quantizeKernel),
        specOf("DequantizeLinear",
               "Subtracts a zero point and multiplies by a scale. DequantizeLinear-10, DequantizeLinear-13, "
               "DequantizeLinear-19, DequantizeLinear-21, DequantizeLinear-23.",
               inferDequantize, dequantizeKernel),
        dynamic};
}

} // namespace orrery::ops
