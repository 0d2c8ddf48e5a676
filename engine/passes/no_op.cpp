// SPDX-License-Identifier: Apache-2.0
#include "engine/passes/no_op.h"

#include "engine/passes/rewrite.h"

#include <algorithm>
#include <limits>

namespace orrery::passes {
namespace {

using graph::Graph;
using graph::Node;
using graph::Tensor;

bool given(const Node& node, std::size_t input)
{
    return input < node.inputs.size() && node.inputs[input].valid();
}

const Tensor* constantInput(const Graph& graph, const Node& node, std::size_t input)
{
    return given(node, input) ? constantTensor(graph, node.inputs[input]) : nullptr;
}

bool allAre(const Tensor* tensor, double wanted)
{
    if (tensor == nullptr || tensor->type() == graph::DataType::String)
        return false;
    auto values = tensor->toDoubles();
    return values.ok() && std::all_of(values->begin(), values->end(), [&](double v) { return v == wanted; });
}

bool allAre(const std::vector<std::int64_t>& values, std::int64_t wanted)
{
    return !values.empty() &&
           std::all_of(values.begin(), values.end(), [&](std::int64_t v) { return v == wanted; });
}

// Whether broadcasting `small` against `large` gives a tensor of the shape of `large`.
bool broadcastsInto(const Tensor& small, const graph::ValueType& large)
{
    const bool single = small.elementCount() == 1;
    if (small.rank() == 0)
        return true;
    if (!large.shape || small.rank() > large.shape->rank())
        return false;
    const std::size_t shift = large.shape->rank() - small.rank();
    for (std::size_t i = 0; i < small.rank() && !single; ++i)
        if (small.dims()[i] != 1 && large.shape->dims[shift + i] != graph::Dim(small.dims()[i]))
            return false;
    return true;
}

// x + 0, x - 0, x * 1, x / 1. Of the zeros, -0 + 0 alone comes out with another sign.
std::optional<std::size_t> neutralOperand(const graph::Model& model, const Node& node)
{
    const bool sum = isOnnxOp(node, "Add"), difference = isOnnxOp(node, "Sub");
    const bool product = isOnnxOp(node, "Mul"), quotient = isOnnxOp(node, "Div");
    if (!(sum || difference || product || quotient) || node.inputs.size() != 2 ||
        model.opsetVersion(node) < 7) // broadcasting was another one
        return {};
    for (std::size_t other : {std::size_t(1), std::size_t(0)}) {
        if (other == 0 && !(sum || product))
            continue;
        const Tensor* constant = constantInput(model.graph, node, other);
        if (given(node, 1 - other) && allAre(constant, sum || difference ? 0 : 1) &&
            broadcastsInto(*constant, model.graph.value(node.inputs[1 - other]).type))
            return 1 - other;
    }
    return {};
}

bool dropsNothing(const Graph& graph, const Node& node, bool maskRead)
{
    const Tensor* training = constantInput(graph, node, 2);
    const bool canTrain = (given(node, 2) && !allAre(training, 0)) || node.intAttribute("is_test", 1) == 0;
    return !maskRead && !canTrain;
}

bool padsNothing(const Graph& graph, const Node& node)
{
    if (given(node, 1))
        return allAre(constantInput(graph, node, 1), 0);
    return allAre(node.intsAttribute("pads", node.intsAttribute("paddings")), 0);
}

// From the first element on, forwards, as long as the input or longer.
bool slicesAll(const Graph& graph, const Node& node, const graph::ValueType& in, const graph::ValueType& out)
{
    auto numbers = [&](std::size_t input, const char* attribute) -> std::optional<std::vector<std::int64_t>> {
        if (!given(node, input))
            return node.intsAttribute(attribute);
        const Tensor* tensor = constantInput(graph, node, input);
        if (tensor == nullptr)
            return std::nullopt;
        auto values = tensor->toInt64s();
        return values.ok() ? std::optional(values.releaseValue()) : std::nullopt;
    };
    auto starts = numbers(1, "starts"), ends = numbers(2, "ends");
    if (!starts || !ends || !allAre(*starts, 0) ||
        (given(node, 4) && !allAre(constantInput(graph, node, 4), 1)))
        return false;
    constexpr std::int64_t toTheEnd = std::numeric_limits<std::int32_t>::max();
    return sameShape(in, out) ||
           std::all_of(ends->begin(), ends->end(), [](std::int64_t end) { return end >= toTheEnd; });
}

bool isSorted(const std::vector<std::int64_t>& perm)
{
    for (std::size_t i = 0; i < perm.size(); ++i)
        if (perm[i] != static_cast<std::int64_t>(i))
            return false;
    return !perm.empty();
}

} // namespace

bool isOnnxOp(const Node& node, std::string_view opType)
{
    return (node.domain.empty() || node.domain == "ai.onnx") && node.opType == opType;
}

bool sameShape(const graph::ValueType& a, const graph::ValueType& b)
{
    auto unknown = [](const graph::Dim& dim) { return dim.isUnknown(); };
    return a.kind == graph::TypeKind::Tensor && b.kind == graph::TypeKind::Tensor && a.shape && b.shape &&
           a.shape == b.shape && std::none_of(a.shape->dims.begin(), a.shape->dims.end(), unknown);
}

bool isView(const Node& node)
{
    return isOnnxOp(node, "Reshape") || isOnnxOp(node, "Flatten") || isOnnxOp(node, "Squeeze") ||
           isOnnxOp(node, "Unsqueeze");
}

std::optional<std::vector<std::int64_t>> axesOf(const Graph& graph, const Node& node)
{
    if (!given(node, 1)) {
        auto axes = node.intsAttribute("axes");
        return axes.empty() ? std::nullopt : std::optional(std::move(axes));
    }
    const Tensor* tensor = constantInput(graph, node, 1);
    if (tensor == nullptr)
        return std::nullopt;
    auto values = tensor->toInt64s();
    return values.ok() ? std::optional(values.releaseValue()) : std::nullopt;
}

std::optional<std::size_t> inputHandedOn(const graph::Model& model, const Node& node, bool maskRead)
{
    const Graph& graph = model.graph;
    if (!(node.domain.empty() || node.domain == "ai.onnx") || !given(node, 0) || node.outputs.empty() ||
        !node.outputs[0].valid())
        return {};
    const graph::ValueType& in = graph.value(node.inputs[0]).type;
    const graph::ValueType& out = graph.value(node.outputs[0]).type;
    const std::string& op = node.opType;
    auto first = [](bool same) { return same ? std::optional<std::size_t>(0) : std::nullopt; };
    if (op == "Identity")
        return 0;
    if (op == "Dropout")
        return first(dropsNothing(graph, node, maskRead));
    if (op == "Cast")
        return first(in.kind == graph::TypeKind::Tensor && in.element != graph::DataType::Undefined &&
                     static_cast<std::int64_t>(in.element) == node.intAttribute("to", 0));
    if (op == "Transpose")
        return first(isSorted(node.intsAttribute("perm")));
    if (op == "Concat" || op == "Sum" || op == "Mean" || op == "Max" || op == "Min")
        return first(node.inputs.size() == 1);
    if (op == "Pad")
        return first(padsNothing(graph, node));
    if (op == "Slice")
        return first(slicesAll(graph, node, in, out));
    if (op == "Tile" && node.inputs.size() == 2)
        return first(allAre(constantInput(graph, node, 1), 1));
    if (op == "Reshape" || op == "Expand") // to what a constant says; else only where all is known
        return first(sameShape(in, out) &&
                     (!given(node, 1) || constantInput(graph, node, 1) != nullptr || in.shape->isStatic()));
    if (isView(node))
        return first(sameShape(in, out));
    return neutralOperand(model, node);
}

} // namespace orrery::passes
