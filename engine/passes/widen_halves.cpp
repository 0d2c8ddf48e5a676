// SPDX-License-Identifier: Apache-2.0
//
// y = op(x: float16 or bfloat16)  →  y = Cast(op(Cast(x → float)) → the type of y)
// for operators whose kernels do not compute these types themselves, so that whatever runs in float runs in
// both. A constant is widened once, here; another value once for all that read it in its graph. Every result
// is rounded to the type that the model gives it, as a kernel of that type would do.
#include "engine/graph/order.h"
#include "engine/ops/math/convert.h"
#include "engine/passes/pass.h"
#include "engine/passes/rewrite.h"

#include <algorithm>
#include <array>
#include <map>
#include <string_view>

namespace orrery::passes {
namespace {

using graph::DataType;
using graph::Graph;
using graph::Node;
using graph::ValueType;

// Kernels that compute 16-bit floats, by way of float inside, or only move elements. Sorted.
constexpr std::string_view withKernels[] = {"Abs",
                                            "Acos",
                                            "Acosh",
                                            "Add",
                                            "ArgMax",
                                            "ArgMin",
                                            "Asin",
                                            "Asinh",
                                            "Atan",
                                            "Atanh",
                                            "Cast",
                                            "CastLike",
                                            "Ceil",
                                            "Celu",
                                            "CenterCropPad",
                                            "Clip",
                                            "Compress",
                                            "Concat",
                                            "Constant",
                                            "ConstantOfShape",
                                            "Cos",
                                            "Cosh",
                                            "DepthToSpace",
                                            "Div",
                                            "Elu",
                                            "Equal",
                                            "Erf",
                                            "Exp",
                                            "Expand",
                                            "Flatten",
                                            "Floor",
                                            "Gather",
                                            "GatherElements",
                                            "GatherND",
                                            "Gelu",
                                            "Greater",
                                            "GreaterOrEqual",
                                            "HardSigmoid",
                                            "HardSwish",
                                            "Identity",
                                            "IsInf",
                                            "IsNaN",
                                            "LeakyRelu",
                                            "Less",
                                            "LessOrEqual",
                                            "Log",
                                            "Max",
                                            "Mean",
                                            "Min",
                                            "Mish",
                                            "Mul",
                                            "Neg",
                                            "PRelu",
                                            "Pow",
                                            "RandomNormal",
                                            "RandomNormalLike",
                                            "RandomUniform",
                                            "RandomUniformLike",
                                            "Reciprocal",
                                            "ReduceL1",
                                            "ReduceL2",
                                            "ReduceLogSum",
                                            "ReduceLogSumExp",
                                            "ReduceMax",
                                            "ReduceMean",
                                            "ReduceMin",
                                            "ReduceProd",
                                            "ReduceSum",
                                            "ReduceSumSquare",
                                            "Relu",
                                            "Reshape",
                                            "ReverseSequence",
                                            "Round",
                                            "Selu",
                                            "Shape",
                                            "Shrink",
                                            "Sigmoid",
                                            "Sign",
                                            "Sin",
                                            "Sinh",
                                            "Size",
                                            "Slice",
                                            "Softplus",
                                            "Softsign",
                                            "SpaceToDepth",
                                            "Split",
                                            "Sqrt",
                                            "Squeeze",
                                            "Sub",
                                            "Sum",
                                            "Swish",
                                            "Tan",
                                            "Tanh",
                                            "ThresholdedRelu",
                                            "Tile",
                                            "Transpose",
                                            "Trilu",
                                            "Unsqueeze",
                                            "Where"};

constexpr std::int64_t firstCast = 6; // the opset from which on a Cast names its type by number

bool hasKernel(std::string_view opType)
{
    return std::binary_search(std::begin(withKernels), std::end(withKernels), opType);
}

bool isHalfTensor(const ValueType& type)
{
    return type.kind == graph::TypeKind::Tensor && ops::isHalf(type.element);
}

class Widening {
public:
    Widening(graph::Model& model, const ops::OpRegistry& ops)
        : m_model(model)
        , m_graph(model.graph)
        , m_ops(ops)
    {}

    Result<std::size_t> run()
    {
        for (std::size_t i = 0; i < m_graph.regionSlots(); ++i)
            if (m_graph.region(RegionId(i)).alive)
                for (NodeId id : TRY(graph::topologicalOrder(m_graph, RegionId(i))))
                    TRY(visit(id));
        return m_widened;
    }

private:
    bool wants(const Node& node) const
    {
        if (!(node.domain.empty() || node.domain == "ai.onnx") || hasKernel(node.opType))
            return false;
        auto isHalf = [&](ValueId id) { return id.valid() && isHalfTensor(m_graph.value(id).type); };
        if (std::none_of(node.inputs.begin(), node.inputs.end(), isHalf))
            return false; // an output type that an attribute asks for is the kernel's business
        auto spec = ops::findOp(m_ops, node, m_model.opsetVersion(node));
        return spec.ok() && (*spec)->kernel != nullptr;
    }

    Result<void> visit(NodeId id)
    {
        if (!wants(m_graph.node(id)))
            return {};
        for (std::size_t i = 0; i < m_graph.node(id).inputs.size(); ++i)
            if (ValueId input = m_graph.node(id).inputs[i];
                input.valid() && isHalfTensor(m_graph.value(input).type)) {
                ValueId wide = TRY(widened(input, id));
                m_graph.node(id).inputs[i] = wide;
            }
        const RegionId region = m_graph.node(id).region;
        NodeId next = following(id);
        for (std::size_t i = 0; i < m_graph.node(id).outputs.size(); ++i) {
            const ValueId output = m_graph.node(id).outputs[i];
            if (!output.valid() || !isHalfTensor(m_graph.value(output).type))
                continue;
            const graph::Value value = m_graph.value(output);
            ValueId wide = m_graph.addValue(region, value.name + ".unrounded", widerType(value.type));
            m_graph.node(id).outputs[i] = wide;
            m_graph.value(wide).producer = id;
            m_graph.addNode(region, cast(wide, output, value.type.element, id), next);
        }
        ++m_widened;
        return {};
    }

    NodeId following(NodeId id) const
    {
        const auto& nodes = m_graph.region(m_graph.node(id).region).nodes;
        auto at = std::find(nodes.begin(), nodes.end(), id);
        return at == nodes.end() || at + 1 == nodes.end() ? NodeId() : *(at + 1);
    }

    static ValueType widerType(ValueType type)
    {
        type.element = DataType::Float32;
        return type;
    }

    Node cast(ValueId from, ValueId to, DataType type, NodeId origin) const
    {
        Node node;
        node.opType = "Cast";
        node.name = m_graph.value(to).name;
        node.inputs = {from};
        node.outputs = {to};
        node.origins = m_graph.node(origin).origins;
        node.opsetVersion = m_model.opsetVersion("") < firstCast ? firstCast : 0;
        node.setAttribute("to", static_cast<std::int64_t>(type));
        return node;
    }

    // A constant's own region holds its wider copy; a computed value gets one in each graph that reads it.
    Result<ValueId> widened(ValueId id, NodeId reader)
    {
        const graph::Value value = m_graph.value(id);
        const graph::Tensor* constant = constantTensor(m_graph, id);
        const auto& listed = m_graph.main().inputs;
        if (std::find(listed.begin(), listed.end(), id) != listed.end())
            constant = nullptr; // a run may replace it
        const RegionId region = constant != nullptr ? value.region : m_graph.node(reader).region;
        ValueId& wide = m_wide[{region, id}];
        if (wide.valid())
            return wide;
        if (constant != nullptr) {
            graph::Tensor copy = TRY(graph::Tensor::allocate(DataType::Float32, constant->dims()));
            ops::convertElements(constant->type(), constant->bytes(), DataType::Float32, copy.mutableBytes(),
                                 constant->elementCount());
            return wide = m_graph.addConstant(region, value.name + ".float", std::move(copy));
        }
        wide = m_graph.addValue(region, value.name + ".float", widerType(value.type));
        m_graph.addNode(region, cast(id, wide, DataType::Float32, reader), reader);
        return wide;
    }

    graph::Model& m_model;
    Graph& m_graph;
    const ops::OpRegistry& m_ops;
    std::map<std::pair<RegionId, ValueId>, ValueId> m_wide;
    std::size_t m_widened = 0;
};

Result<std::size_t> run(graph::Model& model, PassContext& context)
{
    return Widening(model, context.ops).run();
}

} // namespace

PassSpec widen_halves()
{
    return {"widen_halves", "Lets operators without a kernel for float16 or bfloat16 compute in float.",
            PassLevel::Always, run};
}

} // namespace orrery::passes
