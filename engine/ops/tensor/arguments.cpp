// SPDX-License-Identifier: Apache-2.0
#include "engine/ops/tensor/arguments.h"

#include <fmt/format.h>

#include <algorithm>

namespace orrery::ops {

using graph::DataType;
using graph::Dim;

namespace {

constexpr std::size_t longestShapeValue = 1024;

} // namespace

IntsArgument::IntsArgument(const graph::Node& node, std::int64_t opsetVersion, std::string_view attribute,
                           std::size_t input, int inputSince)
    : m_isInput(opsetVersion >= inputSince)
    , m_input(input)
{
    if (m_isInput) {
        m_given = input < node.inputs.size() && node.inputs[input].valid();
    } else {
        m_given = node.attribute(attribute) != nullptr;
        m_values = node.intsAttribute(attribute);
    }
}

std::optional<std::vector<std::int64_t>> IntsArgument::inferred(const InferContext& context) const
{
    return m_isInput ? knownInts(context, m_input) : std::optional(m_values);
}

std::optional<std::vector<Dim>> IntsArgument::inferredDims(const InferContext& context) const
{
    if (m_isInput)
        return elementsOf(context, m_input);
    std::vector<Dim> dims;
    for (std::int64_t v : m_values)
        dims.push_back(v < 0 ? Dim::unknown() : Dim(v));
    return dims;
}

Result<std::vector<std::int64_t>> IntsArgument::value(KernelContext& context) const
{
    return m_isInput ? inputInts(context, m_input) : Result(m_values);
}

std::optional<std::vector<Dim>> elementsOf(const InferContext& context, std::size_t i)
{
    if (auto dims = context.inputShapeValue(i))
        return dims->size() <= longestShapeValue ? std::move(dims) : std::nullopt;
    auto ints = mayHoldShapeValue(context, i) ? context.inputInts(i) : std::nullopt;
    if (!ints || ints->size() > longestShapeValue)
        return std::nullopt;
    std::vector<Dim> dims;
    for (std::int64_t v : *ints)
        dims.push_back(v < 0 ? Dim::unknown() : Dim(v));
    return dims;
}

std::optional<std::vector<std::int64_t>> knownInts(const InferContext& context, std::size_t i)
{
    if (auto ints = context.inputInts(i))
        return ints;
    auto dims = context.inputShapeValue(i);
    if (!dims || std::any_of(dims->begin(), dims->end(), [](const Dim& d) { return !d.isKnown(); }))
        return std::nullopt;
    std::vector<std::int64_t> ints;
    for (const Dim& d : *dims)
        ints.push_back(d.value());
    return ints;
}

bool mayHoldShapeValue(const InferContext& context, std::size_t i)
{
    const graph::Shape* shape = context.inputShape(i);
    return graph::isInteger(context.inputElement(i)) && shape != nullptr && shape->rank() <= 1;
}

void passShapeValue(InferContext& context, const std::optional<graph::Shape>& outputShape)
{
    if (!outputShape || outputShape->rank() > 1)
        return;
    if (auto elements = elementsOf(context, 0))
        context.setOutputShapeValue(0, std::move(*elements));
}

Result<const graph::Tensor*> requiredInput(KernelContext& context, std::size_t i)
{
    const graph::Tensor* tensor = i < context.inputCount() ? context.input(i) : nullptr;
    if (tensor == nullptr)
        return runError(fmt::format("input {} is missing", i));
    return tensor;
}

Result<std::vector<std::int64_t>> inputInts(KernelContext& context, std::size_t i)
{
    const graph::Tensor* tensor = TRY(requiredInput(context, i));
    return tensor->toInt64s();
}

Result<std::int64_t> inputInt(KernelContext& context, std::size_t i)
{
    auto values = TRY(inputInts(context, i));
    if (values.size() != 1)
        return runError(fmt::format("input {} has {} elements, expected one", i, values.size()));
    return values[0];
}

Result<std::vector<std::int64_t>> normalizeAxes(std::span<const std::int64_t> axes, std::size_t rank)
{
    std::vector<std::int64_t> result;
    std::vector<bool> seen(rank, false);
    for (std::int64_t axis : axes) {
        std::int64_t a = TRY(normalizeAxis(axis, rank));
        if (seen[static_cast<std::size_t>(a)])
            return badInput(fmt::format("axis {} is given twice", axis));
        seen[static_cast<std::size_t>(a)] = true;
        result.push_back(a);
    }
    return result;
}

Result<std::int64_t> normalizeIndex(std::int64_t index, std::int64_t length, std::int64_t axis)
{
    if (index < -length || index >= length)
        return runError(
            fmt::format("index {} is outside of [{}, {}] on axis {}", index, -length, length - 1, axis));
    return index < 0 ? index + length : index;
}

Result<void> copyReshaped(KernelContext& context, const graph::Tensor& input,
                          std::span<const std::int64_t> dims)
{
    graph::Tensor* output = TRY(context.output(0, input.type(), dims));
    if (output->elementCount() != input.elementCount())
        return runError(fmt::format("a tensor {} cannot be viewed as {}", graph::dimsText(input.dims()),
                                    graph::dimsText(output->dims())));
    if (input.type() == DataType::String) {
        if (slots(input) != slots(*output))
            output->mutableStrings() = input.strings();
    } else if (input.bytes() != output->bytes()) {
        context.parallelFor(static_cast<std::int64_t>(input.byteSize()), 256 * 1024,
                            [&](std::int64_t begin, std::int64_t end) {
                                std::memcpy(output->mutableBytes() + begin, input.bytes() + begin,
                                            static_cast<std::size_t>(end - begin));
                            });
    }
    return {};
}

std::int64_t productOf(std::span<const std::int64_t> dims)
{
    std::uint64_t product = 1;
    for (std::int64_t d : dims)
        product *= static_cast<std::uint64_t>(d);
    return static_cast<std::int64_t>(product);
}

graph::Dims dimsBetween(const graph::Dims& dims, std::size_t begin, std::size_t end)
{
    return graph::Dims(dims.begin() + static_cast<std::ptrdiff_t>(begin),
                       dims.begin() + static_cast<std::ptrdiff_t>(end));
}

Cost movedCost(const graph::Node&, std::span<const TensorSize>, std::span<const TensorSize> outputs)
{
    Cost cost;
    for (const TensorSize& t : outputs)
        cost.bytes += 2.0 * static_cast<double>(t.bytes());
    return cost;
}

Cost viewCost(const graph::Node&, std::span<const TensorSize>, std::span<const TensorSize>) { return {}; }

std::string listText(std::span<const std::int64_t> values)
{
    std::string text = "[";
    for (std::int64_t v : values)
        text += (text.size() > 1 ? ", " : "") + std::to_string(v);
    return text + "]";
}

Error runError(std::string message) { return Error{ErrorCode::RunFailed, std::move(message), {}}; }

} // namespace orrery::ops
