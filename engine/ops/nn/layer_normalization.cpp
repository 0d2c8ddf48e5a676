// SPDX-License-Identifier: Apache-2.0
//
// LayerNormalization and RMSNormalization: the dims from the axis on are one row, which is normalized by its
// mean and variance (or by its root mean square), then scaled and shifted by tensors that broadcast to a row.
// The statistics are computed in double whatever stash_type says, and given out in the type that it names.
#include "engine/ops/checks.h"
#include "engine/ops/dispatch.h"
#include "engine/ops/nn/statistics.h"
#include "engine/ops/op_spec.h"

#include <fmt/format.h>

#include <cmath>

namespace orrery::ops {
namespace {

enum class Kind { Layer, RootMeanSquare };

struct Attributes {
    std::int64_t axis = -1;
    double epsilon = 1e-5;
    graph::DataType stash = graph::DataType::Float32;
};

Result<void> infer(InferContext& context)
{
    context.setSameAsInput(0, 0);
    const graph::Shape* input = context.inputShape(0);
    std::optional<graph::Shape> statistics;
    if (input != nullptr) {
        const auto axis = static_cast<std::size_t>(
            TRY(normalizeAxis(context.node().intAttribute("axis", -1), input->rank())));
        statistics = *input;
        std::fill(statistics->dims.begin() + static_cast<std::ptrdiff_t>(axis), statistics->dims.end(),
                  graph::Dim(1));
    }
    const auto stash =
        graph::dataTypeFromOnnx(static_cast<int>(context.node().intAttribute("stash_type", 1)));
    for (std::size_t i = 1; i < context.outputCount(); ++i)
        context.setTensor(i, stash.value_or(graph::DataType::Float32), statistics);
    return {};
}

// What a parameter takes that has to be spread over a row.
std::size_t spreadBytes(std::int64_t parameterElements, std::int64_t rowElements, std::size_t elementBytes)
{
    return parameterElements == rowElements ? 0 : static_cast<std::size_t>(rowElements) * elementBytes;
}

std::int64_t scratchOf(std::int64_t axis, std::size_t elementBytes, const RunSizes& sizes)
{
    const TensorSize& input = sizes.inputs[0];
    const auto first = normalizeAxis(axis, input.dims.size());
    if (!first.ok() || input.elements() == 0)
        return 0;
    const std::int64_t row = productOf(input.dims, static_cast<std::size_t>(*first), input.dims.size());
    std::size_t bytes = 0;
    for (std::size_t i = 1; i < sizes.inputs.size(); ++i)
        if (sizes.inputs[i].type != graph::DataType::Undefined)
            bytes += spreadBytes(sizes.inputs[i].elements(), row, elementBytes);
    return static_cast<std::int64_t>(bytes);
}

// The parameter spread over one row; the same pointer when it already is one.
template<class T>
Result<const T*> rowOf(KernelContext& context, const graph::Tensor& parameter, const graph::Dims& row,
                       std::int64_t size, std::string_view what)
{
    const graph::Dims& dims = parameter.dims();
    std::size_t extra = dims.size() > row.size() ? dims.size() - row.size() : 0;
    bool fits = std::all_of(dims.begin(), dims.begin() + static_cast<std::ptrdiff_t>(extra),
                            [](std::int64_t d) { return d == 1; });
    for (std::size_t i = extra; fits && i < dims.size(); ++i)
        fits = dims[i] == 1 || dims[i] == row[row.size() - dims.size() + i];
    if (!fits)
        return badInput(fmt::format("expected {} that broadcasts to {}, found {}", what, graph::dimsText(row),
                                    graph::dimsText(dims)));
    const T* data = parameter.data<T>();
    const std::size_t bytes = spreadBytes(parameter.elementCount(), size, sizeof(T));
    if (bytes == 0)
        return data;
    T* spread = reinterpret_cast<T*>(TRY(context.scratch(bytes)));
    for (std::int64_t i = 0; i < size; ++i) {
        std::int64_t rest = i;
        std::int64_t index = 0;
        std::int64_t stride = 1;
        for (std::size_t fromEnd = 1; fromEnd <= row.size(); ++fromEnd) {
            const std::int64_t at = rest % row[row.size() - fromEnd];
            rest /= row[row.size() - fromEnd];
            if (fromEnd <= dims.size() && dims[dims.size() - fromEnd] != 1) {
                index += at * stride;
                stride *= dims[dims.size() - fromEnd];
            }
        }
        spread[i] = data[index];
    }
    return spread;
}

void store(graph::Tensor* tensor, std::int64_t i, double value)
{
    if (tensor == nullptr)
        return;
    if (tensor->type() == graph::DataType::Float32)
        tensor->mutableData<float>()[i] = static_cast<float>(value);
    else
        tensor->mutableData<double>()[i] = value;
}

template<Kind kind, class T>
Result<void> run(KernelContext& context, const Attributes& attributes)
{
    const graph::Tensor& input = *context.input(0);
    const auto axis = static_cast<std::size_t>(TRY(normalizeAxis(attributes.axis, input.rank())));
    const graph::Dims row(input.dims().begin() + static_cast<std::ptrdiff_t>(axis), input.dims().end());
    graph::Dims statistics = input.dims();
    std::fill(statistics.begin() + static_cast<std::ptrdiff_t>(axis), statistics.end(), 1);
    graph::Tensor* output = TRY(context.output(0, input.type(), input.dims()));
    graph::Tensor* means =
        context.wantsOutput(1) ? TRY(context.output(1, attributes.stash, statistics)) : nullptr;
    graph::Tensor* inverses =
        context.wantsOutput(2) ? TRY(context.output(2, attributes.stash, statistics)) : nullptr;
    const std::int64_t rows = productOf(input.dims(), 0, axis);
    const std::int64_t size = productOf(row, 0, row.size());
    if (output->elementCount() == 0) {
        for (std::int64_t i = 0; means != nullptr && i < means->elementCount(); ++i)
            store(means, i, 0);
        for (std::int64_t i = 0; inverses != nullptr && i < inverses->elementCount(); ++i)
            store(inverses, i, 0);
        return {};
    }
    const T* scale = TRY(rowOf<T>(context, *context.input(1), row, size, "a scale"));
    const T* bias = context.input(2) == nullptr
                        ? nullptr
                        : TRY(rowOf<T>(context, *context.input(2), row, size, "a bias"));
    const T* in = input.data<T>();
    T* out = output->mutableData<T>();
    context.parallelFor(rows, 8192 / size + 1, [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t i = begin; i < end; ++i) {
            const T* from = in + i * size;
            T* to = out + i * size;
            Moments moments;
            if (kind == Kind::Layer)
                moments = momentsOf(from, size);
            else
                moments.variance = sumOf(from, size, [](T x) { return x * x; }) / static_cast<double>(size);
            const double inverse = 1 / std::sqrt(moments.variance + attributes.epsilon);
            const T mean = static_cast<T>(moments.mean);
            const T factor = static_cast<T>(inverse);
            if (bias != nullptr)
                for (std::int64_t k = 0; k < size; ++k)
                    to[k] = (from[k] - mean) * factor * scale[k] + bias[k];
            else
                for (std::int64_t k = 0; k < size; ++k)
                    to[k] = (from[k] - mean) * factor * scale[k];
            store(means, i, moments.mean);
            store(inverses, i, inverse);
        }
    });
    return {};
}

template<Kind kind>
Result<KernelPtr> kernel(const KernelInfo& info)
{
    TRY(expectElement(info, info.inputElement(0), {1, 2}));
    Attributes attributes;
    attributes.axis = info.node.intAttribute("axis", -1);
    attributes.epsilon = static_cast<double>(info.node.floatAttribute("epsilon", 1e-5F));
    const std::int64_t stash = info.node.intAttribute("stash_type", 1);
    attributes.stash = graph::DataType(static_cast<std::uint8_t>(stash));
    if (stash != static_cast<int>(graph::DataType::Float32) &&
        stash != static_cast<int>(graph::DataType::Float64))
        return Error{ErrorCode::Unsupported,
                     fmt::format("stash_type {} is not implemented, float and double are", stash),
                     {}};
    return dispatch(FloatTypes(), info.inputElement(0), [&](auto tag) -> Result<KernelPtr> {
        using T = typename decltype(tag)::type;
        return makeKernel(
            [attributes](KernelContext& context) { return run<kind, T>(context, attributes); },
            [axis = attributes.axis](const RunSizes& sizes) { return scratchOf(axis, sizeof(T), sizes); });
    });
}

Cost cost(const graph::Node& node, std::span<const TensorSize> inputs, std::span<const TensorSize> outputs)
{
    Cost result = copyCost(node, inputs, outputs);
    if (!outputs.empty()) // sums (Layer 1 + 3, root mean square 2), then the normalization
        result.flops =
            static_cast<double>(outputs[0].elements()) * (node.opType == "LayerNormalization" ? 8 : 4);
    return result;
}

} // namespace

OpList layer_normalization()
{
    OpSpec layer;
    layer.name = "LayerNormalization";
    layer.firstVersion = 17;
    layer.lastVersion = 23;
    layer.doc = "Normalizes the dims from the axis on by their mean and variance. LayerNormalization-17.";
    layer.category = OpCategory::Normalization;
    layer.minInputs = 2;
    layer.maxInputs = 3;
    layer.maxOutputs = 3;
    layer.infer = infer;
    layer.kernel = kernel<Kind::Layer>;
    layer.cost = cost;
    layer.inPlace = {{0, 0}};
    OpSpec rms = layer;
    rms.name = "RMSNormalization";
    rms.firstVersion = 23;
    rms.doc = "Normalizes the dims from the axis on by their root mean square. RMSNormalization-23.";
    rms.maxInputs = 2;
    rms.maxOutputs = 1;
    rms.kernel = kernel<Kind::RootMeanSquare>;
    return {layer, rms};
}

} // namespace orrery::ops
