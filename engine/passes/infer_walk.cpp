// SPDX-License-Identifier: Apache-2.0
#include "engine/passes/infer_walk.h"

#include "engine/graph/order.h"
#include "engine/passes/evaluate.h"

#include <fmt/format.h>

#include <algorithm>

namespace orrery::passes {

using graph::Dim;
using graph::Node;
using graph::Shape;
using graph::Tensor;
using graph::ValueType;

namespace {

constexpr std::int64_t knownElementLimit = 4096; // larger tensors are data, not shape arithmetic
constexpr int regionDepthLimit = 64;
// Bodies of loops are walked until their types hold in every iteration; loops in loops multiply.
constexpr std::size_t bodyNodeLimit = 200'000;
constexpr std::size_t bodyWalksLimit = 50;

} // namespace

InferenceWalk::InferenceWalk(const graph::Model& model, const ops::OpRegistry& ops,
                             const std::map<ValueId, ValueType>& inputTypes)
    : m_model(&model)
    , m_graph(&model.graph)
    , m_ops(ops)
    , m_declaredDims(inputTypes.empty() ? DeclaredDims::Use : DeclaredDims::Ignore)
{
    resize();
    for (std::size_t i = 0; i < m_graph->valueSlots(); ++i)
        reset(ValueId(i));
    for (const auto& [id, type] : inputTypes)
        m_result.types[id.index()] = type;
}

void InferenceWalk::follow(const graph::Model& model)
{
    m_model = &model;
    m_graph = &model.graph;
    m_bodyNodes = 0;
    resize();
}

void InferenceWalk::resize()
{
    m_result.types.resize(m_graph->valueSlots());
    m_result.known.resize(m_graph->valueSlots());
    m_shapeValues.resize(m_graph->valueSlots());
}

void InferenceWalk::forget(ValueId id)
{
    m_result.types[id.index()] = {};
    m_result.known[id.index()] = Tensor();
    m_shapeValues[id.index()].reset();
}

void InferenceWalk::reset(ValueId id)
{
    forget(id);
    const graph::Value& value = m_graph->value(id);
    if (!value.alive)
        return;
    if (value.initializer)
        m_result.types[id.index()] =
            ValueType::tensor(value.initializer->tensor.type(), Shape::of(value.initializer->tensor.dims()));
    else if (!value.producer.valid())
        m_result.types[id.index()] = value.type;
}

void InferenceWalk::problem(const Node& node, std::string code, std::string text, std::string remedy)
{
    m_result.problems.push_back(
        {Severity::Error, std::move(code), node.displayName(), node.id, std::move(text), std::move(remedy)});
}

void InferenceWalk::region(RegionId id)
{
    auto order = graph::topologicalOrder(*m_graph, id);
    if (!order.ok()) {
        m_result.problems.push_back({Severity::Error,
                                     "cycle",
                                     order.error().where,
                                     {},
                                     order.error().message,
                                     "Remove one edge of the cycle."});
        return;
    }
    for (NodeId nodeId : *order)
        node(m_graph->node(nodeId));
}

void InferenceWalk::forgetBody(const graph::Region& body)
{
    for (ValueId input : body.inputs)
        if (input.valid() && !m_graph->value(input).isConstant())
            forget(input);
    for (NodeId inner : body.nodes)
        for (ValueId output : m_graph->node(inner).outputs)
            if (output.valid())
                forget(output);
    m_bodyNodes += body.nodes.size();
}

ValueType InferenceWalk::bodyInput(const Node& owner, const graph::Region& body, std::size_t i,
                                   ValueType given) const
{
    const ValueType& declared = m_graph->value(body.inputs[i]).type;
    if (given.kind == graph::TypeKind::Unknown) {
        given = declared;
        if (m_declaredDims == DeclaredDims::Ignore)
            given.shape.reset();
    }
    // Some exporters declare the iteration number and the condition as vectors of one element.
    if (owner.opType == "Loop" && i < 2 && declared.shape && declared.shape->rank() == 1)
        given.shape = Shape::of({1});
    return given;
}

void InferenceWalk::keepDeclared(const Node& node)
{
    for (ValueId output : node.outputs)
        if (output.valid() && m_result.types[output.index()].kind == graph::TypeKind::Unknown)
            m_result.types[output.index()] = m_graph->value(output).type;
}
const Tensor* InferenceWalk::constant(ValueId id) const
{
    const graph::Value& value = m_graph->value(id);
    if (value.initializer && (value.initializer->tensor.bytes() != nullptr ||
                              value.initializer->tensor.type() == graph::DataType::String))
        return &value.initializer->tensor;
    return m_result.known[id.index()].defined() ? &m_result.known[id.index()] : nullptr;
}

class InferenceWalk::Context final : public ops::InferContext {
public:
    Context(InferenceWalk& walk, const Node& node, std::int64_t version)
        : m_walk(walk)
        , m_node(node)
        , m_version(version)
    {}

    const Node& node() const override { return m_node; }
    std::int64_t opsetVersion() const override { return m_version; }

    const ValueType* inputType(std::size_t i) const override
    {
        if (!hasInput(i))
            return nullptr;
        const ValueType& type = m_walk.m_result.types[m_node.inputs[i].index()];
        return type.kind == graph::TypeKind::Unknown ? nullptr : &type;
    }

    const Tensor* inputConstant(std::size_t i) const override
    {
        return hasInput(i) ? m_walk.constant(m_node.inputs[i]) : nullptr;
    }

    std::optional<std::vector<Dim>> inputShapeValue(std::size_t i) const override
    {
        if (!hasInput(i))
            return std::nullopt;
        if (const Tensor* tensor = inputConstant(i)) {
            if (tensor->rank() > 1 || tensor->elementCount() > knownElementLimit ||
                !graph::isInteger(tensor->type()))
                return std::nullopt;
            std::vector<Dim> dims;
            for (std::int64_t element : tensor->toInt64s().releaseValue())
                dims.push_back(element < 0 ? Dim::unknown() : Dim(element));
            return dims;
        }
        if (const auto& dims = m_walk.m_shapeValues[m_node.inputs[i].index()])
            return dims;
        const ValueType& type = m_walk.m_result.types[m_node.inputs[i].index()];
        if (!graph::isInteger(type.element) || !type.shape || type.shape->rank() > 1)
            return std::nullopt;
        Dim count = type.shape->elementCount();
        if (!count.isKnown() || count.value() > 64)
            return std::nullopt;
        return std::vector<Dim>(static_cast<std::size_t>(count.value()));
    }

    void setOutput(std::size_t i, ValueType type) override
    {
        if (hasOutput(i))
            m_walk.m_result.types[m_node.outputs[i].index()] = std::move(type);
    }

    void setOutputShapeValue(std::size_t i, std::vector<Dim> elements) override
    {
        if (hasOutput(i) && static_cast<std::int64_t>(elements.size()) <= knownElementLimit)
            m_walk.m_shapeValues[m_node.outputs[i].index()] = std::move(elements);
    }

    Result<std::vector<ValueType>> inferRegion(RegionId id, std::span<const ValueType> inputs) override
    {
        if (m_walk.m_depth >= regionDepthLimit)
            return Error{ErrorCode::LimitReached,
                         fmt::format("graphs are nested deeper than {}", regionDepthLimit),
                         {}};
        if (m_walk.m_bodyNodes > bodyNodeLimit + bodyWalksLimit * m_walk.m_graph->nodeSlots())
            return Error{ErrorCode::LimitReached, "the types in these nested loops change too often", {}};
        const graph::Region& body = m_walk.m_graph->region(id);
        m_walk.forgetBody(body);
        for (std::size_t i = 0; i < inputs.size() && i < body.inputs.size(); ++i)
            m_walk.m_result.types[body.inputs[i].index()] = m_walk.bodyInput(m_node, body, i, inputs[i]);
        // A branch may be one that these shapes never take, a loop may have no iterations; a call is carried
        // out.
        int uncertain = m_node.domain == "orrery" && m_node.opType == "Call" ? 0 : 1;
        ++m_walk.m_depth;
        m_walk.m_uncertain += uncertain;
        m_walk.region(id);
        m_walk.m_uncertain -= uncertain;
        --m_walk.m_depth;
        std::vector<ValueType> types;
        for (ValueId output : body.outputs)
            types.push_back(output.valid() ? m_walk.m_result.types[output.index()] : ValueType());
        return types;
    }

private:
    InferenceWalk& m_walk;
    const Node& m_node;
    std::int64_t m_version;
};

void InferenceWalk::node(const Node& node)
{
    std::int64_t version = m_model->opsetVersion(node);
    if (m_model->findFunction(node.domain, node.opType, node.overload) != nullptr) {
        keepDeclared(node);
        return;
    }
    auto spec = ops::findOp(m_ops, node, version);
    if (!spec.ok()) {
        problem(node, "unknown-op", spec.error().message,
                "The graph can be viewed; running needs another operator here, or a custom one.");
        keepDeclared(node);
        return;
    }
    const ops::OpSpec& op = **spec;
    if (node.inputs.size() < op.minInputs || node.inputs.size() > op.maxInputs ||
        node.outputs.size() > op.maxOutputs) {
        problem(node, "bad-arity",
                fmt::format("{} expects {} to {} inputs and at most {} outputs, found {} and {}", node.opType,
                            op.minInputs,
                            op.maxInputs == ops::OpSpec::any ? std::string("any number of")
                                                             : std::to_string(op.maxInputs),
                            op.maxOutputs == ops::OpSpec::any ? std::string("any number of")
                                                              : std::to_string(op.maxOutputs),
                            node.inputs.size(), node.outputs.size()),
                "Connect the inputs that the operator's documentation names.");
        keepDeclared(node);
        return;
    }
    for (std::size_t i = 0; i < op.minInputs; ++i)
        if (!node.inputs[i].valid()) {
            problem(node, "missing-input",
                    fmt::format("required input {} of {} is not connected", i, node.opType), "Connect it.");
            keepDeclared(node);
            return;
        }
    Context context(*this, node, version);
    if (auto inferred = op.infer(context); !inferred.ok()) {
        problem(node, "shape-mismatch", inferred.error().message,
                "Check the shapes of the node's inputs and its attributes.");
        if (m_uncertain > 0)
            m_result.problems.back().severity = Severity::Warning;
    }
    mergeDeclared(node);
    deduceKnown(node, op, version);
}

void InferenceWalk::mergeDeclared(const Node& node)
{
    for (ValueId output : node.outputs) {
        if (!output.valid())
            continue;
        ValueType& type = m_result.types[output.index()];
        const ValueType& declared = m_graph->value(output).type;
        if (declared.kind == graph::TypeKind::Unknown)
            continue;
        if (type.kind == graph::TypeKind::Unknown) {
            type = declared;
            if (m_declaredDims == DeclaredDims::Ignore)
                type.shape.reset();
            continue;
        }
        if (type.kind != graph::TypeKind::Tensor || declared.kind != graph::TypeKind::Tensor)
            continue;
        if (type.element == graph::DataType::Undefined)
            type.element = declared.element;
        if (m_declaredDims == DeclaredDims::Ignore || !declared.shape)
            continue;
        if (!type.shape) {
            type.shape = declared.shape;
            continue;
        }
        bool clash = type.shape->rank() != declared.shape->rank();
        for (std::size_t i = 0; !clash && i < type.shape->rank(); ++i) {
            Dim& dim = type.shape->dims[i];
            const Dim& said = declared.shape->dims[i];
            clash = dim.isKnown() && said.isKnown() && dim != said;
            if (dim.isUnknown())
                dim = said;
        }
        if (clash || (declared.element != graph::DataType::Undefined && declared.element != type.element))
            m_result.problems.push_back(
                {Severity::Warning, "declared-type-mismatch", node.displayName(), node.id,
                 fmt::format("value \"{}\" is declared as {}, but follows as {}", m_graph->value(output).name,
                             declared.text(), type.text()),
                 "Infer shapes again and save, or correct the declaration."});
    }
}

void InferenceWalk::deduceKnown(const Node& node, const ops::OpSpec& spec, std::int64_t version)
{
    bool small = true;
    for (ValueId output : node.outputs) {
        if (!output.valid())
            continue;
        const ValueType& type = m_result.types[output.index()];
        const auto& elements = m_shapeValues[output.index()];
        bool counted = type.shape && type.shape->isStatic() && type.shape->elementCount().isKnown();
        if (elements && counted && type.shape->rank() <= 1 && type.element == graph::DataType::Int64 &&
            type.shape->elementCount().value() == static_cast<std::int64_t>(elements->size()) &&
            std::all_of(elements->begin(), elements->end(), [](const Dim& d) { return d.isKnown(); })) {
            std::vector<std::int64_t> numbers;
            for (const Dim& dim : *elements)
                numbers.push_back(dim.value());
            m_result.known[output.index()] = Tensor::of(*type.shape->concrete(), numbers);
        }
        small = small && counted && type.shape->elementCount().value() <= knownElementLimit;
    }
    if (!small || spec.kernel == nullptr || spec.purity != ops::Purity::Pure || node.inputs.empty())
        return;
    std::vector<const Tensor*> inputs;
    for (ValueId input : node.inputs) {
        const Tensor* tensor = input.valid() ? constant(input) : nullptr;
        if (input.valid() && (tensor == nullptr || tensor->elementCount() > knownElementLimit))
            return;
        inputs.push_back(tensor);
    }
    auto outputs = evaluateNode(node, version, spec, inputs,
                                EvaluationLimits{knownElementLimit * 8 * 4, std::int64_t(1) << 24});
    if (!outputs.ok())
        return;
    for (std::size_t i = 0; i < node.outputs.size(); ++i)
        if (node.outputs[i].valid())
            m_result.known[node.outputs[i].index()] = (*outputs)[i];
}

} // namespace orrery::passes
