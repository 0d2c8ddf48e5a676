// SPDX-License-Identifier: Apache-2.0
#include "engine/passes/slice_rules.h"

#include "engine/passes/rewrite.h"

#include <algorithm>
#include <span>
#include <string_view>

namespace orrery::passes {
namespace {

using Axes = std::vector<std::int64_t>;
using Rule = bool (*)(const SliceQuestion&, Axes&);

const graph::ValueType& inputType(const SliceQuestion& q, std::size_t slot)
{
    static const graph::ValueType none;
    return slot < q.node.inputs.size() && q.node.inputs[slot].valid() ? q.typeOf(q.node.inputs[slot]) : none;
}

std::int64_t rankOf(const graph::ValueType& type)
{
    return type.kind == graph::TypeKind::Tensor && type.shape ? static_cast<std::int64_t>(type.shape->rank())
                                                              : -1;
}

std::int64_t outputRank(const SliceQuestion& q) { return rankOf(q.typeOf(soleOutput(q.node))); }

std::int64_t outputLength(const SliceQuestion& q) { return lengthOf(q.typeOf(soleOutput(q.node)), q.axis); }

// The first input is cut along the same axis, the others are read whole.
bool firstAlone(const SliceQuestion& q, Axes& axes)
{
    const graph::ValueType& first = inputType(q, 0);
    if (rankOf(first) != outputRank(q) || lengthOf(first, q.axis) != outputLength(q))
        return false;
    axes[0] = q.axis;
    return true;
}

// Aligned at the last axis; what has length 1 there is the same for all slices.
bool broadcastInput(const SliceQuestion& q, std::size_t slot, Axes& axes)
{
    const graph::ValueType& type = inputType(q, slot);
    const std::int64_t rank = rankOf(type);
    if (rank < 0 || rank > outputRank(q))
        return false;
    const std::int64_t axis = q.axis - (outputRank(q) - rank);
    const std::int64_t length = axis < 0 ? 1 : lengthOf(type, axis);
    axes[slot] = length == 1 ? wholeInput : axis;
    return length == 1 || length == outputLength(q);
}

bool elementwise(const SliceQuestion& q, Axes& axes)
{
    if (q.node.attribute("broadcast") != nullptr || q.node.attribute("axis") != nullptr)
        return false; // before version 7 inputs were aligned in other ways
    for (std::size_t slot = 0; slot < q.node.inputs.size(); ++slot)
        if (q.node.inputs[slot].valid() && !broadcastInput(q, slot, axes))
            return false;
    return true;
}

// Before version 7 a slope for each channel had one axis alone.
bool prelu(const SliceQuestion& q, Axes& axes)
{
    const std::int64_t rank = rankOf(inputType(q, 1));
    return (rank == 0 || rank == outputRank(q)) && elementwise(q, axes);
}

bool matMul(const SliceQuestion& q, Axes& axes)
{
    const std::int64_t rank = outputRank(q);
    const graph::ValueType& right = inputType(q, 1);
    if (rank < 2 || q.axis >= rank - 1 || rankOf(right) < 2 || !firstAlone(q, axes))
        return false;
    if (q.axis == rank - 2) // the rows
        return true;
    return broadcastInput(q, 1, axes); // one of the stacks of matrices
}

bool gemm(const SliceQuestion& q, Axes& axes)
{
    if (q.axis != 0 || q.node.intAttribute("transA", 0) != 0 || !firstAlone(q, axes))
        return false;
    return q.node.inputs.size() < 3 || !q.node.inputs[2].valid() || broadcastInput(q, 2, axes);
}

std::int64_t attributeAxis(const SliceQuestion& q, std::int64_t fallback)
{
    std::int64_t axis = q.node.intAttribute("axis", fallback);
    return axis < 0 ? axis + outputRank(q) : axis;
}

// Before version 13 all from the attribute's axis on are one; so only what comes before it is apart, and
// without the attribute only the first.
bool softmax(const SliceQuestion& q, Axes& axes)
{
    const std::int64_t along = q.node.attribute("axis") != nullptr
                                   ? attributeAxis(q, -1)
                                   : std::min<std::int64_t>(1, outputRank(q) - 1);
    return q.axis < along && firstAlone(q, axes);
}

bool layerNormalization(const SliceQuestion& q, Axes& axes)
{
    const std::int64_t along = attributeAxis(q, -1);
    if (q.axis >= along || !firstAlone(q, axes))
        return false;
    for (std::size_t slot = 1; slot < q.node.inputs.size(); ++slot) {
        const std::int64_t rank = q.node.inputs[slot].valid() ? rankOf(inputType(q, slot)) : 0;
        if (rank < 0 || rank > outputRank(q) - along)
            return false;
    }
    return true;
}

bool reduction(const SliceQuestion& q, Axes& axes)
{
    std::vector<std::int64_t> along = q.node.intsAttribute("axes");
    if (q.node.inputs.size() > 1 && q.node.inputs[1].valid()) {
        const graph::Tensor* tensor = constantTensor(q.graph, q.node.inputs[1]);
        auto numbers = tensor != nullptr ? tensor->toInt64s() : Result<std::vector<std::int64_t>>(Error{});
        if (!numbers.ok())
            return false;
        along = numbers.releaseValue();
    }
    for (std::int64_t axis : along)
        if (axis == q.axis || axis + outputRank(q) == q.axis)
            return false;
    return !along.empty() && q.node.intAttribute("keepdims", 1) == 1 && firstAlone(q, axes);
}

bool argReduction(const SliceQuestion& q, Axes& axes)
{
    return attributeAxis(q, 0) != q.axis && q.node.intAttribute("keepdims", 1) == 1 && firstAlone(q, axes);
}

bool isAll(const std::vector<std::int64_t>& numbers, std::size_t at, std::int64_t wanted)
{
    return at >= numbers.size() || numbers[at] == wanted;
}

// Images are apart; so are rows (or columns) that only a 1 wide kernel passes over, step by step.
bool convolution(const SliceQuestion& q, Axes& axes)
{
    if (q.node.inputs.size() < 2 || q.node.inputs.size() > 3 || q.axis == 1)
        return false;
    if (q.axis >= 2) {
        const auto spatial = static_cast<std::size_t>(q.axis - 2);
        const auto pads = q.node.intsAttribute("pads");
        if (lengthOf(inputType(q, 1), q.axis) != 1 || !isAll(q.node.intsAttribute("strides"), spatial, 1) ||
            !isAll(pads, spatial, 0) || !isAll(pads, spatial + pads.size() / 2, 0))
            return false;
    }
    return firstAlone(q, axes);
}

bool imagesAlone(const SliceQuestion& q, Axes& axes) { return q.axis == 0 && firstAlone(q, axes); }

bool imagesAndChannels(const SliceQuestion& q, Axes& axes) { return q.axis <= 1 && firstAlone(q, axes); }

bool batchNormalization(const SliceQuestion& q, Axes& axes)
{
    return q.axis != 1 && q.node.intAttribute("training_mode", 0) == 0 && firstAlone(q, axes);
}

bool transpose(const SliceQuestion& q, Axes& axes)
{
    const auto perm = q.node.intsAttribute("perm");
    const auto at = static_cast<std::size_t>(q.axis);
    return at < perm.size() && perm[at] == q.axis && firstAlone(q, axes);
}

bool concat(const SliceQuestion& q, Axes& axes)
{
    if (q.node.attribute("axis") == nullptr || attributeAxis(q, 0) == q.axis)
        return false;
    for (std::size_t slot = 0; slot < q.node.inputs.size(); ++slot) {
        const graph::ValueType& type = inputType(q, slot);
        if (rankOf(type) != outputRank(q) || lengthOf(type, q.axis) != outputLength(q))
            return false;
        axes[slot] = q.axis;
    }
    return true;
}

constexpr std::string_view elementwiseOps[] = {
    "Abs",         "Acos",        "Acosh",    "Add",      "And",        "Asin",
    "Asinh",       "Atan",        "Atanh",    "BitShift", "BitwiseAnd", "BitwiseNot",
    "BitwiseOr",   "BitwiseXor",  "Cast",     "Ceil",     "Celu",       "Clip",
    "Cos",         "Cosh",        "Div",      "Elu",      "Equal",      "Erf",
    "Exp",         "Floor",       "FusedAdd", "Gelu",     "Greater",    "GreaterOrEqual",
    "HardSigmoid", "HardSwish",   "Identity", "IsInf",    "IsNaN",      "LeakyRelu",
    "Less",        "LessOrEqual", "Log",      "Max",      "Mean",       "Min",
    "Mish",        "Mod",         "Mul",      "Neg",      "Not",        "Or",
    "Pow",         "Reciprocal",  "Relu",     "Round",    "Selu",       "Sigmoid",
    "Sign",        "Sin",         "Sinh",     "Softplus", "Softsign",   "Sqrt",
    "Sub",         "Sum",         "Swish",    "Tan",      "Tanh",       "ThresholdedRelu",
    "Where",       "Xor"};

struct RuleEntry {
    std::string_view op;
    Rule rule;
};

constexpr RuleEntry otherOps[] = {
    {"PRelu", prelu},
    {"MatMul", matMul},
    {"Gemm", gemm},
    {"FusedGemm", gemm},
    {"Softmax", softmax},
    {"LogSoftmax", softmax},
    {"Hardmax", softmax},
    {"LayerNormalization", layerNormalization},
    {"RMSNormalization", layerNormalization},
    {"ReduceL1", reduction},
    {"ReduceL2", reduction},
    {"ReduceLogSum", reduction},
    {"ReduceLogSumExp", reduction},
    {"ReduceMax", reduction},
    {"ReduceMean", reduction},
    {"ReduceMin", reduction},
    {"ReduceProd", reduction},
    {"ReduceSum", reduction},
    {"ReduceSumSquare", reduction},
    {"ArgMax", argReduction},
    {"ArgMin", argReduction},
    {"Conv", convolution},
    {"FusedConv", convolution},
    {"ConvTranspose", imagesAlone},
    {"InstanceNormalization", imagesAlone},
    {"LRN", imagesAlone},
    {"AveragePool", imagesAndChannels},
    {"GlobalAveragePool", imagesAndChannels},
    {"GlobalLpPool", imagesAndChannels},
    {"GlobalMaxPool", imagesAndChannels},
    {"LpPool", imagesAndChannels},
    {"MaxPool", imagesAndChannels},
    {"BatchNormalization", batchNormalization},
    {"Transpose", transpose},
    {"Concat", concat},
};

Rule ruleOf(const graph::Node& node)
{
    const bool fused = node.domain == "orrery" && node.opType.starts_with("Fused");
    if (!node.domain.empty() && node.domain != "ai.onnx" && !fused)
        return nullptr;
    if (std::binary_search(std::begin(elementwiseOps), std::end(elementwiseOps), node.opType))
        return elementwise;
    for (const RuleEntry& entry : otherOps)
        if (entry.op == node.opType)
            return entry.rule;
    return nullptr;
}

} // namespace

ValueId soleOutput(const graph::Node& node)
{
    ValueId one;
    for (ValueId output : node.outputs) {
        if (output.valid() && one.valid())
            return {};
        if (output.valid())
            one = output;
    }
    return one;
}

std::int64_t lengthOf(const graph::ValueType& type, std::int64_t axis)
{
    if (type.kind != graph::TypeKind::Tensor || !type.shape || axis < 0 ||
        static_cast<std::size_t>(axis) >= type.shape->rank())
        return -1;
    const graph::Dim& dim = type.shape->dims[static_cast<std::size_t>(axis)];
    return dim.isKnown() ? dim.value() : -1;
}

std::optional<std::vector<std::int64_t>> sliceAxes(const SliceQuestion& question)
{
    const Rule rule = ruleOf(question.node);
    if (rule == nullptr || !soleOutput(question.node).valid() || outputLength(question) < 2 ||
        question.node.inputs.empty())
        return std::nullopt;
    Axes axes(question.node.inputs.size(), wholeInput);
    if (!rule(question, axes) ||
        std::all_of(axes.begin(), axes.end(), [](std::int64_t axis) { return axis == wholeInput; }))
        return std::nullopt;
    return axes;
}

} // namespace orrery::passes
