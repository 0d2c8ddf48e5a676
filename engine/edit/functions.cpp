// SPDX-License-Identifier: Apache-2.0
//
// Nodes ⇄ function. What the nodes read from elsewhere becomes the function's inputs, constants included;
// what others read of them its outputs. The other way, the body's inputs become what the call reads, its
// outputs what the call makes, and references to the function's attributes what the call gives for them.
#include "engine/base/text.h"
#include "engine/edit/actions.h"
#include "engine/edit/border.h"
#include "engine/edit/subgraph_copy.h"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_set>

namespace orrery::edit {
namespace {

using graph::Graph;
using graph::Node;

class Grouping {
public:
    Grouping(const graph::Model& model, Border border)
        : m_model(model)
        , m_graph(model.graph)
        , m_border(std::move(border))
    {}

    Result<graph::Edit> run(const std::string& name, const std::string& domain)
    {
        graph::Function function;
        function.name = name;
        function.domain = domain;
        function.opsets = m_model.opsets;
        function.body = TRY(makeBody());

        Builder builder(m_model);
        for (NodeId id : m_border.nodes)
            builder.add(graph::RemoveNode{id});
        builder.add(graph::AddFunction{std::move(function)});
        Node call;
        call.opType = name;
        call.domain = domain;
        call.name = builder.names().takeForNode(name);
        call.region = m_border.region;
        call.inputs = m_border.read;
        call.outputs = m_border.outputs;
        builder.addNode(std::move(call), m_border.place);
        builder.dropValues(m_border.inner);
        if (m_model.opsetVersion(domain) == 0) {
            std::vector<graph::OpsetImport> opsets = m_model.opsets;
            opsets.push_back({domain, 1});
            builder.add(graph::SetOpsets{std::move(opsets)});
        }
        return std::move(builder).group("Group as function " + displayText(name, 60));
    }

private:
    Result<Graph> makeBody() const
    {
        graph::Model body;
        Builder builder(body);
        SubgraphCopy copy(builder, m_graph, body.graph.mainRegion());
        for (ValueId id : m_border.read) {
            const graph::Value& value = m_graph.value(id);
            ValueId input =
                builder.addValue(body.graph.mainRegion(), builder.names().takeForValue(value.name));
            builder.add(
                graph::InsertInList{body.graph.mainRegion(), graph::ValueList::Inputs, graph::atEnd, input});
            copy.map(id, input);
        }
        TRY(copy.copyNodes(m_border.nodes));
        for (ValueId id : m_border.outputs)
            builder.add(graph::InsertInList{body.graph.mainRegion(), graph::ValueList::Outputs, graph::atEnd,
                                            copy.mapped(id)});
        TRY(graph::apply(body, std::move(builder).group({})));
        return std::move(body.graph);
    }

    const graph::Model& m_model;
    const Graph& m_graph;
    const Border m_border;
};

Result<bool> resolveReference(const graph::Function& function, const Node& call, graph::Attribute& attribute)
{
    if (attribute.reference.empty())
        return true;
    const graph::Attribute* given = call.attribute(attribute.reference);
    for (const graph::Attribute& fallback : function.attributeDefaults)
        if (given == nullptr && fallback.name == attribute.reference)
            given = &fallback;
    if (given == nullptr)
        return false;
    if (std::holds_alternative<RegionId>(given->value) ||
        std::holds_alternative<std::vector<RegionId>>(given->value))
        return Error{ErrorCode::Unsupported,
                     "a body that the call gives as an attribute cannot be inlined with the function",
                     call.displayName()};
    attribute.value = given->value;
    attribute.reference = given->reference;
    return true;
}

// Operator sets that the body was written for and the model does not have.
Result<void> checkImports(const graph::Model& model, const graph::Function& function, const Node& call)
{
    for (NodeId id : function.body.liveNodes()) {
        const Node& node = function.body.node(id);
        for (const graph::OpsetImport& import : function.opsets)
            if (import.domain == node.domain && import.version != model.opsetVersion(node.domain) &&
                model.findFunction(node.domain, node.opType, node.overload) == nullptr)
                return refused(
                    fmt::format("the function is written for version {} of {}, the model imports {}; "
                                "convert one of them first",
                                import.version,
                                import.domain.empty() ? std::string("ai.onnx")
                                                      : displayText(import.domain, 80),
                                model.opsetVersion(node.domain)),
                    call.displayName());
    }
    return {};
}

} // namespace

Result<graph::Edit> groupAsFunction(const graph::Model& model, const std::set<NodeId>& nodes,
                                    const std::string& name, const std::string& domain)
{
    Border border = TRY(borderOf(model.graph, nodes));
    if (name.empty() || domain.empty() || domain == "ai.onnx")
        return refused("a function needs a name and a domain of its own");
    if (model.findFunction(domain, name) != nullptr)
        return refused("the model has a function \"" + displayText(name, 80) + "\" already");
    TRY(checkConvex(model.graph, border));
    return Grouping(model, std::move(border)).run(name, domain);
}

Result<graph::Edit> inlineFunction(const graph::Model& model, NodeId id)
{
    const Graph& graph = model.graph;
    TRY(needNode(graph, id));
    const Node& call = graph.node(id);
    const graph::Function* function = model.findFunction(call.domain, call.opType, call.overload);
    if (function == nullptr)
        return refused("it calls no function of the model", call.displayName());
    if (!call.regions().empty())
        return refused("it gives a body to the function, which cannot be inlined", call.displayName());
    const graph::Region& body = function->body.main();
    if (call.outputs.size() > body.outputs.size() || call.inputs.size() > body.inputs.size())
        return refused(fmt::format("the function has {} inputs and {} outputs, the call {} and {}",
                                   body.inputs.size(), body.outputs.size(), call.inputs.size(),
                                   call.outputs.size()),
                       call.displayName());
    TRY(checkImports(model, *function, call));
    Builder builder(model);
    SubgraphCopy copy(builder, function->body, call.region);
    copy.setPrefix(call.displayName() + "/");
    copy.setResolve([&](const Node&, graph::Attribute& attribute) {
        return resolveReference(*function, call, attribute);
    });
    for (std::size_t i = 0; i < body.inputs.size(); ++i)
        copy.map(body.inputs[i], i < call.inputs.size() ? call.inputs[i] : ValueId());
    std::unordered_set<ValueId> given(body.inputs.begin(), body.inputs.end());
    std::vector<std::pair<ValueId, ValueId>> handedOn; // body's value → the call's output
    for (std::size_t i = 0; i < call.outputs.size(); ++i) {
        if (!call.outputs[i].valid())
            continue;
        if (given.insert(body.outputs[i]).second && function->body.value(body.outputs[i]).producer.valid())
            copy.map(body.outputs[i], call.outputs[i]);
        else
            handedOn.emplace_back(body.outputs[i], call.outputs[i]);
    }
    std::uint32_t place = positionOf(graph, id);
    builder.add(graph::RemoveNode{id});
    TRY(copy.copyNodes(body.nodes, place));
    place += static_cast<std::uint32_t>(body.nodes.size());
    for (auto [from, to] : handedOn) {
        ValueId source = copy.mapped(from);
        if (!source.valid())
            return refused("the function does not make output " + valueText(graph.value(to)),
                           call.displayName());
        Node identity;
        identity.opType = "Identity";
        identity.name = builder.names().takeForNode(call.displayName() + "/identity");
        identity.region = call.region;
        identity.inputs = {source};
        identity.outputs = {to};
        builder.addNode(std::move(identity), place++);
    }
    return std::move(builder).group("Inline " + call.displayName());
}

} // namespace orrery::edit
