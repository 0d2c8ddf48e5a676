// SPDX-License-Identifier: Apache-2.0
#include "engine/edit/builder.h"

#include "engine/base/text.h"

#include <fmt/format.h>

#include <algorithm>

namespace orrery::edit {

using graph::Graph;

Builder::Builder(const graph::Model& model)
    : m_model(model)
    , m_nodes(model.graph.nodeSlots())
    , m_values(model.graph.valueSlots())
    , m_regions(model.graph.regionSlots())
{}

Names& Builder::names()
{
    if (!m_names)
        m_names.emplace(m_model.graph);
    return *m_names;
}

ValueId Builder::addValue(RegionId region, std::string name, graph::ValueType type)
{
    graph::Value value;
    value.id = nextValue();
    value.name = std::move(name);
    value.region = region;
    value.type = std::move(type);
    ValueId id = value.id;
    m_added.values.push_back(std::move(value));
    return id;
}

ValueId Builder::addConstant(RegionId region, std::string name, graph::Tensor tensor)
{
    ValueId id = addValue(region, std::move(name),
                          graph::ValueType::tensor(tensor.type(), graph::Shape::of(tensor.dims())));
    add(graph::SetInitializer{id, graph::Initializer{std::move(tensor), {}, {}, {}}});
    return id;
}

NodeId Builder::addNode(graph::Node node, std::uint32_t position)
{
    node.id = nextNode();
    NodeId id = node.id;
    add(graph::AddNode{std::move(node), position});
    return id;
}

void Builder::replaceUses(ValueId from, ValueId to, NodeId keep)
{
    for (std::size_t i = 0; i < graph().nodeSlots(); ++i) {
        const graph::Node& node = graph().node(NodeId(i));
        if (!node.alive || node.id == keep)
            continue;
        for (std::size_t slot = 0; slot < node.inputs.size(); ++slot)
            if (node.inputs[slot] == from)
                add(graph::Connect{node.id, static_cast<std::uint32_t>(slot), to});
    }
    for (std::size_t i = 0; i < graph().regionSlots(); ++i) {
        const graph::Region& region = graph().region(RegionId(i));
        if (!region.alive)
            continue;
        for (std::size_t slot = 0; slot < region.outputs.size(); ++slot)
            if (region.outputs[slot] == from) {
                auto place = static_cast<std::uint32_t>(slot);
                add(graph::EraseFromList{region.id, graph::ValueList::Outputs, place});
                add(graph::InsertInList{region.id, graph::ValueList::Outputs, place, to});
            }
    }
}

void Builder::setAttributes(NodeId id, std::vector<graph::Attribute> attributes)
{
    const auto& before = graph().node(id).attributes;
    std::uint32_t place = 0; // in the list as it is by then
    for (const graph::Attribute& old : before) {
        bool body = std::holds_alternative<RegionId>(old.value) ||
                    std::holds_alternative<std::vector<RegionId>>(old.value);
        auto now = std::find_if(attributes.begin(), attributes.end(),
                                [&](const graph::Attribute& a) { return a.name == old.name; });
        if (now == attributes.end() && !body) {
            add(graph::EraseAttribute{id, place});
            continue;
        }
        if (now != attributes.end()) {
            if (!body && (!graph::equal(now->value, old.value) || now->reference != old.reference ||
                          now->doc != old.doc))
                add(graph::ReplaceAttribute{id, place, *now});
            attributes.erase(now);
        }
        ++place;
    }
    for (graph::Attribute& attribute : attributes)
        add(graph::InsertAttribute{id, graph::atEnd, std::move(attribute)});
}

void Builder::dropValues(const std::vector<ValueId>& values)
{
    for (ValueId id : values) {
        const graph::Value& value = graph().value(id);
        if (value.initializer)
            add(graph::SetInitializer{id, std::nullopt});
    }
    std::vector<bool> dropped(graph().valueSlots(), false);
    for (ValueId id : values)
        dropped[id.index()] = true;
    for (std::size_t i = 0; i < graph().regionSlots() && !values.empty(); ++i) {
        const graph::Region& region = graph().region(RegionId(i));
        for (std::size_t place = region.alive ? region.valueInfos.size() : 0; place-- > 0;)
            if (dropped[region.valueInfos[place].index()])
                add(graph::EraseFromList{region.id, graph::ValueList::ValueInfos,
                                         static_cast<std::uint32_t>(place)});
    }
    if (!values.empty())
        add(graph::RemoveValues{values});
}

graph::Edit Builder::group(std::string name) &&
{
    if (!m_added.values.empty())
        m_edits.insert(m_edits.begin(), graph::Edit(std::move(m_added)));
    return graph::Group{std::move(name), std::move(m_edits)};
}

graph::Attribute makeAttribute(std::string name, graph::AttributeValue value)
{
    graph::Attribute attribute;
    attribute.name = std::move(name);
    attribute.value = std::move(value);
    return attribute;
}

std::uint32_t positionOf(const Graph& graph, NodeId node)
{
    const auto& nodes = graph.region(graph.node(node).region).nodes;
    return static_cast<std::uint32_t>(std::find(nodes.begin(), nodes.end(), node) - nodes.begin());
}

std::uint32_t positionIn(const std::vector<ValueId>& list, ValueId value)
{
    auto found = std::find(list.begin(), list.end(), value);
    return found == list.end() ? graph::atEnd : static_cast<std::uint32_t>(found - list.begin());
}

Error refused(std::string message, std::string where)
{
    return Error{ErrorCode::Usage, std::move(message), std::move(where)};
}

Result<void> needNode(const Graph& graph, NodeId node)
{
    if (!graph.contains(node))
        return refused(node.valid() ? fmt::format("there is no node #{}", node.value) : "no node is named");
    return {};
}

Result<void> needValue(const Graph& graph, ValueId value)
{
    if (!graph.contains(value))
        return refused(value.valid() ? fmt::format("there is no value #{}", value.value)
                                     : "no value is named");
    return {};
}

std::string valueText(const graph::Value& value)
{
    return value.name.empty() ? fmt::format("value #{}", value.id.value)
                              : "value \"" + displayText(value.name, 200) + "\"";
}

} // namespace orrery::edit
