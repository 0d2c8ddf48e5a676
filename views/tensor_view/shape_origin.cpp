// SPDX-License-Identifier: Apache-2.0
//
// One step back: from an output's axis to an input's. Three kinds of operators have rules: those that keep an
// axis where it is (elementwise, with ONNX's broadcasting from the right), those that permute (Transpose),
// and those that take it from a certain input (Conv, MatMul, Gemm, Gather, Concat …). For the rest the dim
// decides: the same axis, else the only axis of any input with the same symbol or number. Numbers 0 and 1 are
// too common to tell.
#include "views/tensor_view/shape_origin.h"

#include <algorithm>
#include <array>
#include <optional>
#include <set>

namespace orrery::tensor_view {
namespace {

using graph::Dim;
using graph::Graph;
using graph::Node;
using graph::Shape;
using graph::ValueType;

struct Place {
    ValueId value;
    std::size_t axis = 0;
};

class Walk {
public:
    Walk(const Graph& graph, std::span<const ValueType> types)
        : m_graph(graph)
        , m_types(types)
    {}

    const Shape* shape(ValueId id) const
    {
        if (!m_graph.contains(id))
            return nullptr;
        if (id.index() < m_types.size() && m_types[id.index()].shape)
            return &*m_types[id.index()].shape;
        const auto& own = m_graph.value(id).type.shape;
        return own ? &*own : nullptr;
    }

    DimOrigin follow(Place place) const
    {
        DimOrigin origin;
        std::set<ValueId> seen; // a graph with a cycle must not keep us
        for (;;) {
            const graph::Value& value = m_graph.value(place.value);
            origin.value = place.value;
            origin.axis = place.axis;
            origin.dim = dimAt(place).text();
            if (value.isConstant()) {
                origin.kind = DimOrigin::Kind::Constant;
                return origin;
            }
            if (!m_graph.contains(value.producer)) {
                origin.kind = isInput(value) ? DimOrigin::Kind::GraphInput : DimOrigin::Kind::Unknown;
                return origin;
            }
            const Node& node = m_graph.node(value.producer);
            const auto before = seen.insert(place.value).second ? back(node, place) : std::nullopt;
            if (!before) {
                origin.kind = DimOrigin::Kind::Node;
                origin.node = node.id;
                return origin;
            }
            place = *before;
            ++origin.handedOn;
        }
    }

private:
    bool isInput(const graph::Value& value) const
    {
        const auto& inputs = m_graph.region(value.region).inputs;
        return std::find(inputs.begin(), inputs.end(), value.id) != inputs.end();
    }

    Dim dimAt(Place place) const
    {
        const Shape* known = shape(place.value);
        return known && place.axis < known->rank() ? known->dims[place.axis] : Dim();
    }

    // The input's axis, when its dim is the one wanted.
    std::optional<Place> ifEqual(const Node& node, std::size_t input, std::int64_t axis, const Dim& dim) const
    {
        if (input >= node.inputs.size() || axis < 0)
            return {};
        const Shape* known = shape(node.inputs[input]);
        if (!known || std::size_t(axis) >= known->rank() || known->dims[std::size_t(axis)] != dim ||
            dim.isUnknown())
            return {};
        return Place{node.inputs[input], std::size_t(axis)};
    }

    static bool keepsAxes(std::string_view op)
    {
        constexpr std::array ops{"Relu",
                                 "LeakyRelu",
                                 "PRelu",
                                 "Sigmoid",
                                 "HardSigmoid",
                                 "HardSwish",
                                 "Tanh",
                                 "Softmax",
                                 "LogSoftmax",
                                 "Clip",
                                 "Add",
                                 "Sub",
                                 "Mul",
                                 "Div",
                                 "Pow",
                                 "Sqrt",
                                 "Exp",
                                 "Log",
                                 "Erf",
                                 "Gelu",
                                 "Abs",
                                 "Neg",
                                 "Cast",
                                 "Where",
                                 "Equal",
                                 "Less",
                                 "Greater",
                                 "And",
                                 "Or",
                                 "Not",
                                 "Min",
                                 "Max",
                                 "Sum",
                                 "Identity",
                                 "Dropout",
                                 "Elu",
                                 "Selu",
                                 "Softplus",
                                 "Mod",
                                 "BatchNormalization",
                                 "LayerNormalization",
                                 "InstanceNormalization"};
        return std::find(ops.begin(), ops.end(), op) != ops.end();
    }
    static bool slidesWindow(std::string_view op)
    {
        return op == "Conv" || op == "ConvTranspose" || op == "MaxPool" || op == "AveragePool" ||
               op == "GlobalAveragePool" || op == "GlobalMaxPool" || op.starts_with("Conv+");
    }

    std::optional<Place> back(const Node& node, Place place) const
    {
        const Dim dim = dimAt(place);
        const Shape* out = shape(place.value);
        if (!out || node.inputs.empty())
            return {};
        const auto axis = std::int64_t(place.axis);
        const auto fromRight = std::int64_t(out->rank()) - axis;
        if (keepsAxes(node.opType)) {
            for (std::size_t i = 0; i < node.inputs.size(); ++i)
                if (const Shape* in = shape(node.inputs[i]))
                    if (auto found = ifEqual(node, i, std::int64_t(in->rank()) - fromRight, dim))
                        return found;
            return {};
        }
        if (slidesWindow(node.opType)) {
            if (axis == 1 && node.inputs.size() > 1)
                return ifEqual(node, 1, node.opType == "ConvTranspose" ? 1 : 0, dim);
            return ifEqual(node, 0, axis, dim);
        }
        if (node.opType == "Transpose") {
            const auto perm = node.intsAttribute("perm");
            const std::int64_t from = perm.empty()               ? fromRight - 1
                                      : place.axis < perm.size() ? perm[place.axis]
                                                                 : -1;
            return ifEqual(node, 0, from, dim);
        }
        if (node.opType == "MatMul" || node.opType == "Gemm") {
            const bool isLast = fromRight == 1;
            const std::size_t input = isLast ? 1 : 0;
            const Shape* in = input < node.inputs.size() ? shape(node.inputs[input]) : nullptr;
            if (!in)
                return {};
            const bool turned = node.intAttribute(isLast ? "transB" : "transA", 0) != 0;
            return ifEqual(node, input, std::int64_t(in->rank()) - (turned ? 3 - fromRight : fromRight), dim);
        }
        if (node.opType == "Concat" || node.opType == "Split") {
            const std::int64_t along = node.intAttribute("axis", 0);
            if ((along < 0 ? along + std::int64_t(out->rank()) : along) == axis)
                return {};
            return ifEqual(node, 0, axis, dim);
        }
        return byDim(node, axis, dim);
    }

    std::optional<Place> byDim(const Node& node, std::int64_t axis, const Dim& dim) const
    {
        if (dim.isUnknown() || (dim.isKnown() && dim.value() <= 1))
            return {};
        if (auto found = ifEqual(node, 0, axis, dim))
            return found;
        std::optional<Place> only;
        for (std::size_t i = 0; i < node.inputs.size(); ++i) {
            const Shape* in = shape(node.inputs[i]);
            for (std::size_t k = 0; in && k < in->rank(); ++k)
                if (in->dims[k] == dim) {
                    if (only)
                        return {};
                    only = Place{node.inputs[i], k};
                }
        }
        return only;
    }

    const Graph& m_graph;
    std::span<const ValueType> m_types;
};

} // namespace

std::vector<DimOrigin> shapeOrigin(const Graph& graph, ValueId value, std::span<const ValueType> types)
{
    const Walk walk(graph, types);
    std::vector<DimOrigin> origins;
    if (const Shape* shape = walk.shape(value))
        for (std::size_t axis = 0; axis < shape->rank(); ++axis)
            origins.push_back(walk.follow({value, axis}));
    return origins;
}

} // namespace orrery::tensor_view
