// SPDX-License-Identifier: Apache-2.0
//
// Nodes ⇄ function. What the nodes read from elsewhere becomes the function's inputs, constants included;
// what others read of them its outputs. The other way, the body's inputs become what the call reads, its
// outputs what the call makes, and references to the function's attributes what the call gives for them.
#include "engine/base/text.h"
#include "engine/edit/actions.h"
#include "engine/edit/subgraph_copy.h"
#include "engine/graph/order.h"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_set>

namespace orrery::edit {
namespace {

using graph::Graph;
using graph::Node;

class Grouping {
public:
    Grouping(const graph::Model& model, const std::set<NodeId>& nodes)
        : m_model(model)
        , m_graph(model.graph)
        , m_nodes(nodes)
    {}

    Result<graph::Edit> run(const std::string& name, const std::string& domain)
    {
        TRY(choose());
        findBorder();
        TRY(checkConvex());
        graph::Function function;
        function.name = name;
        function.domain = domain;
        function.opsets = m_model.opsets;
        function.body = TRY(makeBody());

        Builder builder(m_model);
        for (NodeId id : m_chosen)
            builder.add(graph::RemoveNode{id});
        builder.add(graph::AddFunction{std::move(function)});
        Node call;
        call.opType = name;
        call.domain = domain;
        call.name = builder.names().takeForNode(name);
        call.region = m_region;
        call.inputs = m_read;
        call.outputs = m_outputs;
        builder.addNode(std::move(call), m_place);
        std::vector<ValueId> inner;
        for (ValueId id : m_made)
            if (std::find(m_outputs.begin(), m_outputs.end(), id) == m_outputs.end())
                inner.push_back(id);
        builder.dropValues(inner);
        if (m_model.opsetVersion(domain) == 0) {
            std::vector<graph::OpsetImport> opsets = m_model.opsets;
            opsets.push_back({domain, 1});
            builder.add(graph::SetOpsets{std::move(opsets)});
        }
        return std::move(builder).group("Group as function " + displayText(name, 60));
    }

private:
    Result<void> choose()
    {
        for (NodeId id : m_nodes)
            TRY(needNode(m_graph, id));
        m_region = m_graph.node(*m_nodes.begin()).region;
        for (NodeId id : m_graph.region(m_region).nodes) {
            if (m_nodes.count(id) != 0)
                m_chosen.push_back(id);
            else if (m_chosen.size() < m_nodes.size())
                ++m_place; // of the call: where the last of them was
        }
        if (m_chosen.size() != m_nodes.size())
            return refused("the nodes lie in different graphs; choose those of one");
        return {};
    }

    void findBorder()
    {
        std::unordered_set<ValueId> made, seen, readOutside;
        for (NodeId id : m_chosen)
            for (ValueId output : m_graph.node(id).outputs)
                if (output.valid()) {
                    made.insert(output);
                    m_made.push_back(output);
                }
        for (NodeId id : m_chosen)
            for (ValueId value : graph::valuesRead(m_graph, id))
                if (made.count(value) == 0 && seen.insert(value).second)
                    m_read.push_back(value);
        for (NodeId id : m_graph.region(m_region).nodes)
            if (m_nodes.count(id) == 0)
                for (ValueId value : graph::valuesRead(m_graph, id))
                    readOutside.insert(value);
        const auto& outputs = m_graph.region(m_region).outputs;
        readOutside.insert(outputs.begin(), outputs.end());
        for (ValueId value : m_made)
            if (readOutside.count(value) != 0)
                m_outputs.push_back(value);
        if (m_outputs.empty()) { // nothing reads them: what they do not read of each other
            std::unordered_set<ValueId> inside;
            for (NodeId id : m_chosen)
                for (ValueId value : graph::valuesRead(m_graph, id))
                    inside.insert(value);
            for (ValueId value : m_made)
                if (inside.count(value) == 0)
                    m_outputs.push_back(value);
        }
    }

    // Nothing that they read may depend on them by way of a node that is left out.
    Result<void> checkConvex() const
    {
        std::vector<ValueId> open = m_read;
        std::unordered_set<NodeId> seen;
        while (!open.empty()) {
            NodeId maker = m_graph.value(open.back()).producer;
            open.pop_back();
            if (!maker.valid() || m_graph.node(maker).region != m_region || !seen.insert(maker).second)
                continue;
            if (m_nodes.count(maker) != 0)
                return refused("what is between the chosen nodes must be chosen, too: another node reads its "
                               "output, and one of them depends on that",
                               m_graph.node(maker).displayName());
            auto read = graph::valuesRead(m_graph, maker);
            open.insert(open.end(), read.begin(), read.end());
        }
        return {};
    }

    Result<Graph> makeBody() const
    {
        graph::Model body;
        Builder builder(body);
        SubgraphCopy copy(builder, m_graph, body.graph.mainRegion());
        for (ValueId id : m_read) {
            const graph::Value& value = m_graph.value(id);
            ValueId input =
                builder.addValue(body.graph.mainRegion(), builder.names().takeForValue(value.name));
            builder.add(
                graph::InsertInList{body.graph.mainRegion(), graph::ValueList::Inputs, graph::atEnd, input});
            copy.map(id, input);
        }
        TRY(copy.copyNodes(m_chosen));
        for (ValueId id : m_outputs)
            builder.add(graph::InsertInList{body.graph.mainRegion(), graph::ValueList::Outputs, graph::atEnd,
                                            copy.mapped(id)});
        TRY(graph::apply(body, std::move(builder).group({})));
        return std::move(body.graph);
    }

    const graph::Model& m_model;
    const Graph& m_graph;
    const std::set<NodeId>& m_nodes;
    RegionId m_region;
    std::vector<NodeId> m_chosen; // in the region's order
    std::uint32_t m_place = 0;
    std::vector<ValueId> m_read, m_made, m_outputs;
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
    if (nodes.empty())
        return refused("no node is chosen");
    if (name.empty() || domain.empty() || domain == "ai.onnx")
        return refused("a function needs a name and a domain of its own");
    if (model.findFunction(domain, name) != nullptr)
        return refused("the model has a function \"" + displayText(name, 80) + "\" already");
    return Grouping(model, nodes).run(name, domain);
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
