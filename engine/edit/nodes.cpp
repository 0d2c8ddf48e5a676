// SPDX-License-Identifier: Apache-2.0
#include "engine/base/text.h"
#include "engine/edit/actions.h"
#include "engine/edit/builder.h"
#include "engine/graph/order.h"

#include <fmt/format.h>

#include <algorithm>

namespace orrery::edit {
namespace {

using graph::Graph;
using graph::Node;

std::string lowerCase(std::string text)
{
    std::transform(text.begin(), text.end(), text.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return text;
}

Node makeNode(Builder& builder, const NewNode& wish, RegionId region)
{
    Node node;
    node.opType = wish.opType;
    node.domain = wish.domain;
    node.attributes = wish.attributes;
    node.name = builder.names().takeForNode(wish.name.empty() ? lowerCase(wish.opType) : wish.name);
    node.inputs = wish.inputs;
    node.region = region;
    for (std::size_t i = 0; i < wish.outputs; ++i)
        node.outputs.push_back(builder.addValue(
            region, builder.names().takeForValue(i == 0 ? node.name + "_out"
                                                        : fmt::format("{}_out{}", node.name, i))));
    return node;
}

Result<void> check(const NewNode& wish)
{
    if (wish.opType.empty())
        return refused("a node needs an operator");
    return {};
}

// What the new node gets in its input 0, the other wishes behind it.
void setFirstInput(Node& node, ValueId value)
{
    if (node.inputs.empty())
        node.inputs.push_back(value);
    else
        node.inputs[0] = value;
}

std::string shownOperator(const std::string& opType) { return displayText(opType, 60); }

Result<graph::Edit> insertBeforeNode(const graph::Model& model, const Edge& edge, const NewNode& wish)
{
    const Graph& graph = model.graph;
    TRY(needNode(graph, edge.node));
    const Node& reader = graph.node(edge.node);
    if (edge.slot >= reader.inputs.size() || !reader.inputs[edge.slot].valid())
        return refused(fmt::format("its input {} is not connected", edge.slot), reader.displayName());
    Builder builder(model);
    Node node = makeNode(builder, wish, reader.region);
    setFirstInput(node, reader.inputs[edge.slot]);
    ValueId output = node.outputs.front();
    builder.addNode(std::move(node), positionOf(graph, edge.node));
    builder.add(graph::Connect{edge.node, edge.slot, output});
    return std::move(builder).group("Insert " + shownOperator(wish.opType));
}

// The output keeps its name: the new node makes it, and who made it makes another value, which all readers
// get.
Result<graph::Edit> insertBeforeOutput(const graph::Model& model, const Edge& edge, const NewNode& wish)
{
    const Graph& graph = model.graph;
    if (!edge.region.valid() || edge.region.index() >= graph.regionSlots() ||
        !graph.region(edge.region).alive || edge.slot >= graph.region(edge.region).outputs.size())
        return refused(fmt::format("there is no graph output in place {}", edge.slot));
    const graph::Region& region = graph.region(edge.region);
    ValueId id = region.outputs[edge.slot];
    const graph::Value& value = graph.value(id);
    Builder builder(model);
    auto listed = std::count(region.outputs.begin(), region.outputs.end(), id);
    if (!value.producer.valid() || value.region != edge.region || listed > 1) {
        Node node = makeNode(builder, wish, edge.region);
        setFirstInput(node, id);
        ValueId output = node.outputs.front();
        builder.addNode(std::move(node));
        builder.add(graph::EraseFromList{edge.region, graph::ValueList::Outputs, edge.slot});
        builder.add(graph::InsertInList{edge.region, graph::ValueList::Outputs, edge.slot, output});
        return std::move(builder).group("Insert " + shownOperator(wish.opType));
    }
    const Node& maker = graph.node(value.producer);
    ValueId before = builder.addValue(edge.region, builder.names().takeForValue(value.name + "_in"));
    std::vector<ValueId> outputs = maker.outputs;
    std::replace(outputs.begin(), outputs.end(), id, before);
    builder.add(graph::SetOutputs{maker.id, std::move(outputs)});
    graph::UseIndex uses(graph);
    for (const graph::Use& use : uses.uses(id))
        if (use.node.valid())
            builder.add(graph::Connect{use.node, use.slot, before});
    NewNode one = wish;
    one.outputs = wish.outputs > 0 ? wish.outputs - 1 : 0;
    Node node = makeNode(builder, one, edge.region);
    node.outputs.insert(node.outputs.begin(), id);
    setFirstInput(node, before);
    builder.addNode(std::move(node));
    return std::move(builder).group("Insert " + shownOperator(wish.opType));
}

} // namespace

Result<graph::Edit> addNode(const graph::Model& model, RegionId region, const NewNode& wish)
{
    TRY(check(wish));
    Builder builder(model);
    builder.addNode(makeNode(builder, wish, region));
    return std::move(builder).group("Add " + shownOperator(wish.opType));
}

Result<graph::Edit> insertOnEdge(const graph::Model& model, const Edge& edge, const NewNode& wish)
{
    TRY(check(wish));
    if (wish.outputs == 0)
        return refused("an operator without outputs cannot stand on an edge", wish.opType);
    return edge.node.valid() ? insertBeforeNode(model, edge, wish) : insertBeforeOutput(model, edge, wish);
}

Result<graph::Edit> insertAfter(const graph::Model& model, ValueId id, const NewNode& wish)
{
    TRY(check(wish));
    const Graph& graph = model.graph;
    TRY(needValue(graph, id));
    if (wish.outputs == 0)
        return refused("an operator without outputs cannot stand on an edge", wish.opType);
    const graph::Value& value = graph.value(id);
    std::uint32_t output = positionIn(graph.region(value.region).outputs, id);
    if (output != graph::atEnd && value.producer.valid())
        return insertBeforeOutput(model, {NodeId(), value.region, output}, wish);
    Builder builder(model);
    Node node = makeNode(builder, wish, value.region);
    setFirstInput(node, id);
    ValueId made = node.outputs.front();
    builder.addNode(std::move(node),
                    value.producer.valid() ? positionOf(graph, value.producer) + 1 : std::uint32_t{0});
    builder.replaceUses(id, made);
    return std::move(builder).group("Insert " + shownOperator(wish.opType));
}

Result<graph::Edit> bypass(const graph::Model& model, NodeId id, std::size_t input)
{
    const Graph& graph = model.graph;
    TRY(needNode(graph, id));
    const Node& node = graph.node(id);
    if (input >= node.inputs.size() || !node.inputs[input].valid())
        return refused(fmt::format("its input {} is not connected, so nothing can be passed on", input),
                       node.displayName());
    if (node.outputs.empty() || !node.outputs.front().valid())
        return refused("it has no first output that could be passed on", node.displayName());
    if (!node.regions().empty())
        return refused("it has a body; delete it with reconnection instead", node.displayName());
    graph::UseIndex uses(graph);
    std::vector<ValueId> dropped;
    for (std::size_t i = 1; i < node.outputs.size(); ++i) {
        if (!node.outputs[i].valid())
            continue;
        if (!uses.uses(node.outputs[i]).empty())
            return refused("its output " + valueText(graph.value(node.outputs[i])) + " is read, too",
                           node.displayName());
        dropped.push_back(node.outputs[i]);
    }
    Builder builder(model);
    builder.setAttributes(id, {});
    graph::NodeFields fields = graph::fieldsOf(node);
    fields.opType = "Identity";
    fields.domain.clear();
    fields.overload.clear();
    fields.opsetVersion = 0;
    builder.add(graph::SetNodeFields{id, std::move(fields)});
    builder.add(graph::SetInputs{id, {node.inputs[input]}});
    builder.add(graph::SetOutputs{id, {node.outputs.front()}});
    builder.dropValues(dropped);
    return std::move(builder).group("Bypass " + node.displayName());
}

Result<graph::Edit> replaceOperator(const graph::Model& model, NodeId id, const std::string& opType,
                                    const std::string& domain, std::vector<graph::Attribute> attributes)
{
    const Graph& graph = model.graph;
    TRY(needNode(graph, id));
    if (opType.empty())
        return refused("a node needs an operator", graph.node(id).displayName());
    if (!graph.node(id).regions().empty())
        return refused("it has a body, which another operator does not know", graph.node(id).displayName());
    Builder builder(model);
    graph::NodeFields fields = graph::fieldsOf(graph.node(id));
    fields.opType = opType;
    fields.domain = domain;
    fields.overload.clear();
    builder.add(graph::SetNodeFields{id, std::move(fields)});
    builder.setAttributes(id, std::move(attributes));
    return std::move(builder).group("Replace " + shownOperator(graph.node(id).opType) + " by " +
                                    shownOperator(opType));
}

std::vector<const ops::OpSpec*> compatibleOperators(const graph::Model& model, NodeId id,
                                                    const ops::OpRegistry& ops)
{
    std::vector<const ops::OpSpec*> found;
    if (!model.graph.contains(id))
        return found;
    const Node& node = model.graph.node(id);
    std::int64_t version = model.opsetVersion("");
    const ops::OpSpec* own = ops.find(node.domain, node.opType);
    for (const ops::OpSpec& spec : ops.all())
        if (spec.domain != "orrery" && spec.control == ops::Control::None && &spec != own &&
            node.inputs.size() >= spec.minInputs && node.inputs.size() <= spec.maxInputs &&
            node.outputs.size() >= spec.minOutputs && node.outputs.size() <= spec.maxOutputs &&
            (!spec.domain.empty() || version == 0 || version >= spec.firstVersion))
            found.push_back(&spec);
    std::stable_partition(found.begin(), found.end(), [&](const ops::OpSpec* spec) {
        return own != nullptr && spec->category == own->category;
    });
    return found;
}

Result<graph::Edit> renameNode(const graph::Model& model, NodeId id, const std::string& name)
{
    const Graph& graph = model.graph;
    TRY(needNode(graph, id));
    for (NodeId other : graph.liveNodes())
        if (other != id && !name.empty() && graph.node(other).name == name)
            return refused("another node is named \"" + displayText(name, 200) + "\" already",
                           graph.node(id).displayName());
    graph::NodeFields fields = graph::fieldsOf(graph.node(id));
    fields.name = name;
    return graph::Edit(graph::Group{"Rename node", {graph::SetNodeFields{id, std::move(fields)}}});
}

Result<graph::Edit> setAttribute(const graph::Model& model, NodeId id, const std::string& name,
                                 graph::AttributeValue value)
{
    const Graph& graph = model.graph;
    TRY(needNode(graph, id));
    const Node& node = graph.node(id);
    std::uint32_t place = 0;
    while (place < node.attributes.size() && node.attributes[place].name != name)
        ++place;
    bool known = place < node.attributes.size();
    bool removed = std::holds_alternative<std::monostate>(value);
    if (removed && !known)
        return refused("it has no attribute \"" + displayText(name, 80) + "\"", node.displayName());
    Builder builder(model);
    if (removed) {
        builder.add(graph::EraseAttribute{id, place});
        return std::move(builder).group("Remove attribute " + displayText(name, 80));
    }
    graph::Attribute attribute = known ? node.attributes[place] : makeAttribute(name, {});
    attribute.value = std::move(value);
    attribute.reference.clear();
    if (known)
        builder.add(graph::ReplaceAttribute{id, place, std::move(attribute)});
    else
        builder.add(graph::InsertAttribute{id, graph::atEnd, std::move(attribute)});
    return std::move(builder).group("Set attribute " + displayText(name, 80));
}

Result<graph::Edit> sortNodes(const graph::Model& model, RegionId id)
{
    const Graph& graph = model.graph;
    if (!id.valid() || id.index() >= graph.regionSlots() || !graph.region(id).alive)
        return refused("there is no such graph");
    std::vector<NodeId> order = TRY(graph::topologicalOrder(graph, id));
    std::vector<NodeId> now = graph.region(id).nodes;
    Builder builder(model);
    for (std::size_t i = 0; i < order.size(); ++i) {
        if (now[i] == order[i])
            continue;
        now.erase(std::find(now.begin() + static_cast<std::ptrdiff_t>(i), now.end(), order[i]));
        now.insert(now.begin() + static_cast<std::ptrdiff_t>(i), order[i]);
        builder.add(graph::MoveNode{order[i], static_cast<std::uint32_t>(i)});
    }
    return std::move(builder).group("Sort nodes");
}

Result<graph::Edit> nameUnnamed(const graph::Model& model)
{
    const Graph& graph = model.graph;
    Builder builder(model);
    for (NodeId id : graph.liveNodes())
        if (graph.node(id).name.empty()) {
            graph::NodeFields fields = graph::fieldsOf(graph.node(id));
            fields.name = builder.names().takeForNode(lowerCase(fields.opType));
            builder.add(graph::SetNodeFields{id, std::move(fields)});
        }
    for (std::size_t i = 0; i < graph.valueSlots(); ++i)
        if (const graph::Value& value = graph.value(ValueId(i)); value.alive && value.name.empty())
            builder.add(graph::SetValueName{value.id, builder.names().takeForValue({})});
    return std::move(builder).group("Name what has no name");
}

} // namespace orrery::edit
