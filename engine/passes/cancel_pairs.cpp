// SPDX-License-Identifier: Apache-2.0
//
// y = Cast(Cast(x: A → B) → C), B holds all of A              →  y = Cast(x → C)
// y = Transpose(Transpose(x, p), q)                           →  y = Transpose(x, p[q])
// y = Reshape(view of x) to dims without a copied one         →  y = Reshape(x)
// y = view of a view of x, with x's shape again               →  y = Identity(x)
// y = Squeeze(Unsqueeze(x)) or the reverse, of the same axes  →  y = Identity(x)
// y = Not(Not(x)), Neg(Neg(x))                                →  y = Identity(x)
// y = f(f(x)), f of Relu, Abs, Ceil, Floor, Round             →  y = Identity(f(x))
// where a view is a Reshape, Flatten, Squeeze or Unsqueeze. The inner node goes as dead where nothing else
// reads it, an Identity with remove_identity; the origins of both are the outer one's.
#include "engine/passes/no_op.h"
#include "engine/passes/pass.h"
#include "engine/passes/rewrite.h"

#include <algorithm>
#include <numeric>

namespace orrery::passes {
namespace {

using graph::DataType;
using graph::Graph;
using graph::Node;

// Digits and the largest exponent of what a type holds exactly.
struct Holds {
    int digits = 0;
    int exponent = 0;
    bool isSigned = false;
    bool isFloat = false;
};

std::optional<Holds> holds(DataType type)
{
    switch (type) {
    case DataType::Bool:
        return Holds{1, 1, false, false};
    case DataType::UInt8:
        return Holds{8, 8, false, false};
    case DataType::UInt16:
        return Holds{16, 16, false, false};
    case DataType::UInt32:
        return Holds{32, 32, false, false};
    case DataType::UInt64:
        return Holds{64, 64, false, false};
    case DataType::Int8:
        return Holds{7, 7, true, false};
    case DataType::Int16:
        return Holds{15, 15, true, false};
    case DataType::Int32:
        return Holds{31, 31, true, false};
    case DataType::Int64:
        return Holds{63, 63, true, false};
    case DataType::Float16:
        return Holds{11, 15, true, true};
    case DataType::BFloat16:
        return Holds{8, 127, true, true};
    case DataType::Float32:
        return Holds{24, 127, true, true};
    case DataType::Float64:
        return Holds{53, 1023, true, true};
    default:
        return std::nullopt;
    }
}

// Every value of `from` is one of `to`. A bool holds no other.
bool isLossless(DataType from, DataType to)
{
    auto a = holds(from), b = holds(to);
    if (!a || !b)
        return false;
    if (from == to)
        return true;
    return to != DataType::Bool && a->digits <= b->digits && a->exponent <= b->exponent &&
           (!a->isSigned || b->isSigned) && (!a->isFloat || b->isFloat);
}

std::vector<std::int64_t> permutation(const Graph& graph, const Node& node)
{
    auto perm = node.intsAttribute("perm");
    const auto& shape = graph.value(node.inputs[0]).type.shape;
    if (perm.empty() && shape) {
        perm.resize(shape->rank());
        std::iota(perm.rbegin(), perm.rend(), 0);
    }
    return perm;
}

class Pairs {
public:
    Pairs(graph::Model& model, const PassContext& context)
        : m_context(context)
        , m_model(model)
        , m_graph(model.graph)
    {}

    std::size_t run()
    {
        std::size_t rewrites = 0;
        for (NodeId id : m_graph.liveNodes())
            rewrites += tryNode(m_graph.node(id)) ? 1 : 0;
        return rewrites;
    }

private:
    bool tryNode(Node& node)
    {
        if (node.inputs.empty() || !node.inputs[0].valid() || node.outputs.empty() ||
            !node.outputs[0].valid())
            return false;
        NodeId inner = m_graph.value(node.inputs[0]).producer;
        if (!m_graph.contains(inner) || m_graph.node(inner).inputs.empty() ||
            !m_graph.node(inner).inputs[0].valid() || m_graph.node(inner).outputs[0] != node.inputs[0])
            return false;
        const Node& before = m_graph.node(inner);
        if (!m_context.mayTouch(node) || !m_context.mayTouch(before))
            return false;
        if (isOnnxOp(node, "Cast") && isOnnxOp(before, "Cast"))
            return cast(node, before);
        if (isOnnxOp(node, "Transpose") && isOnnxOp(before, "Transpose"))
            return transpose(node, before);
        if (isView(node) && isView(before))
            return view(node, before);
        for (const char* twice : {"Not", "Neg"})
            if (isOnnxOp(node, twice) && isOnnxOp(before, twice))
                return become(node, before, before.inputs[0]);
        for (const char* once : {"Relu", "Abs", "Ceil", "Floor", "Round"})
            if (isOnnxOp(node, once) && isOnnxOp(before, once))
                return become(node, before, node.inputs[0]);
        return false;
    }

    bool cast(Node& node, const Node& before)
    {
        const DataType a = m_graph.value(before.inputs[0]).type.element;
        const DataType b = m_graph.value(node.inputs[0]).type.element;
        const DataType c = m_graph.value(node.outputs[0]).type.element;
        // From A to C by way of B or not: the same where C holds A, or where a float is rounded once.
        if (!isLossless(a, b) || !(a == c || isLossless(a, c) || graph::isFloatingPoint(a)))
            return false;
        return read(node, before);
    }

    bool transpose(Node& node, const Node& before)
    {
        auto p = permutation(m_graph, before), q = permutation(m_graph, node);
        if (p.empty() || p.size() != q.size())
            return false;
        std::vector<std::int64_t> merged;
        for (std::int64_t axis : q) {
            if (axis < 0 || axis >= static_cast<std::int64_t>(p.size()))
                return false;
            merged.push_back(p[static_cast<std::size_t>(axis)]);
        }
        node.setAttribute("perm", std::move(merged));
        return read(node, before);
    }

    bool view(Node& node, const Node& before)
    {
        const ValueId x = before.inputs[0];
        const bool opposite = (isOnnxOp(node, "Squeeze") && isOnnxOp(before, "Unsqueeze")) ||
                              (isOnnxOp(node, "Unsqueeze") && isOnnxOp(before, "Squeeze"));
        if (opposite) {
            auto outer = axesOf(m_graph, node), inner = axesOf(m_graph, before);
            auto negative = [](std::int64_t axis) { return axis < 0; };
            if (outer && inner && std::none_of(outer->begin(), outer->end(), negative)) {
                std::sort(outer->begin(), outer->end());
                std::sort(inner->begin(), inner->end());
                if (*outer == *inner)
                    return become(node, before, x);
            }
        }
        const bool fixed = !isOnnxOp(node, "Reshape") || targetIsConstant(node);
        const auto& in = m_graph.value(x).type;
        if (sameShape(in, m_graph.value(node.outputs[0]).type) && (fixed || in.shape->isStatic()))
            return become(node, before, x);
        if (isOnnxOp(node, "Reshape") && targetIsConstant(node) && copiesNoDim(node))
            return read(node, before);
        return false;
    }

    bool targetIsConstant(const Node& node) const
    {
        return node.inputs.size() > 1 && constantTensor(m_graph, node.inputs[1]) != nullptr;
    }

    bool copiesNoDim(const Node& node) const
    {
        auto dims = constantTensor(m_graph, node.inputs[1])->toInt64s();
        return dims.ok() &&
               (std::count(dims->begin(), dims->end(), 0) == 0 || node.intAttribute("allowzero", 0) == 1);
    }

    bool read(Node& node, const Node& before)
    {
        node.inputs[0] = before.inputs[0];
        mergeOrigins(node.origins, before.origins);
        return true;
    }

    bool become(Node& node, const Node& before, ValueId value)
    {
        mergeOrigins(node.origins, before.origins);
        node.opType = "Identity";
        node.attributes.clear();
        node.inputs = {value};
        return true;
    }

    const PassContext& m_context;
    graph::Model& m_model;
    Graph& m_graph;
};

Result<std::size_t> run(graph::Model& model, PassContext& context) { return Pairs(model, context).run(); }

} // namespace

PassSpec cancel_pairs()
{
    return {"cancel_pairs",
            "Merges casts, transposes and views of each other, and what undoes what came before.",
            PassLevel::All, run, true};
}

} // namespace orrery::passes
