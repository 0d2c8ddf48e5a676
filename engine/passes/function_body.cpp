// SPDX-License-Identifier: Apache-2.0
#include "engine/passes/function_body.h"

#include <fmt/format.h>

#include <unordered_map>

namespace orrery::passes {
namespace {

using graph::Attribute;
using graph::Graph;
using graph::Node;

constexpr std::size_t nodeBudget = 1'000'000;
constexpr std::size_t roundLimit = 64; // nesting of calls

class CallReplacer {
public:
    CallReplacer(graph::Model& model, const graph::Function& function, NodeId call)
        : m_graph(model.graph)
        , m_model(model)
        , m_function(function)
        , m_callId(call)
        , m_call(model.graph.node(call))
    {
        const graph::Region& body = m_function.body.main();
        for (std::size_t i = 0; i < body.inputs.size(); ++i)
            m_values[body.inputs[i]] = i < m_call.inputs.size() ? m_call.inputs[i] : ValueId();
    }

    Result<void> inlineBody()
    {
        const graph::Region& body = m_function.body.main();
        for (std::size_t i = 0; i < body.outputs.size() && i < m_call.outputs.size(); ++i)
            m_outputs[body.outputs[i]] = m_call.outputs[i];
        m_home = m_call.region;
        TRY(copyRegion(body, m_home));
        // An output that the body hands through, or computes once for two outputs, needs a node of its own.
        for (std::size_t i = 0; i < body.outputs.size() && i < m_call.outputs.size(); ++i) {
            ValueId target = m_call.outputs[i];
            ValueId source = body.outputs[i].valid() ? mapped(body.outputs[i], m_call.region) : ValueId();
            if (!target.valid() || source == target)
                continue;
            if (!source.valid())
                return Error{ErrorCode::BadModel,
                             fmt::format("function {} does not compute its output {}", m_function.name, i),
                             m_call.displayName()};
            Node identity;
            identity.opType = "Identity";
            identity.inputs = {source};
            identity.outputs = {target};
            identity.origins = m_call.origins;
            m_graph.addNode(m_call.region, std::move(identity), m_callId);
        }
        for (ValueId output : m_call.outputs)
            if (output.valid() && m_graph.value(output).producer == m_callId)
                return Error{
                    ErrorCode::BadModel,
                    fmt::format("function {} has fewer outputs than its call asks for", m_function.name),
                    m_call.displayName()};
        m_graph.removeNode(m_callId);
        return {};
    }

    Result<void> hangBody()
    {
        const graph::Region& body = m_function.body.main();
        m_home = m_graph.addRegion(m_callId, "body");
        m_before = NodeId();
        m_graph.region(m_home).name = m_function.name;
        TRY(copyRegion(body, m_home));
        if (m_call.outputs.size() > body.outputs.size())
            return Error{ErrorCode::BadModel,
                         fmt::format("function {} has fewer outputs than its call asks for", m_function.name),
                         m_call.displayName()};
        if (!m_call.regions().empty())
            return Error{ErrorCode::Unsupported,
                         fmt::format("function {} is called with a graph as an attribute", m_function.name),
                         m_call.displayName()};
        std::vector<ValueId> outputs;
        for (std::size_t i = 0; i < m_call.outputs.size(); ++i) {
            if (!m_call.outputs[i].valid())
                continue; // nobody asks for it
            ValueId output = body.outputs[i].valid() ? mapped(body.outputs[i], m_home) : ValueId();
            if (!output.valid())
                return Error{ErrorCode::BadModel,
                             fmt::format("function {} does not compute its output {}", m_function.name, i),
                             m_call.displayName()};
            outputs.push_back(m_call.outputs[i]);
            m_graph.region(m_home).outputs.push_back(output);
        }
        Node& call = m_graph.node(m_callId);
        call.outputs = std::move(outputs);
        call.attributes.clear();
        call.setAttribute("body", m_home);
        call.setAttribute("function",
                          (m_call.domain.empty() ? std::string() : m_call.domain + ".") + m_call.opType);
        call.domain = "orrery";
        call.opType = "Call";
        call.overload.clear();
        call.opsetVersion = 1;
        return {};
    }

private:
    ValueId mapped(ValueId inner, RegionId home)
    {
        if (auto known = m_values.find(inner); known != m_values.end())
            return known->second;
        if (auto output = m_outputs.find(inner); output != m_outputs.end())
            return m_values[inner] = output->second;
        const graph::Value& value = m_function.body.value(inner);
        ValueId copy =
            m_graph.addValue(home, fmt::format("{}/{}", m_call.displayName(), value.name), value.type);
        if (value.initializer) {
            m_graph.value(copy).initializer = value.initializer;
            m_graph.region(home).initializers.push_back(copy);
        }
        return m_values[inner] = copy;
    }

    Result<void> copyRegion(const graph::Region& from, RegionId to)
    {
        for (NodeId id : from.nodes)
            TRY(copyNode(m_function.body.node(id), to));
        return {};
    }

    Result<void> copyNode(const Node& inner, RegionId to)
    {
        if (m_graph.nodeSlots() > nodeBudget)
            return Error{ErrorCode::LimitReached,
                         fmt::format("inlining functions makes more than {} nodes", nodeBudget),
                         m_call.displayName()};
        Node copy = inner;
        copy.name =
            fmt::format("{}/{}", m_call.displayName(), inner.name.empty() ? inner.opType : inner.name);
        copy.origins = m_call.origins;
        for (const graph::OpsetImport& opset : m_function.opsets)
            if (opset.domain == inner.domain && opset.version != m_model.opsetVersion(inner.domain))
                copy.opsetVersion = opset.version;
        for (ValueId& input : copy.inputs)
            input = input.valid() ? mapped(input, to) : input;
        for (ValueId& output : copy.outputs)
            output = output.valid() ? mapped(output, to) : output;
        copy.attributes.clear();
        std::vector<std::pair<RegionId, std::string>> bodies;
        for (const Attribute& attribute : inner.attributes) {
            Attribute resolved = attribute;
            if (!attribute.reference.empty() && !resolve(resolved))
                continue; // an optional attribute that the call leaves out
            bool isList = std::holds_alternative<std::vector<RegionId>>(resolved.value);
            auto* region = std::get_if<RegionId>(&resolved.value);
            if (isList || (region != nullptr && !attribute.reference.empty()))
                return Error{ErrorCode::Unsupported,
                             fmt::format("function {}: attribute {} of {} is {}", m_function.name,
                                         attribute.name, inner.displayName(),
                                         isList ? "a list of graphs" : "a graph of the caller"),
                             m_call.displayName()};
            if (region != nullptr)
                bodies.emplace_back(*region, resolved.name);
            copy.attributes.push_back(std::move(resolved));
        }
        NodeId id = m_graph.addNode(to, std::move(copy), to == m_home ? m_before : NodeId());
        for (auto& [region, name] : bodies) {
            const graph::Region& body = m_function.body.region(region);
            RegionId target = m_graph.addRegion(id, name);
            m_graph.region(target).name = body.name;
            for (ValueId input : body.inputs) {
                ValueId copied = mapped(input, target);
                m_graph.region(target).inputs.push_back(copied);
            }
            TRY(copyRegion(body, target));
            for (ValueId output : body.outputs) {
                ValueId copied = output.valid() ? mapped(output, target) : ValueId();
                m_graph.region(target).outputs.push_back(copied);
            }
            m_graph.node(id).setAttribute(name, target);
        }
        return {};
    }

    bool resolve(Attribute& attribute) const
    {
        const Attribute* given = m_call.attribute(attribute.reference);
        if (given == nullptr)
            for (const Attribute& fallback : m_function.attributeDefaults)
                if (fallback.name == attribute.reference)
                    given = &fallback;
        if (given == nullptr)
            return false;
        attribute.value = given->value;
        attribute.reference = given->reference;
        return true;
    }

    Graph& m_graph;
    const graph::Model& m_model;
    const graph::Function& m_function;
    NodeId m_callId;
    RegionId m_home;            // where the body goes
    NodeId m_before = m_callId; // in front of what
    const Node m_call;          // a copy: adding nodes moves the original
    std::unordered_map<ValueId, ValueId> m_values;
    std::unordered_map<ValueId, ValueId> m_outputs;
};

} // namespace

Result<std::size_t> replaceCalls(graph::Model& model, CallForm form)
{
    std::size_t replaced = 0;
    if (model.functions.empty())
        return replaced;
    for (std::size_t round = 0;; ++round) {
        std::vector<NodeId> calls;
        for (NodeId id : model.graph.liveNodes()) {
            const Node& node = model.graph.node(id);
            if (model.findFunction(node.domain, node.opType, node.overload) != nullptr)
                calls.push_back(id);
        }
        if (calls.empty())
            return replaced;
        if (round == roundLimit)
            return Error{ErrorCode::BadModel,
                         fmt::format("functions call each other more than {} levels deep", roundLimit),
                         model.graph.node(calls.front()).displayName()};
        for (NodeId id : calls) {
            const Node& node = model.graph.node(id);
            CallReplacer replacer(model, *model.findFunction(node.domain, node.opType, node.overload), id);
            TRY(form == CallForm::Inlined ? replacer.inlineBody() : replacer.hangBody());
            ++replaced;
        }
    }
}

} // namespace orrery::passes
