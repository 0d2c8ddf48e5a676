#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// Builder: gathers the primitive edits of one user's action on a graph that stays as it is meanwhile, and
// gives out the ids that the new entries will have. What an earlier edit of the same action changed is the
// caller's to remember. Borrows the model.

#include "engine/edit/names.h"
#include "engine/graph/edit.h"

namespace orrery::edit {

class Builder {
public:
    explicit Builder(const graph::Model& model);

    const graph::Graph& graph() const { return m_model.graph; }
    Names& names(); // made when first asked for

    ValueId addValue(RegionId region, std::string name, graph::ValueType type = {});
    ValueId addConstant(RegionId region, std::string name, graph::Tensor tensor);
    // The node's region says where; its id is given here.
    NodeId addNode(graph::Node node, std::uint32_t position = graph::atEnd);
    NodeId nextNode() { return NodeId(m_nodes++); }
    ValueId nextValue() { return ValueId(m_values++); }
    RegionId nextRegion() { return RegionId(m_regions++); }

    void add(graph::Edit edit) { m_edits.push_back(std::move(edit)); }
    // All readers, and places among region outputs, except the node `keep`.
    void replaceUses(ValueId from, ValueId to, NodeId keep = {});
    void setAttributes(NodeId node, std::vector<graph::Attribute> attributes);
    // Removes those of the values that nothing would use once their uses so far are gone: takes them from
    // initializers and declared types first.
    void dropValues(const std::vector<ValueId>& values);

    bool empty() const { return m_edits.empty() && m_added.values.empty(); }
    graph::Edit group(std::string name) &&;

private:
    const graph::Model& m_model;
    std::optional<Names> m_names;
    std::size_t m_nodes, m_values, m_regions;
    graph::AddValues m_added; // come first, in one edit, so that undo looks for their uses once
    std::vector<graph::Edit> m_edits;
};

graph::Attribute makeAttribute(std::string name, graph::AttributeValue value);
// Where the node stands in its region's list.
std::uint32_t positionOf(const graph::Graph& graph, NodeId node);
std::uint32_t positionIn(const std::vector<ValueId>& list, ValueId value); // atEnd when it is not there
Result<void> needNode(const graph::Graph& graph, NodeId node);
Result<void> needValue(const graph::Graph& graph, ValueId value);
Error refused(std::string message, std::string where = {});
std::string valueText(const graph::Value& value); // "value "x""

} // namespace orrery::edit
