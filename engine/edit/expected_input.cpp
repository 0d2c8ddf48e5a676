// SPDX-License-Identifier: Apache-2.0
#include "engine/edit/expected_input.h"

#include <algorithm>
#include <functional>
#include <map>

namespace orrery::edit {
namespace {

using graph::DataType;
using graph::Dim;
using graph::Shape;

// What is known of the node's other inputs.
struct Around {
    const graph::Graph& graph;
    const graph::Node& node;

    const graph::ValueType* type(std::size_t slot) const
    {
        if (slot >= node.inputs.size() || !graph.contains(node.inputs[slot]))
            return nullptr;
        return &graph.value(node.inputs[slot]).type;
    }
    const Shape* shape(std::size_t slot) const
    {
        const graph::ValueType* known = type(slot);
        return known && known->shape ? &*known->shape : nullptr;
    }
    std::size_t rank(std::size_t slot) const { return shape(slot) ? shape(slot)->rank() : 0; }
    // Negative axes count from the end.
    Dim dim(std::size_t slot, std::int64_t axis) const
    {
        const auto count = static_cast<std::int64_t>(rank(slot));
        axis = axis < 0 ? axis + count : axis;
        return axis < 0 || axis >= count ? Dim() : shape(slot)->dims[static_cast<std::size_t>(axis)];
    }
    Dim attribute(std::string_view name) const
    {
        const std::int64_t value = node.intAttribute(name, -1);
        return value < 0 ? Dim() : Dim(value);
    }
};

using Rule = std::function<std::optional<Shape>(const Around&, std::size_t slot)>;

Shape vector(Dim length) { return Shape({std::move(length)}); }
const Shape scalar;

Dim times(std::int64_t factor, const Dim& dim) { return dim.isUnknown() ? Dim() : Dim(factor) * dim; }

// Conv: M × C/group × kernel, and M; ConvTranspose: C × M/group × kernel, and M.
std::optional<Shape> convolution(const Around& around, std::size_t slot)
{
    const bool isTransposed = around.node.opType == "ConvTranspose";
    const std::int64_t group = std::max<std::int64_t>(1, around.node.intAttribute("group", 1));
    if (slot == 2)
        return vector(isTransposed ? times(group, around.dim(1, 1)) : around.dim(1, 0));
    const auto kernel = around.node.intsAttribute("kernel_shape");
    const std::size_t spatial = !kernel.empty()       ? kernel.size()
                                : around.rank(0) >= 2 ? around.rank(0) - 2
                                                      : 0;
    if (slot != 1 || spatial == 0)
        return {};
    const Dim channels = around.dim(0, 1);
    Shape shape(isTransposed
                    ? std::vector<Dim>{channels, Dim()}
                    : std::vector<Dim>{Dim(), group == 1 ? channels : floorDiv(channels, Dim(group))});
    for (std::size_t i = 0; i < spatial; ++i)
        shape.dims.push_back(kernel.empty() ? Dim(3) : Dim(kernel[i]));
    return shape;
}

std::optional<Shape> gemm(const Around& around, std::size_t slot)
{
    const bool isTransposed = around.node.intAttribute("transB", 0) != 0;
    if (slot == 2)
        return vector(around.dim(1, isTransposed ? 0 : 1));
    const Dim inner = around.dim(0, around.node.intAttribute("transA", 0) != 0 ? 0 : 1);
    return Shape(isTransposed ? std::vector<Dim>{Dim(), inner} : std::vector<Dim>{inner, Dim()});
}

// What a normalization scales: everything from `axis` on.
std::optional<Shape> fromAxis(const Around& around, std::size_t)
{
    if (around.rank(0) == 0)
        return {};
    const std::int64_t given = around.node.intAttribute("axis", -1);
    const auto rank = static_cast<std::int64_t>(around.rank(0));
    const std::int64_t first = std::clamp<std::int64_t>(given < 0 ? given + rank : given, 0, rank);
    const auto& dims = around.shape(0)->dims;
    return Shape(std::vector<Dim>(dims.begin() + first, dims.end()));
}

std::optional<Shape> channels(const Around& around, std::size_t) { return vector(around.dim(0, 1)); }

// X, W, R, B, sequence_lens, initial_h, initial_c, P; sequences first.
std::optional<Shape> recurrent(const Around& around, std::size_t slot)
{
    const std::int64_t gates = around.node.opType == "LSTM" ? 4 : around.node.opType == "GRU" ? 3 : 1;
    const std::int64_t directions =
        around.node.stringAttribute("direction", "forward") == "bidirectional" ? 2 : 1;
    const Dim hidden = around.attribute("hidden_size");
    switch (slot) {
    case 1:
        return Shape({Dim(directions), times(gates, hidden), around.dim(0, -1)});
    case 2:
        return Shape({Dim(directions), times(gates, hidden), hidden});
    case 3:
        return Shape({Dim(directions), times(2 * gates, hidden)});
    case 4:
        return vector(around.dim(0, 1));
    case 5:
    case 6:
        return Shape({Dim(directions), around.dim(0, 1), hidden});
    case 7:
        return Shape({Dim(directions), times(3, hidden)});
    default:
        return {};
    }
}

// The other operand's last dim: it is repeated over the rest.
std::optional<Shape> elementwise(const Around& around, std::size_t slot)
{
    const std::size_t other = slot == 0 ? 1 : 0;
    if (around.shape(other) == nullptr)
        return {};
    return around.rank(other) == 0 ? scalar : vector(around.dim(other, -1));
}

std::optional<Shape> asManyAsAxes(const Around& around, std::size_t)
{
    return around.shape(0) ? std::optional(vector(Dim(static_cast<std::int64_t>(around.rank(0)))))
                           : std::nullopt;
}

std::optional<Shape> anyVector(const Around&, std::size_t) { return vector(Dim()); }
std::optional<Shape> aScalar(const Around&, std::size_t) { return scalar; }

struct Slot {
    std::string_view name; // behind the node's own
    DataType type;         // Undefined: that of input 0
    Rule shape;
};

constexpr DataType same = DataType::Undefined;

const std::map<std::string_view, std::map<std::size_t, Slot>>& rules()
{
    const std::map<std::size_t, Slot> conv{{1, {"weight", same, convolution}},
                                           {2, {"bias", same, convolution}}};
    const std::map<std::size_t, Slot> cells{
        {1, {"weight", same, recurrent}},    {2, {"recurrence", same, recurrent}},
        {3, {"bias", same, recurrent}},      {4, {"lengths", DataType::Int32, recurrent}},
        {5, {"initial_h", same, recurrent}}, {6, {"initial_c", same, recurrent}},
        {7, {"peepholes", same, recurrent}}};
    const std::map<std::size_t, Slot> axes{{1, {"axes", DataType::Int64, anyVector}}};
    const std::map<std::size_t, Slot> indices{{1, {"indices", DataType::Int64, anyVector}}};
    const std::map<std::size_t, Slot> scaled{{1, {"scale", same, fromAxis}}, {2, {"bias", same, fromAxis}}};
    static const std::map<std::string_view, std::map<std::size_t, Slot>> all{
        {"Conv", conv},
        {"ConvTranspose", conv},
        {"Gemm", {{1, {"weight", same, gemm}}, {2, {"bias", same, gemm}}}},
        {"MatMul",
         {{1,
           {"weight", same,
            [](const Around& around, std::size_t) {
                return Shape({around.dim(0, -1), Dim()});
            }}}}},
        {"BatchNormalization",
         {{1, {"scale", same, channels}},
          {2, {"bias", same, channels}},
          {3, {"mean", same, channels}},
          {4, {"variance", same, channels}}}},
        {"InstanceNormalization", {{1, {"scale", same, channels}}, {2, {"bias", same, channels}}}},
        {"GroupNormalization", {{1, {"scale", same, channels}}, {2, {"bias", same, channels}}}},
        {"LayerNormalization", scaled},
        {"RMSNormalization", scaled},
        {"PRelu",
         {{1,
           {"slope", same,
            [](const Around& around, std::size_t) {
                Shape shape({around.dim(0, 1)});
                for (std::size_t i = 2; i < around.rank(0); ++i)
                    shape.dims.push_back(Dim(1));
                return shape;
            }}}}},
        {"LSTM", cells},
        {"GRU", cells},
        {"RNN", cells},
        {"Reshape", {{1, {"shape", DataType::Int64, anyVector}}}},
        {"Expand", {{1, {"shape", DataType::Int64, anyVector}}}},
        {"Tile", {{1, {"repeats", DataType::Int64, asManyAsAxes}}}},
        {"Squeeze", axes},
        {"Unsqueeze", axes},
        {"ReduceMean", axes},
        {"ReduceSum", axes},
        {"ReduceMax", axes},
        {"ReduceMin", axes},
        {"Gather", indices},
        {"Split", {{1, {"split", DataType::Int64, anyVector}}}},
        {"TopK", {{1, {"k", DataType::Int64, [](const Around&, std::size_t) { return vector(Dim(1)); }}}}},
        {"Clip", {{1, {"min", same, aScalar}}, {2, {"max", same, aScalar}}}},
        {"Dropout",
         {{1, {"ratio", DataType::Float32, aScalar}}, {2, {"training_mode", DataType::Bool, aScalar}}}},
        {"Slice",
         {{1, {"starts", DataType::Int64, anyVector}},
          {2, {"ends", DataType::Int64, anyVector}},
          {3, {"axes", DataType::Int64, anyVector}},
          {4, {"steps", DataType::Int64, anyVector}}}},
        {"Pad",
         {{1,
           {"pads", DataType::Int64,
            [](const Around& around, std::size_t) {
                return vector(around.shape(0) ? Dim(2 * static_cast<std::int64_t>(around.rank(0))) : Dim());
            }}},
          {2, {"value", same, aScalar}}}},
        {"Resize",
         {{2, {"scales", DataType::Float32, asManyAsAxes}}, {3, {"sizes", DataType::Int64, asManyAsAxes}}}},
        {"CumSum", {{1, {"axis", DataType::Int64, aScalar}}}},
    };
    return all;
}

} // namespace

ExpectedInput expectedInput(const graph::Graph& typed, NodeId id, std::size_t slot)
{
    ExpectedInput expected;
    if (!typed.contains(id))
        return expected;
    const Around around{typed, typed.node(id)};
    const std::string base = around.node.name.empty() ? around.node.opType : around.node.name;
    expected.name = base + "_constant";
    for (std::size_t i = 0; i < around.node.inputs.size(); ++i)
        if (const graph::ValueType* type = i == slot ? nullptr : around.type(i);
            type != nullptr && type->element != DataType::Undefined) {
            expected.type = type->element;
            break;
        }
    const auto op = rules().find(around.node.opType);
    const bool isStandard = around.node.domain.empty() || around.node.domain == "ai.onnx";
    if (isStandard && op != rules().end())
        if (auto found = op->second.find(slot); found != op->second.end()) {
            expected.name = base + "_" + std::string(found->second.name);
            if (found->second.type != same)
                expected.type = found->second.type;
            expected.shape = found->second.shape(around, slot);
            return expected;
        }
    if (around.node.inputs.size() <= 2 && slot < 2)
        expected.shape = elementwise(around, slot);
    return expected;
}

} // namespace orrery::edit
