// SPDX-License-Identifier: Apache-2.0
//
// Edits of nodes and their links. A node with bodies comes and goes as a whole: what a tree of bodies refers
// to is checked before anything is written.
#include "engine/graph/edit_apply.h"
#include "engine/graph/edit_slots.h"

#include <unordered_map>
#include <unordered_set>

namespace orrery::graph::editing {
namespace {

// What a new node brings along, beside what is there: where each entry is and whether it may be referred to.
class Tree {
public:
    Tree(const Graph& graph, const AddNode& edit)
        : m_graph(graph)
        , m_edit(edit)
    {}

    Result<void> check()
    {
        TRY(needRegion(m_graph, m_edit.node.region));
        TRY(checkIds());
        for (const Value& value : m_edit.values)
            m_values.emplace(value.id, &value);
        for (const Region& region : m_edit.regions)
            m_regions.emplace(region.id, &region);
        m_nodes.emplace(m_edit.node.id, &m_edit.node);
        for (const Node& node : m_edit.inner)
            m_nodes.emplace(node.id, &node);
        for (const Value& value : m_edit.values)
            if (!m_regions.contains(value.region))
                return refused("it comes with the node, but not in one of its bodies", nameOf(value));
        for (const Region& region : m_edit.regions)
            TRY(checkRegion(region));
        for (const auto& [id, node] : m_nodes)
            TRY(checkNode(*node));
        for (const Region& region : m_edit.regions)
            if (m_held.count(region.id) == 0)
                return refused("a body that comes with it is in none of its attributes",
                               m_edit.node.displayName());
        if (m_listed.size() != m_edit.inner.size())
            return refused("a node that comes with it is in none of its bodies", m_edit.node.displayName());
        return {};
    }

private:
    Result<void> checkIds() const
    {
        std::vector<NodeId> nodes{m_edit.node.id};
        std::vector<ValueId> values;
        std::vector<RegionId> regions;
        for (const Node& node : m_edit.inner)
            nodes.push_back(node.id);
        for (const Value& value : m_edit.values)
            values.push_back(value.id);
        for (const Region& region : m_edit.regions)
            regions.push_back(region.id);
        TRY(checkFree(m_graph, nodes));
        TRY(checkFree(m_graph, values));
        return checkFree(m_graph, regions);
    }

    RegionId homeOf(ValueId id) const
    {
        if (auto found = m_values.find(id); found != m_values.end())
            return found->second->region;
        return m_graph.contains(id) ? m_graph.value(id).region : RegionId();
    }

    bool visible(RegionId from, RegionId home) const
    {
        for (std::size_t steps = 0; steps <= m_regions.size() && from != home; ++steps) {
            auto found = m_regions.find(from);
            if (found == m_regions.end())
                return inScope(m_graph, from, home);
            from = m_nodes.at(found->second->parent)->region;
        }
        return from == home;
    }

    Result<void> checkRegion(const Region& region)
    {
        std::string where = m_edit.node.displayName();
        if (!m_nodes.contains(region.parent))
            return refused("one of its bodies belongs to another node", where);
        RegionId outer = region.id;
        for (std::size_t steps = 0; m_regions.contains(outer); ++steps) {
            auto parent = m_nodes.find(m_regions.at(outer)->parent);
            if (parent == m_nodes.end() || steps > m_regions.size())
                return refused("its bodies lie inside of each other", where);
            outer = parent->second->region;
        }
        if (outer != m_edit.node.region)
            return refused("one of its bodies lies elsewhere", where);
        for (NodeId id : region.nodes) {
            auto inner = m_nodes.find(id);
            if (inner == m_nodes.end() || id == m_edit.node.id || inner->second->region != region.id ||
                !m_listed.insert(id).second)
                return refused(fmt::format("one of its bodies lists node #{}, which is not in it", id.value),
                               where);
        }
        for (auto* list : {&region.inputs, &region.outputs, &region.initializers, &region.valueInfos})
            for (ValueId id : *list) {
                RegionId home = homeOf(id);
                bool own = list == &region.inputs || list == &region.initializers;
                if (!home.valid() || (own ? home != region.id : !visible(region.id, home)))
                    return refused(
                        fmt::format("one of its bodies lists value #{}, which is not in scope", id.value),
                        where);
            }
        return {};
    }

    Result<void> checkNode(const Node& node)
    {
        for (ValueId id : node.inputs)
            if (id.valid()) {
                RegionId home = homeOf(id);
                if (!home.valid() || !visible(node.region, home))
                    return refused(fmt::format("it reads value #{}, which is not in scope", id.value),
                                   node.displayName());
            }
        for (ValueId id : node.outputs) {
            if (!id.valid())
                continue;
            if (homeOf(id) != node.region)
                return refused(fmt::format("it makes value #{}, which is not in its graph", id.value),
                               node.displayName());
            bool old = !m_values.contains(id);
            if ((old && m_graph.value(id).producer.valid()) || !m_made.insert(id).second)
                return refused(fmt::format("it makes value #{}, which is made already", id.value),
                               node.displayName());
        }
        for (RegionId id : node.regions()) {
            auto region = m_regions.find(id);
            if (region == m_regions.end() || region->second->parent != node.id || !m_held.insert(id).second)
                return refused("an attribute holds a body that does not come with it", node.displayName());
        }
        return {};
    }

    const Graph& m_graph;
    const AddNode& m_edit;
    std::unordered_map<ValueId, const Value*> m_values;
    std::unordered_map<RegionId, const Region*> m_regions;
    std::unordered_map<NodeId, const Node*> m_nodes;
    std::unordered_set<NodeId> m_listed;
    std::unordered_set<ValueId> m_made;
    std::unordered_set<RegionId> m_held;
};

void put(Graph& graph, const Node& node)
{
    Node& slot = graph.node(node.id);
    slot = node;
    slot.alive = true;
    for (ValueId output : node.outputs)
        if (output.valid())
            graph.value(output).producer = node.id;
}

std::vector<RegionId> regionsInside(const Graph& graph, NodeId id)
{
    std::vector<RegionId> regions = graph.node(id).regions();
    for (std::size_t i = 0; i < regions.size(); ++i)
        for (NodeId inner : graph.region(regions[i]).nodes) {
            auto nested = graph.node(inner).regions();
            regions.insert(regions.end(), nested.begin(), nested.end());
        }
    return regions;
}

Result<void> checkReads(const Graph& graph, const Node& node, ValueId id)
{
    if (!id.valid())
        return {};
    if (auto known = needValue(graph, id); !known.ok())
        return refused(known.error().message, node.displayName());
    if (!inScope(graph, node.region, graph.value(id).region))
        return refused("it cannot read " + nameOf(graph.value(id)) +
                           ", which lives in a subgraph that it is not part of",
                       node.displayName());
    return {};
}

} // namespace

Result<Edit> change(Graph& graph, const AddNode& edit)
{
    TRY(Tree(graph, edit).check());
    auto& order = graph.region(edit.node.region).nodes;
    if (edit.position != atEnd && edit.position > order.size())
        return refused(fmt::format("place {} is beyond the graph's {} nodes", edit.position, order.size()),
                       edit.node.displayName());
    std::vector<NodeId> nodes{edit.node.id};
    std::vector<ValueId> values;
    std::vector<RegionId> regions;
    for (const Node& node : edit.inner)
        nodes.push_back(node.id);
    for (const Value& value : edit.values)
        values.push_back(value.id);
    for (const Region& region : edit.regions)
        regions.push_back(region.id);
    growTo(graph, nodes);
    growTo(graph, values);
    growTo(graph, regions);
    for (const Value& value : edit.values) {
        graph.value(value.id) = value;
        graph.value(value.id).producer = NodeId();
        graph.value(value.id).alive = true;
    }
    for (const Region& region : edit.regions) {
        graph.region(region.id) = region;
        graph.region(region.id).alive = true;
    }
    put(graph, edit.node);
    for (const Node& node : edit.inner)
        put(graph, node);
    auto& list = graph.region(edit.node.region).nodes;
    list.insert(edit.position == atEnd ? list.end() : list.begin() + edit.position, edit.node.id);
    return Edit(RemoveNode{edit.node.id});
}

Result<Edit> change(Graph& graph, const RemoveNode& edit)
{
    TRY(needNode(graph, edit.node));
    AddNode inverse;
    std::vector<RegionId> regions = regionsInside(graph, edit.node);
    if (!regions.empty()) {
        std::vector<bool> insideRegions(graph.regionSlots(), false), insideValues(graph.valueSlots(), false);
        for (RegionId id : regions)
            insideRegions[id.index()] = true;
        std::vector<ValueId> values;
        for (std::size_t i = 0; i < graph.valueSlots(); ++i) {
            const Value& value = graph.value(ValueId(i));
            if (value.alive && insideRegions[value.region.index()]) {
                insideValues[i] = true;
                values.push_back(value.id);
            }
        }
        if (auto reference = referenceTo(graph, insideValues, insideRegions))
            return refused(
                fmt::format("its body holds {}: {}", nameOf(graph.value(reference->value)), reference->by),
                graph.node(edit.node).displayName());
        for (RegionId id : regions) {
            for (NodeId inner : graph.region(id).nodes) {
                inverse.inner.push_back(std::move(graph.node(inner)));
                retire(graph.node(inner), inverse.inner.back());
            }
            inverse.regions.push_back(std::move(graph.region(id)));
            retire(graph.region(id), inverse.regions.back());
        }
        for (ValueId id : values) {
            inverse.values.push_back(std::move(graph.value(id)));
            retire(graph.value(id), inverse.values.back());
        }
    }
    Node& node = graph.node(edit.node);
    for (ValueId output : node.outputs)
        if (output.valid())
            graph.value(output).producer = NodeId();
    auto& order = graph.region(node.region).nodes;
    auto place = std::find(order.begin(), order.end(), edit.node);
    inverse.position = static_cast<std::uint32_t>(place - order.begin());
    order.erase(place);
    inverse.node = std::move(node);
    retire(node, inverse.node);
    return Edit(std::move(inverse));
}

Result<Edit> change(Graph& graph, const MoveNode& edit)
{
    TRY(needNode(graph, edit.node));
    auto& order = graph.region(graph.node(edit.node).region).nodes;
    if (edit.position >= order.size())
        return refused(fmt::format("place {} is beyond the graph's {} nodes", edit.position, order.size()),
                       graph.node(edit.node).displayName());
    auto place = std::find(order.begin(), order.end(), edit.node);
    auto before = static_cast<std::uint32_t>(place - order.begin());
    order.erase(place);
    order.insert(order.begin() + edit.position, edit.node);
    return Edit(MoveNode{edit.node, before});
}

Result<Edit> change(Graph& graph, const Connect& edit)
{
    TRY(needNode(graph, edit.node));
    Node& node = graph.node(edit.node);
    if (edit.slot >= node.inputs.size())
        return refused(fmt::format("it has no input {}; there are {}", edit.slot, node.inputs.size()),
                       node.displayName());
    TRY(checkReads(graph, node, edit.value));
    return Edit(Connect{edit.node, edit.slot, std::exchange(node.inputs[edit.slot], edit.value)});
}

Result<Edit> change(Graph& graph, const SetInputs& edit)
{
    TRY(needNode(graph, edit.node));
    Node& node = graph.node(edit.node);
    for (ValueId id : edit.inputs)
        TRY(checkReads(graph, node, id));
    return Edit(SetInputs{edit.node, std::exchange(node.inputs, edit.inputs)});
}

Result<Edit> change(Graph& graph, const SetOutputs& edit)
{
    TRY(needNode(graph, edit.node));
    Node& node = graph.node(edit.node);
    std::unordered_set<ValueId> seen;
    for (ValueId id : edit.outputs) {
        if (!id.valid())
            continue;
        if (auto known = needValue(graph, id); !known.ok())
            return refused(known.error().message, node.displayName());
        const Value& value = graph.value(id);
        if (value.region != node.region)
            return refused("it cannot make " + nameOf(value) + ", which lives in another graph",
                           node.displayName());
        if (!seen.insert(id).second)
            return refused("it would make " + nameOf(value) + " twice", node.displayName());
        if (value.producer.valid() && value.producer != edit.node)
            return refused("it cannot make " + nameOf(value) + ", which " +
                               graph.node(value.producer).displayName() + " makes",
                           node.displayName());
    }
    for (ValueId id : node.outputs)
        if (id.valid())
            graph.value(id).producer = NodeId();
    for (ValueId id : edit.outputs)
        if (id.valid())
            graph.value(id).producer = edit.node;
    return Edit(SetOutputs{edit.node, std::exchange(node.outputs, edit.outputs)});
}

Result<Edit> change(Graph& graph, const SetNodeFields& edit)
{
    TRY(needNode(graph, edit.node));
    Node& node = graph.node(edit.node);
    Edit inverse = SetNodeFields{edit.node, fieldsOf(node)};
    const NodeFields& fields = edit.fields;
    node.name = fields.name;
    node.opType = fields.opType;
    node.domain = fields.domain;
    node.overload = fields.overload;
    node.doc = fields.doc;
    node.metadata = fields.metadata;
    node.opsetVersion = fields.opsetVersion;
    node.origins = fields.origins;
    node.extra = fields.extra;
    return inverse;
}

} // namespace orrery::graph::editing
