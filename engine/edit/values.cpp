// SPDX-License-Identifier: Apache-2.0
#include "engine/base/text.h"
#include "engine/edit/actions.h"
#include "engine/edit/builder.h"
#include "engine/edit/storage.h"
#include "engine/graph/order.h"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_set>

namespace orrery::edit {
namespace {

using graph::Graph;
using graph::Node;

constexpr std::size_t slotLimit = 65'536;

// The node of the value's region that holds the reader, or is it.
NodeId holderIn(const Graph& graph, NodeId reader, RegionId region)
{
    for (std::size_t steps = 0; reader.valid() && steps <= graph.regionSlots(); ++steps) {
        if (graph.node(reader).region == region)
            return reader;
        reader = graph.region(graph.node(reader).region).parent;
    }
    return {};
}

// Whether `from` needs, through any number of steps, what `target` makes.
bool dependsOn(const Graph& graph, NodeId from, NodeId target)
{
    std::vector<NodeId> open{from};
    std::unordered_set<NodeId> seen{from};
    while (!open.empty()) {
        NodeId id = open.back();
        open.pop_back();
        if (id == target)
            return true;
        for (ValueId value : graph::valuesRead(graph, id)) {
            NodeId maker = graph.value(value).producer;
            if (maker.valid() && graph.node(maker).region == graph.node(id).region &&
                seen.insert(maker).second)
                open.push_back(maker);
        }
    }
    return false;
}

Result<void> needRegion(const Graph& graph, RegionId id)
{
    if (!id.valid() || id.index() >= graph.regionSlots() || !graph.region(id).alive)
        return refused("there is no such graph");
    return {};
}

// A name that no other value has that could be meant in its place: in the same region, around it or inside of
// it.
Result<void> checkFreeName(const Graph& graph, RegionId region, const std::string& name, ValueId except = {})
{
    for (std::size_t i = 0; i < graph.valueSlots(); ++i) {
        const graph::Value& other = graph.value(ValueId(i));
        if (other.alive && other.id != except && other.name == name &&
            (graph::inScope(graph, region, other.region) || graph::inScope(graph, other.region, region)))
            return refused("another value is named \"" + displayText(name, 200) + "\" already");
    }
    return {};
}

bool isUsed(const Graph& graph, ValueId id)
{
    graph::UseIndex uses(graph);
    if (!uses.uses(id).empty() || graph.value(id).producer.valid())
        return true;
    for (const graph::Root& root : graph.roots())
        for (auto* list : {&root.inputs, &root.outputs})
            if (std::find(list->begin(), list->end(), id) != list->end())
                return true;
    return false;
}

} // namespace

Result<void> canConnect(const graph::Model& model, NodeId id, std::size_t slot, ValueId value)
{
    const Graph& graph = model.graph;
    TRY(needNode(graph, id));
    TRY(needValue(graph, value));
    const Node& node = graph.node(id);
    if (slot >= slotLimit)
        return refused(fmt::format("a node cannot have an input {}", slot), node.displayName());
    const graph::Value& source = graph.value(value);
    if (!graph::inScope(graph, node.region, source.region))
        return refused("it cannot read " + valueText(source) +
                           ", which lives in a subgraph that it is not part of",
                       node.displayName());
    NodeId holder = holderIn(graph, id, source.region);
    if (source.producer.valid() && holder.valid() && dependsOn(graph, source.producer, holder))
        return refused("it cannot read " + valueText(source) + ", which depends on it", node.displayName());
    return {};
}

Result<graph::Edit> connect(const graph::Model& model, NodeId id, std::size_t slot, ValueId value)
{
    TRY(canConnect(model, id, slot, value));
    const Node& node = model.graph.node(id);
    Builder builder(model);
    if (slot < node.inputs.size()) {
        builder.add(graph::Connect{id, static_cast<std::uint32_t>(slot), value});
    } else {
        std::vector<ValueId> inputs = node.inputs;
        inputs.resize(slot + 1);
        inputs[slot] = value;
        builder.add(graph::SetInputs{id, std::move(inputs)});
    }
    return std::move(builder).group("Connect " + node.displayName());
}

Result<graph::Edit> disconnect(const graph::Model& model, NodeId id, std::size_t slot)
{
    const Graph& graph = model.graph;
    TRY(needNode(graph, id));
    const Node& node = graph.node(id);
    if (slot >= node.inputs.size() || !node.inputs[slot].valid())
        return refused(fmt::format("its input {} is not connected", slot), node.displayName());
    std::vector<ValueId> inputs = node.inputs;
    inputs[slot] = ValueId();
    while (!inputs.empty() && !inputs.back().valid())
        inputs.pop_back();
    Builder builder(model);
    builder.add(graph::SetInputs{id, std::move(inputs)});
    return std::move(builder).group("Disconnect " + node.displayName());
}

Result<graph::Edit> renameValue(const graph::Model& model, ValueId id, const std::string& name)
{
    const Graph& graph = model.graph;
    TRY(needValue(graph, id));
    if (name.empty())
        return refused("a value needs a name", valueText(graph.value(id)));
    TRY(checkFreeName(graph, graph.value(id).region, name, id));
    Builder builder(model);
    builder.add(graph::SetValueName{id, name});
    return std::move(builder).group("Rename " + displayText(graph.value(id).name, 60) + " to " +
                                    displayText(name, 60));
}

Result<graph::Edit> setType(const graph::Model& model, ValueId id, graph::ValueType type)
{
    const Graph& graph = model.graph;
    TRY(needValue(graph, id));
    const graph::Value& value = graph.value(id);
    Builder builder(model);
    builder.add(graph::SetValueType{id, std::move(type)});
    const graph::Region& region = graph.region(value.region);
    auto listed = [&](const std::vector<ValueId>& list) { return positionIn(list, id) != graph::atEnd; };
    if (!listed(region.inputs) && !listed(region.outputs) && !listed(region.valueInfos) && !value.initializer)
        builder.add(graph::InsertInList{region.id, graph::ValueList::ValueInfos, graph::atEnd, id});
    return std::move(builder).group("Set type of " + displayText(value.name, 60));
}

Result<graph::Edit> addInput(const graph::Model& model, RegionId region, const std::string& name,
                             graph::ValueType type)
{
    TRY(needRegion(model.graph, region));
    Builder builder(model);
    ValueId id = builder.addValue(region, builder.names().takeForValue(name.empty() ? "input" : name),
                                  std::move(type));
    builder.add(graph::InsertInList{region, graph::ValueList::Inputs, graph::atEnd, id});
    return std::move(builder).group("Add input");
}

Result<graph::Edit> removeInput(const graph::Model& model, ValueId id)
{
    const Graph& graph = model.graph;
    TRY(needValue(graph, id));
    const graph::Value& value = graph.value(id);
    std::uint32_t place = positionIn(graph.region(value.region).inputs, id);
    if (place == graph::atEnd)
        return refused("it is no graph input", valueText(value));
    Builder builder(model);
    builder.add(graph::EraseFromList{value.region, graph::ValueList::Inputs, place});
    if (!value.initializer && !isUsed(graph, id))
        builder.dropValues({id});
    return std::move(builder).group("Remove input " + displayText(value.name, 60));
}

Result<graph::Edit> addOutput(const graph::Model& model, RegionId region, ValueId id)
{
    const Graph& graph = model.graph;
    TRY(needRegion(graph, region));
    TRY(needValue(graph, id));
    const graph::Value& value = graph.value(id);
    if (positionIn(graph.region(region).outputs, id) != graph::atEnd)
        return refused("it is a graph output already", valueText(value));
    Builder builder(model);
    builder.add(graph::InsertInList{region, graph::ValueList::Outputs, graph::atEnd, id});
    return std::move(builder).group("Add output " + displayText(value.name, 60));
}

Result<graph::Edit> removeOutput(const graph::Model& model, RegionId region, std::size_t place)
{
    const Graph& graph = model.graph;
    TRY(needRegion(graph, region));
    const auto& outputs = graph.region(region).outputs;
    if (place >= outputs.size())
        return refused(fmt::format("there is no graph output in place {}", place));
    Builder builder(model);
    builder.add(graph::EraseFromList{region, graph::ValueList::Outputs, static_cast<std::uint32_t>(place)});
    return std::move(builder).group("Remove output " + displayText(graph.value(outputs[place]).name, 60));
}

Result<graph::Edit> addInitializer(const graph::Model& model, RegionId region, const std::string& name,
                                   graph::Tensor tensor)
{
    TRY(needRegion(model.graph, region));
    if (!tensor.defined())
        return refused("an initializer needs a tensor of a known type");
    Builder builder(model);
    builder.addConstant(region, builder.names().takeForValue(name.empty() ? "constant" : name),
                        std::move(tensor));
    return std::move(builder).group("Add initializer");
}

Result<graph::Edit> setInitializer(const graph::Model& model, ValueId id, graph::Tensor tensor)
{
    const Graph& graph = model.graph;
    TRY(needValue(graph, id));
    const graph::Value& value = graph.value(id);
    if (value.producer.valid())
        return refused("it is made by " + graph.node(value.producer).displayName() + " and is no constant",
                       valueText(value));
    if (!tensor.defined())
        return refused("an initializer needs a tensor of a known type", valueText(value));
    Builder builder(model);
    graph::ValueType type = graph::ValueType::tensor(tensor.type(), graph::Shape::of(tensor.dims()));
    graph::Initializer initializer = value.initializer.value_or(graph::Initializer());
    initializer.tensor = std::move(tensor);
    // A file beside the model holds the numbers before; what is not there yet goes there with these.
    if (!isToBeStoredBeside(initializer) || !canBeStoredBeside(initializer.tensor))
        initializer.external.reset();
    builder.add(graph::SetInitializer{id, std::move(initializer)});
    if (type != value.type)
        builder.add(graph::SetValueType{id, std::move(type)});
    return std::move(builder).group("Set initializer " + displayText(value.name, 60));
}

Result<graph::Edit> initializerToInput(const graph::Model& model, ValueId id)
{
    const Graph& graph = model.graph;
    TRY(needValue(graph, id));
    const graph::Value& value = graph.value(id);
    if (!value.initializer)
        return refused("it is no initializer", valueText(value));
    Builder builder(model);
    builder.add(graph::SetInitializer{id, std::nullopt});
    if (positionIn(graph.region(value.region).inputs, id) == graph::atEnd)
        builder.add(graph::InsertInList{value.region, graph::ValueList::Inputs, graph::atEnd, id});
    return std::move(builder).group("Make " + displayText(value.name, 60) + " an input");
}

} // namespace orrery::edit
