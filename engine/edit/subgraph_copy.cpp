// SPDX-License-Identifier: Apache-2.0
//
// Outputs of all nodes of a region become values first, so that nodes may stand in any order; a body becomes
// part of its node's AddNode. Bodies are nested as deep as the source's, which readers and edits bound.
#include "engine/edit/subgraph_copy.h"

#include "engine/edit/storage.h"

#include <fmt/format.h>

namespace orrery::edit {

using graph::Node;
using graph::Value;

ValueId SubgraphCopy::mapped(ValueId source) const
{
    auto found = m_values.find(source);
    return found == m_values.end() ? ValueId() : found->second;
}

// What lies beside another model is not beside this one: its bytes are taken along.
std::optional<graph::Initializer> SubgraphCopy::initializerOf(const Value& value) const
{
    std::optional<graph::Initializer> copy = value.initializer;
    if (copy && copy->external && !isToBeStoredBeside(*copy) && &m_source != &m_builder.graph() &&
        canBeStoredBeside(copy->tensor))
        copy->external.reset();
    return copy;
}

ValueId SubgraphCopy::copyOf(const Value& value, RegionId home, std::vector<Value>* into)
{
    Value copy;
    copy.name = m_builder.names().takeForValue(m_prefix + value.name);
    copy.region = home;
    copy.type = value.type;
    if (into != nullptr) {
        copy.id = m_builder.nextValue();
        copy.initializer = initializerOf(value);
        into->push_back(std::move(copy));
        return m_values[value.id] = into->back().id;
    }
    ValueId id = m_builder.addValue(home, std::move(copy.name), std::move(copy.type));
    if (value.initializer)
        m_builder.add(graph::SetInitializer{id, initializerOf(value)});
    return m_values[value.id] = id;
}

void SubgraphCopy::copyConstant(ValueId id) { copyOf(m_source.value(id), m_target, nullptr); }

Result<ValueId> SubgraphCopy::input(const Node& node, ValueId id) const
{
    if (!id.valid())
        return id;
    if (auto found = m_values.find(id); found != m_values.end())
        return found->second;
    if (&m_source == &m_builder.graph())
        return id;
    return refused("it reads " + valueText(m_source.value(id)) + ", which is not part of what is copied",
                   node.displayName());
}

Result<void> SubgraphCopy::copyNodes(const std::vector<NodeId>& nodes, std::uint32_t position)
{
    for (NodeId id : nodes)
        for (ValueId output : m_source.node(id).outputs)
            if (output.valid() && !m_values.contains(output))
                copyOf(m_source.value(output), m_target, nullptr);
    for (NodeId id : nodes) {
        graph::AddNode tree;
        tree.node = TRY(copyNode(m_source.node(id), m_target, &tree));
        tree.position = position == graph::atEnd ? position : position++;
        m_builder.add(std::move(tree));
    }
    return {};
}

Result<Node> SubgraphCopy::copyNode(const Node& node, RegionId home, graph::AddNode* tree)
{
    Node copy = node;
    copy.id = m_builder.nextNode();
    copy.region = home;
    copy.origins.clear();
    if (!m_prefix.empty() || !node.name.empty())
        copy.name = m_builder.names().takeForNode(m_prefix + (node.name.empty() ? node.opType : node.name));
    for (ValueId& id : copy.inputs)
        id = TRY(input(node, id));
    for (ValueId& id : copy.outputs)
        id = id.valid() ? m_values.at(id) : id;
    copy.attributes.clear();
    for (graph::Attribute attribute : node.attributes) {
        if (m_resolve && !TRY(m_resolve(node, attribute)))
            continue;
        if (auto* one = std::get_if<RegionId>(&attribute.value))
            *one = TRY(copyRegion(*one, copy.id, *tree));
        else if (auto* many = std::get_if<std::vector<RegionId>>(&attribute.value))
            for (RegionId& region : *many)
                region = TRY(copyRegion(region, copy.id, *tree));
        copy.attributes.push_back(std::move(attribute));
    }
    if (m_adjust)
        m_adjust(copy);
    return copy;
}

Result<RegionId> SubgraphCopy::copyRegion(RegionId id, NodeId parent, graph::AddNode& tree)
{
    const graph::Region& body = m_source.region(id);
    graph::Region copy;
    copy.id = m_builder.nextRegion();
    copy.parent = parent;
    copy.attributeName = body.attributeName;
    copy.name = body.name;
    copy.doc = body.doc;
    copy.metadata = body.metadata;
    auto own = [&](ValueId value) {
        if (value.valid() && !m_values.contains(value) && m_source.value(value).region == id)
            copyOf(m_source.value(value), copy.id, &tree.values);
    };
    for (auto* list : {&body.inputs, &body.initializers, &body.valueInfos, &body.outputs})
        for (ValueId value : *list)
            own(value);
    for (NodeId inner : body.nodes) {
        for (ValueId value : m_source.node(inner).inputs)
            own(value);
        for (ValueId value : m_source.node(inner).outputs)
            own(value);
    }
    auto carry = [&](const std::vector<ValueId>& from, std::vector<ValueId>& to) -> Result<void> {
        for (ValueId value : from)
            to.push_back(TRY(input(m_source.node(body.parent), value)));
        return {};
    };
    TRY(carry(body.inputs, copy.inputs));
    TRY(carry(body.initializers, copy.initializers));
    TRY(carry(body.valueInfos, copy.valueInfos));
    for (NodeId inner : body.nodes) {
        Node node = TRY(copyNode(m_source.node(inner), copy.id, &tree));
        copy.nodes.push_back(node.id);
        tree.inner.push_back(std::move(node));
    }
    TRY(carry(body.outputs, copy.outputs));
    tree.regions.push_back(copy);
    return copy.id;
}

} // namespace orrery::edit
