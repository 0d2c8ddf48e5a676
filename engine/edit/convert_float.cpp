// SPDX-License-Identifier: Apache-2.0
//
// Every float value of the main graph has one type in which it is made, and a copy in the other type where
// some reader wants that: a constant is converted, another value is cast once. A node that converts makes and
// reads the new type, one that is kept reads and makes float. An output of the graph keeps its name: its
// maker writes a value beside it, and a Cast writes the output.
#include "engine/edit/convert_float.h"

#include "engine/edit/names.h"
#include "engine/graph/order.h"
#include "engine/ops/math/convert.h"
#include "engine/passes/infer.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

namespace orrery::edit {
namespace {

using graph::DataType;
using graph::Graph;
using graph::Node;
using graph::Tensor;
using graph::ValueType;

constexpr double largestFloat16 = 65504;

bool isFloatTensor(const ValueType& type)
{
    return type.kind == graph::TypeKind::Tensor && type.element == DataType::Float32;
}

// The largest finite number, or infinity when an element is beyond what float16 holds.
bool fits(const Tensor& tensor, DataType type)
{
    if (type != DataType::Float16 || tensor.type() != DataType::Float32 || tensor.bytes() == nullptr)
        return true;
    const auto elements = tensor.span<float>();
    return std::all_of(elements.begin(), elements.end(),
                       [](float x) { return !std::isfinite(x) || std::abs(x) <= largestFloat16; });
}

Result<Tensor> converted(const Tensor& tensor, DataType type)
{
    Tensor copy = TRY(Tensor::allocate(type, tensor.dims()));
    ops::convertElements(tensor.type(), tensor.bytes(), type, copy.mutableBytes(), tensor.elementCount());
    return copy;
}

constexpr std::int64_t never = 0, firstCast = 6; // a Cast to a type by its number

// Operators that got bfloat16 after opset 13, when most did.
const std::map<std::string, std::int64_t>& firstWithBFloat16()
{
    static const std::map<std::string, std::int64_t> table = [] {
        std::map<std::string, std::int64_t> first = {
            {"BatchNormalization", 14}, {"CumSum", 14}, {"Trilu", 14},       {"GreaterOrEqual", 16},
            {"LeakyRelu", 16},          {"PRelu", 16},  {"LessOrEqual", 16}, {"Where", 16},
            {"ConstantOfShape", 20},    {"IsInf", 20},  {"DeformConv", 22}};
        for (const char* op : {"Acos",
                               "Acosh",
                               "Asin",
                               "Asinh",
                               "Atan",
                               "Atanh",
                               "AveragePool",
                               "Bernoulli",
                               "Conv",
                               "ConvTranspose",
                               "Cos",
                               "Cosh",
                               "Det",
                               "Elu",
                               "EyeLike",
                               "GRU",
                               "GlobalAveragePool",
                               "GlobalLpPool",
                               "GlobalMaxPool",
                               "GridSample",
                               "HardSigmoid",
                               "HardSwish",
                               "InstanceNormalization",
                               "LSTM",
                               "LpNormalization",
                               "LpPool",
                               "MaxPool",
                               "MaxRoiPool",
                               "MaxUnpool",
                               "Mish",
                               "Multinomial",
                               "NegativeLogLikelihoodLoss",
                               "RNN",
                               "RandomNormal",
                               "RandomNormalLike",
                               "RandomUniform",
                               "RandomUniformLike",
                               "RoiAlign",
                               "Round",
                               "Selu",
                               "Sin",
                               "Sinh",
                               "Softplus",
                               "Softsign",
                               "Tan",
                               "ThresholdedRelu"})
            first[op] = 22;
        for (const char* op :
             {"Compress", "Einsum", "NonZero", "OneHot", "ReverseSequence", "Shrink", "TopK", "Unique"})
            first[op] = never;
        return first;
    }();
    return table;
}

class FloatConversion {
public:
    FloatConversion(const graph::Model& model, const ops::OpRegistry& ops, const FloatOptions& options)
        : m_before(model)
        , m_after(model)
        , m_graph(m_after.graph)
        , m_names(model.graph)
        , m_options(options)
        , m_types(passes::inferTypes(model, ops).types)
        , m_ops(ops)
    {}

    Result<CleanUp> run(const Progress& progress)
    {
        const auto order = TRY(graph::topologicalOrder(m_graph, m_graph.mainRegion()));
        for (NodeId id : order)
            if (std::string why = whyKept(m_graph.node(id)); why.empty())
                m_converts.insert(id);
            else if (readsOrMakesFloat(m_graph.node(id)) && m_graph.node(id).opType != "Constant")
                ++m_kept[why];
        if (m_options.inputsAndOutputs == OuterTypes::Converted)
            for (ValueId input : m_graph.main().inputs)
                if (isFloat(input) && !m_graph.value(input).initializer)
                    setElement(input);
        std::size_t done = 0;
        for (NodeId id : order) {
            TRY(report(progress, static_cast<double>(done++) / static_cast<double>(order.size())));
            TRY(convert(id));
        }
        dropUnread();
        if (m_after.irVersion > 0 && m_after.irVersion < 4)
            m_after.irVersion = 4; // before, every constant had to be a graph input, too
        CleanUp result = TRY(cleanUpOf(m_before, std::move(m_after),
                                       fmt::format("Convert float to {}", graph::name(m_options.type)),
                                       std::move(m_touched)));
        for (const auto& [why, count] : m_kept)
            result.notes.push_back(fmt::format("{} nodes stay float: {}", count, why));
        return result;
    }

private:
    bool isFloat(ValueId id) const
    {
        return id.valid() && id.index() < m_types.size() && isFloatTensor(m_types[id.index()]);
    }

    bool readsOrMakesFloat(const Node& node) const
    {
        auto isOne = [&](ValueId id) { return isFloat(id); };
        return std::any_of(node.inputs.begin(), node.inputs.end(), isOne) ||
               std::any_of(node.outputs.begin(), node.outputs.end(), isOne);
    }

    std::string whyKept(const Node& node) const
    {
        if (!readsOrMakesFloat(node))
            return "they have no float";
        if (!node.regions().empty())
            return "they hold a graph of their own";
        if (m_options.keepNodes.contains(node.id))
            return "they were named";
        if (m_options.keepOperators.contains(node.opType))
            return "operator " + node.opType + " is on the list";
        auto spec = ops::findOp(m_ops, node, m_before.opsetVersion(node));
        if (!spec.ok() || !(node.domain.empty() || node.domain == "ai.onnx"))
            return "their operator is not one of the standard's that this program has";
        if (node.opType == "Constant") // whoever wants another type gets a constant of it
            return "they are constants";
        if (std::string why = whyTypeRefused(node.opType); !why.empty())
            return why;
        for (ValueId input : node.inputs)
            if (const Tensor* tensor = isFloat(input) ? constantOf(input) : nullptr) {
                if (tensor->bytes() == nullptr)
                    return "the bytes of a constant are not loaded";
                if (!fits(*tensor, m_options.type))
                    return "a constant is beyond the range of float16";
            }
        if (const Tensor* tensor = node.tensorAttribute("value");
            tensor != nullptr && !fits(*tensor, m_options.type))
            return "a constant is beyond the range of float16";
        return {};
    }

    // By the standard. This program runs them all.
    std::string whyTypeRefused(const std::string& op) const
    {
        if (op == "Celu")
            return "operator Celu is of float alone";
        if (m_options.type != DataType::BFloat16)
            return {};
        auto at = firstWithBFloat16().find(op);
        const std::int64_t first = at == firstWithBFloat16().end() ? 13 : at->second;
        if (first == never)
            return fmt::format("operator {} has no bfloat16", op);
        return m_before.opsetVersion("") < first
                   ? fmt::format("opset {} is the first with bfloat16 for {}", first, op)
                   : std::string();
    }

    // Of an initializer or a Constant.
    const Tensor* constantOf(ValueId id) const
    {
        if (m_graph.value(id).initializer)
            return &m_graph.value(id).initializer->tensor;
        const NodeId maker = m_graph.value(id).producer;
        return m_graph.contains(maker) && m_graph.node(maker).opType == "Constant"
                   ? m_graph.node(maker).tensorAttribute("value")
                   : nullptr;
    }

    Result<void> convert(NodeId id)
    {
        const bool half = m_converts.contains(id);
        for (std::size_t i = 0; i < m_graph.node(id).inputs.size(); ++i)
            if (ValueId input = m_graph.node(id).inputs[i]; isFloat(input)) {
                const ValueId wanted = TRY(as(input, half, id));
                m_graph.node(id).inputs[i] = wanted;
            }
        for (RegionId body : m_graph.node(id).regions())
            TRY(captures(body, id));
        if (!half)
            return {};
        convertAttributes(m_graph.node(id));
        for (std::size_t i = 0; i < m_graph.node(id).outputs.size(); ++i)
            if (ValueId output = m_graph.node(id).outputs[i]; isFloat(output))
                TRY(makeHalf(id, i));
        m_touched.push_back(touchedNode(m_before.graph, id, "converted",
                                        fmt::format("computes in {}", graph::name(m_options.type))));
        return {};
    }

    // What a body reads from outside stays float for it.
    Result<void> captures(RegionId body, NodeId holder)
    {
        for (NodeId inner : std::vector<NodeId>(m_graph.region(body).nodes)) {
            for (std::size_t i = 0; i < m_graph.node(inner).inputs.size(); ++i)
                if (ValueId input = m_graph.node(inner).inputs[i];
                    isFloat(input) && m_graph.value(input).region == m_graph.mainRegion()) {
                    const ValueId wanted = TRY(as(input, false, holder));
                    m_graph.node(inner).inputs[i] = wanted;
                }
            for (RegionId deeper : m_graph.node(inner).regions())
                TRY(captures(deeper, holder));
        }
        return {};
    }

    // The value in the type wanted, made before `reader` where it is not there yet.
    Result<ValueId> as(ValueId id, bool half, NodeId reader)
    {
        if (m_isHalf.contains(id) == half)
            return id;
        auto& other = m_other[id];
        if (other.valid())
            return other;
        const graph::Value value = m_graph.value(id);
        const std::string name = m_names.takeForValue(
            value.name + (half ? "_" + std::string(graph::name(m_options.type)) : "_float"));
        const auto& listed = m_graph.main().inputs;
        const bool fed = std::find(listed.begin(), listed.end(), id) != listed.end();
        if (const Tensor* tensor = constantOf(id); tensor != nullptr && half && !fed)
            return other = m_graph.addConstant(m_graph.mainRegion(), name,
                                               TRY(converted(*tensor, m_options.type)));
        ValueType type = m_types[id.index()];
        type.element = half ? m_options.type : DataType::Float32;
        other = m_graph.addValue(m_graph.mainRegion(), name, type);
        m_graph.addNode(m_graph.mainRegion(), castNode(id, other, type.element), reader);
        return other;
    }

    Node castNode(ValueId from, ValueId to, DataType type)
    {
        Node node;
        node.opType = "Cast";
        node.name = m_names.takeForNode("Cast_" + m_graph.value(to).name);
        node.inputs = {from};
        node.outputs = {to};
        node.setAttribute("to", static_cast<std::int64_t>(type));
        return node;
    }

    void convertAttributes(Node& node)
    {
        if (node.opType == "Cast" &&
            node.intAttribute("to", 0) == static_cast<std::int64_t>(DataType::Float32))
            node.setAttribute("to", static_cast<std::int64_t>(m_options.type));
        if (node.opType != "ConstantOfShape")
            return;
        const Tensor* tensor = node.tensorAttribute("value");
        Tensor zero = Tensor::of<float>({1}, std::vector<float>{0});
        if (tensor == nullptr)
            tensor = &zero;
        if (tensor->type() == DataType::Float32)
            if (auto copy = converted(*tensor, m_options.type); copy.ok())
                node.setAttribute("value", copy.releaseValue());
    }

    Result<void> makeHalf(NodeId id, std::size_t slot)
    {
        const ValueId output = m_graph.node(id).outputs[slot];
        const auto& outputs = m_graph.main().outputs;
        const bool keepsName = m_options.inputsAndOutputs == OuterTypes::Kept &&
                               std::find(outputs.begin(), outputs.end(), output) != outputs.end();
        if (!keepsName) {
            setElement(output);
            return {};
        }
        ValueType type = m_types[output.index()];
        type.element = m_options.type;
        const ValueId made = m_graph.addValue(
            m_graph.mainRegion(),
            m_names.takeForValue(m_graph.value(output).name + "_" + std::string(graph::name(m_options.type))),
            type);
        m_graph.node(id).outputs[slot] = made;
        m_graph.value(made).producer = id;
        const auto& nodes = m_graph.main().nodes;
        auto at = std::find(nodes.begin(), nodes.end(), id);
        const NodeId next = at + 1 == nodes.end() ? NodeId() : *(at + 1);
        m_graph.addNode(m_graph.mainRegion(), castNode(made, output, DataType::Float32), next);
        m_other[output] = made;
        return {};
    }

    void setElement(ValueId id)
    {
        m_isHalf.insert(id);
        ValueType& type = m_graph.value(id).type;
        if (type.kind == graph::TypeKind::Tensor)
            type.element = m_options.type;
    }

    // Constants of which only the converted copy is read.
    void dropUnread()
    {
        graph::UseIndex uses(m_graph);
        const auto& listed = m_graph.main().inputs;
        for (const auto& [id, other] : m_other) {
            const graph::Value value = m_graph.value(id);
            if (!uses.uses(id).empty() || constantOf(id) == nullptr ||
                std::find(listed.begin(), listed.end(), id) != listed.end())
                continue;
            if (value.producer.valid())
                m_graph.removeNode(value.producer);
            m_graph.removeValue(id);
            m_graph.value(other).name = value.name;
        }
    }

    const graph::Model& m_before;
    graph::Model m_after;
    Graph& m_graph;
    Names m_names;
    const FloatOptions& m_options;
    const std::vector<ValueType> m_types; // of the model as it was
    const ops::OpRegistry& m_ops;
    std::set<NodeId> m_converts;
    std::set<ValueId> m_isHalf;         // made in the new type
    std::map<ValueId, ValueId> m_other; // its copy in the other type
    std::map<std::string, std::size_t> m_kept;
    std::vector<TouchedNode> m_touched;
};

} // namespace

const std::set<std::string>& operatorsKeptInFloat()
{
    static const std::set<std::string> operators = {"BatchNormalization",
                                                    "Bernoulli",
                                                    "BlackmanWindow",
                                                    "CumSum",
                                                    "DFT",
                                                    "DequantizeLinear",
                                                    "DynamicQuantizeLinear",
                                                    "EyeLike",
                                                    "GroupNormalization",
                                                    "HammingWindow",
                                                    "HannWindow",
                                                    "InstanceNormalization",
                                                    "LayerNormalization",
                                                    "LogSoftmax",
                                                    "MeanVarianceNormalization",
                                                    "MelWeightMatrix",
                                                    "Multinomial",
                                                    "NonMaxSuppression",
                                                    "Pow",
                                                    "QuantizeLinear",
                                                    "RandomNormal",
                                                    "RandomNormalLike",
                                                    "RandomUniform",
                                                    "RandomUniformLike",
                                                    "Range",
                                                    "ReduceL2",
                                                    "ReduceLogSum",
                                                    "ReduceLogSumExp",
                                                    "ReduceProd",
                                                    "ReduceSumSquare",
                                                    "Resize",
                                                    "RoiAlign",
                                                    "STFT",
                                                    "Upsample"};
    return operators;
}

Result<CleanUp> convertFloat(const graph::Model& model, const ops::OpRegistry& ops,
                             const FloatOptions& options, const Progress& progress)
{
    if (!ops::isHalf(options.type))
        return Error{ErrorCode::Usage,
                     "expected float16 or bfloat16, found " + std::string(graph::name(options.type)),
                     {}};
    if (model.opsetVersion("") < firstCast)
        return Error{ErrorCode::Unsupported,
                     fmt::format("expected opset {} or later, found {}; convert the opset first", firstCast,
                                 model.opsetVersion("")),
                     {}};
    return FloatConversion(model, ops, options).run(progress);
}

} // namespace orrery::edit
