// SPDX-License-Identifier: Apache-2.0
#include "engine/formats/standard_inference.h"

#include "engine/formats/attribute_proto.h"
#include "engine/formats/tensor_proto.h"
#include "engine/formats/type_proto.h"

#include <onnx/defs/shape_inference.h>

#include <algorithm>
#include <exception>
#include <map>
#include <memory>
#include <optional>

namespace orrery::formats {
namespace {

using graph::Graph;
using graph::Node;
using graph::ValueType;

constexpr std::int64_t mostElements = 1024; // shapes, axes, sizes, pads; no inference function reads weights

std::optional<onnx::TypeProto> protoOf(const ValueType& type)
{
    if (type.kind == graph::TypeKind::Unknown || type.kind == graph::TypeKind::Opaque ||
        (type.kind == graph::TypeKind::Tensor && type.element == graph::DataType::Undefined))
        return std::nullopt;
    onnx::TypeProto proto;
    updateTypeProto(proto, type);
    return proto;
}

const graph::Tensor* constantOf(const Graph& graph, ValueId id)
{
    if (!id.valid())
        return nullptr;
    const graph::Value& value = graph.value(id);
    if (value.initializer)
        return &value.initializer->tensor;
    if (!graph.contains(value.producer) || graph.node(value.producer).opType != "Constant")
        return nullptr;
    const graph::Attribute* attribute = graph.node(value.producer).attribute("value");
    return attribute == nullptr ? nullptr : std::get_if<graph::Tensor>(&attribute->value);
}

// A body is not inferred again: what it gives is known.
class KnownBody : public onnx::GraphInferencer {
public:
    explicit KnownBody(std::vector<std::optional<onnx::TypeProto>> outputs)
        : m_outputs(std::move(outputs))
    {}
    std::vector<const onnx::TypeProto*> doInferencing(const std::vector<const onnx::TypeProto*>&,
                                                      const std::vector<const onnx::TensorProto*>&) override
    {
        std::vector<const onnx::TypeProto*> result;
        for (const auto& output : m_outputs)
            result.push_back(output ? &*output : nullptr);
        return result;
    }

    bool isWhole() const
    {
        return std::all_of(m_outputs.begin(), m_outputs.end(),
                           [](const auto& type) { return type.has_value(); });
    }

private:
    std::vector<std::optional<onnx::TypeProto>> m_outputs;
};

class Context : public onnx::InferenceContext {
public:
    Context(const Graph& graph, const Node& node, const std::vector<ValueType>& types)
        : m_outputs(node.outputs.size())
    {
        auto typeOf = [&](ValueId id) {
            return id.valid() && id.index() < types.size() ? protoOf(types[id.index()]) : std::nullopt;
        };
        for (ValueId id : node.inputs) {
            m_inputs.push_back(typeOf(id));
            const graph::Tensor* constant = constantOf(graph, id);
            auto& data = m_data.emplace_back();
            if (constant != nullptr && constant->defined() && constant->elementCount() <= mostElements &&
                !fillTensorProto(data.emplace(), *constant, nullptr).ok())
                data.reset();
        }
        for (const graph::Attribute& attribute : node.attributes) {
            onnx::AttributeProto& proto = m_attributes[attribute.name];
            if (!fillAttributeProto(proto, attribute).ok())
                m_attributes.erase(attribute.name);
            if (const auto* body = std::get_if<RegionId>(&attribute.value)) {
                std::vector<std::optional<onnx::TypeProto>> given;
                for (ValueId id : graph.region(*body).outputs)
                    given.push_back(typeOf(id));
                m_bodies[attribute.name] = std::make_unique<KnownBody>(std::move(given));
            }
        }
    }

    const onnx::AttributeProto* getAttribute(const std::string& name) const override
    {
        const auto found = m_attributes.find(name);
        return found == m_attributes.end() ? nullptr : &found->second;
    }
    size_t getNumInputs() const override { return m_inputs.size(); }
    const onnx::TypeProto* getInputType(size_t index) const override
    {
        return index < m_inputs.size() && m_inputs[index] ? &*m_inputs[index] : nullptr;
    }
    const onnx::TensorProto* getInputData(size_t index) const override
    {
        return index < m_data.size() && m_data[index] ? &*m_data[index] : nullptr;
    }
    size_t getNumOutputs() const override { return m_outputs.size(); }
    onnx::TypeProto* getOutputType(size_t index) override { return &m_outputs.at(index); }
    onnx::GraphInferencer* getGraphAttributeInferencer(const std::string& name) override
    {
        const auto found = m_bodies.find(name);
        return found == m_bodies.end() ? nullptr : found->second.get();
    }
    const onnx::SparseTensorProto* getInputSparseData(size_t) const override { return nullptr; }
    const onnx::TensorShapeProto* getSymbolicInput(size_t) const override { return nullptr; }

    const std::vector<onnx::TypeProto>& outputs() const { return m_outputs; }

    // Those of control flow read types that may not be there without looking: of what goes into a body (but
    // the count and the condition of a Loop) and of what comes out.
    bool isWhole(const Node& node) const
    {
        const std::size_t mayBeOmitted = m_bodies.empty() ? m_inputs.size() : node.opType == "Loop" ? 2 : 0;
        for (std::size_t i = 0; i < m_inputs.size(); ++i)
            if (!m_inputs[i] && (i >= mayBeOmitted || (!m_bodies.empty() && node.inputs[i].valid())))
                return false;
        return std::all_of(m_bodies.begin(), m_bodies.end(),
                           [](const auto& body) { return body.second->isWhole(); });
    }

    bool lacksTypeOf(const Node& node) const
    {
        for (std::size_t i = 0; i < m_inputs.size(); ++i)
            if (!m_inputs[i] && node.inputs[i].valid())
                return true;
        return false;
    }

private:
    std::vector<std::optional<onnx::TypeProto>> m_inputs;
    std::vector<std::optional<onnx::TensorProto>> m_data;
    std::map<std::string, onnx::AttributeProto> m_attributes;
    std::map<std::string, std::unique_ptr<KnownBody>> m_bodies;
    std::vector<onnx::TypeProto> m_outputs;
};

} // namespace

StandardAnswer askStandard(const Graph& graph, const Node& node, const onnx::OpSchema& schema,
                           const std::vector<ValueType>& types)
{
    StandardAnswer answer;
    answer.outputs.resize(node.outputs.size());
    if (!schema.has_type_and_shape_inference_function())
        return answer;
    Context context(graph, node, types);
    if (!context.isWhole(node))
        return answer;
    try {
        schema.GetTypeAndShapeInferenceFunction()(context);
    } catch (const onnx::InferenceError& error) {
        answer.refusal = error.what();
        // It is not the node that is at fault when nothing is known of what it reads.
        if (context.lacksTypeOf(node) && answer.refusal.find("is null") != std::string::npos)
            answer.refusal.clear();
        for (const char* kind : {"[ShapeInferenceError] ", "[TypeInferenceError] "})
            if (answer.refusal.starts_with(kind))
                answer.refusal.erase(0, std::string_view(kind).size());
        return answer;
    } catch (const std::exception&) {
        return answer; // it lost its way, which says nothing of the node
    }
    for (std::size_t i = 0; i < answer.outputs.size(); ++i)
        answer.outputs[i] = typeFromProto(context.outputs()[i]);
    return answer;
}

} // namespace orrery::formats
