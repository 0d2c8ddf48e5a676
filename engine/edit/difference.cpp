// SPDX-License-Identifier: Apache-2.0
//
// The order of the edits keeps every one of them fitting: values come first and go last; nodes go, then let
// go of outputs that others will make, then new nodes come, each in its final place, and at last the links,
// fields and lists of what stays become those of `after`.
#include "engine/edit/difference.h"

#include "engine/edit/builder.h"

#include <algorithm>
#include <unordered_map>

namespace orrery::edit {
namespace {

using graph::Graph;
using graph::Node;
using graph::Region;
using graph::Value;
using graph::ValueList;

bool isBody(const graph::Attribute& attribute)
{
    return std::holds_alternative<RegionId>(attribute.value) ||
           std::holds_alternative<std::vector<RegionId>>(attribute.value);
}

class Difference {
public:
    Difference(const Graph& before, const Graph& after)
        : m_before(before)
        , m_after(after)
        , m_nextNode(before.nodeSlots())
        , m_nextValue(before.valueSlots())
        , m_nextRegion(before.regionSlots())
    {}

    Result<std::vector<graph::Edit>> run()
    {
        TRY(number());
        addValues();
        removeNodes();
        releaseOutputs();
        for (std::size_t i = 0; i < m_after.regionSlots(); ++i)
            if (stays(RegionId(i)))
                arrange(RegionId(i));
        for (std::size_t i = 0; i < m_before.nodeSlots(); ++i)
            if (stays(NodeId(i)))
                changeNode(NodeId(i));
        changeValues();
        for (std::size_t i = 0; i < m_after.regionSlots(); ++i)
            if (stays(RegionId(i)))
                changeRegion(RegionId(i));
        changeRoots();
        if (!m_removed.values.empty())
            add(std::move(m_removed));
        return std::move(m_edits);
    }

private:
    void add(graph::Edit edit) { m_edits.push_back(std::move(edit)); }

    static bool has(const Graph& graph, NodeId id) { return graph.contains(id); }
    static bool has(const Graph& graph, ValueId id) { return graph.contains(id); }
    static bool has(const Graph& graph, RegionId id)
    {
        return id.valid() && id.index() < graph.regionSlots() && graph.region(id).alive;
    }
    bool stays(auto id) const { return has(m_before, id) && has(m_after, id); }

    // New entries are those that only `after` has.
    Result<void> number()
    {
        for (std::size_t i = 0; i < m_after.regionSlots(); ++i)
            if (RegionId id(i); has(m_after, id) && !has(m_before, id))
                m_regions[id] = i < m_before.regionSlots() ? id : RegionId(m_nextRegion++);
        for (std::size_t i = 0; i < m_after.valueSlots(); ++i) {
            ValueId id(i);
            if (has(m_after, id) && !has(m_before, id))
                m_values[id] = i < m_before.valueSlots() ? id : ValueId(m_nextValue++);
            else if (stays(id) && m_after.value(id).region != m_before.value(id).region)
                return Error{ErrorCode::Unsupported, "it went to another graph",
                             valueText(m_before.value(id))};
        }
        for (std::size_t i = 0; i < m_after.nodeSlots(); ++i) {
            NodeId id(i);
            if (has(m_after, id) && !has(m_before, id))
                m_nodes[id] = i < m_before.nodeSlots() ? id : NodeId(m_nextNode++);
            else if (stays(id) && (m_after.node(id).region != m_before.node(id).region ||
                                   m_after.node(id).regions() != m_before.node(id).regions()))
                return Error{ErrorCode::Unsupported, "it went to another graph, or got another body",
                             m_before.node(id).displayName()};
        }
        return {};
    }

    template<class Id, class Map>
    static Id mappedIn(const Map& map, Id id)
    {
        auto found = map.find(id);
        return found == map.end() ? id : found->second;
    }
    ValueId to(ValueId id) const { return mappedIn(m_values, id); }
    NodeId to(NodeId id) const { return mappedIn(m_nodes, id); }
    RegionId to(RegionId id) const { return mappedIn(m_regions, id); }
    template<class Id>
    std::vector<Id> to(std::vector<Id> ids) const
    {
        for (Id& id : ids)
            id = to(id);
        return ids;
    }

    void addValues()
    {
        graph::AddValues added;
        for (std::size_t i = 0; i < m_after.valueSlots(); ++i)
            if (const Value& value = m_after.value(ValueId(i));
                m_values.contains(value.id) && stays(value.region)) {
                Value copy = value;
                copy.id = to(value.id);
                copy.initializer.reset();
                added.values.push_back(std::move(copy));
            }
        if (!added.values.empty())
            add(std::move(added));
    }

    void removeNodes()
    {
        for (std::size_t i = 0; i < m_before.nodeSlots(); ++i)
            if (const Node& node = m_before.node(NodeId(i));
                node.alive && !has(m_after, node.id) && stays(node.region))
                add(graph::RemoveNode{node.id});
    }

    void releaseOutputs()
    {
        for (std::size_t i = 0; i < m_before.nodeSlots(); ++i) {
            NodeId id(i);
            if (!stays(id))
                continue;
            const auto& now = m_after.node(id).outputs;
            std::vector<ValueId> kept = m_before.node(id).outputs;
            for (ValueId& output : kept)
                if (std::find(now.begin(), now.end(), output) == now.end())
                    output = ValueId();
            if (kept != m_before.node(id).outputs)
                add(graph::SetOutputs{id, kept});
            m_outputs[id] = std::move(kept);
        }
    }

    void arrange(RegionId id)
    {
        std::vector<NodeId> now;
        for (NodeId node : m_before.region(id).nodes)
            if (stays(node))
                now.push_back(node);
        const auto& wanted = m_after.region(id).nodes;
        for (std::size_t i = 0; i < wanted.size(); ++i) {
            auto place = now.begin() + static_cast<std::ptrdiff_t>(i);
            if (m_nodes.contains(wanted[i])) {
                addNode(m_after.node(wanted[i]), static_cast<std::uint32_t>(i));
                now.insert(place, wanted[i]);
            } else if (now[i] != wanted[i]) {
                auto old = std::find(place, now.end(), wanted[i]);
                std::rotate(place, old, old + 1);
                add(graph::MoveNode{wanted[i], static_cast<std::uint32_t>(i)});
            }
        }
    }

    Node renumbered(const Node& node) const
    {
        Node copy = node;
        copy.id = to(node.id);
        copy.region = to(node.region);
        copy.inputs = to(std::move(copy.inputs));
        copy.outputs = to(std::move(copy.outputs));
        for (graph::Attribute& attribute : copy.attributes)
            if (auto* one = std::get_if<RegionId>(&attribute.value))
                *one = to(*one);
            else if (auto* many = std::get_if<std::vector<RegionId>>(&attribute.value))
                *many = to(std::move(*many));
        return copy;
    }

    void addNode(const Node& node, std::uint32_t position)
    {
        graph::AddNode edit{renumbered(node), position};
        std::vector<RegionId> open = node.regions();
        for (std::size_t i = 0; i < open.size(); ++i) {
            Region copy = m_after.region(open[i]);
            for (std::size_t slot = 0; slot < m_after.valueSlots(); ++slot)
                if (const Value& value = m_after.value(ValueId(slot));
                    value.alive && value.region == open[i]) {
                    Value inside = value;
                    inside.id = to(value.id);
                    inside.region = to(value.region);
                    edit.values.push_back(std::move(inside));
                }
            for (NodeId inner : copy.nodes) {
                edit.inner.push_back(renumbered(m_after.node(inner)));
                auto nested = m_after.node(inner).regions();
                open.insert(open.end(), nested.begin(), nested.end());
            }
            copy.id = to(copy.id);
            copy.parent = to(copy.parent);
            copy.nodes = to(std::move(copy.nodes));
            for (auto* list : {&copy.inputs, &copy.outputs, &copy.initializers, &copy.valueInfos})
                *list = to(std::move(*list));
            edit.regions.push_back(std::move(copy));
        }
        add(std::move(edit));
    }

    void changeNode(NodeId id)
    {
        const Node &before = m_before.node(id), &after = m_after.node(id);
        if (auto outputs = to(after.outputs); outputs != m_outputs[id])
            add(graph::SetOutputs{id, std::move(outputs)});
        if (auto inputs = to(after.inputs); inputs != before.inputs)
            add(graph::SetInputs{id, std::move(inputs)});
        if (before.name != after.name || before.opType != after.opType || before.domain != after.domain ||
            before.overload != after.overload || before.doc != after.doc ||
            before.metadata != after.metadata || before.opsetVersion != after.opsetVersion ||
            before.origins != after.origins || before.extra != after.extra)
            add(graph::SetNodeFields{id, graph::fieldsOf(after)});
        bool same =
            std::equal(before.attributes.begin(), before.attributes.end(), after.attributes.begin(),
                       after.attributes.end(), [](const graph::Attribute& a, const graph::Attribute& b) {
                           return a.name == b.name && a.reference == b.reference && a.doc == b.doc &&
                                  a.extra == b.extra && graph::equal(a.value, b.value);
                       });
        if (same)
            return;
        for (std::size_t i = before.attributes.size(); i-- > 0;)
            if (!isBody(before.attributes[i]))
                add(graph::EraseAttribute{id, static_cast<std::uint32_t>(i)});
        for (std::size_t i = 0; i < after.attributes.size(); ++i) {
            auto place = static_cast<std::uint32_t>(i);
            if (isBody(after.attributes[i]))
                add(graph::ReplaceAttribute{id, place, after.attributes[i]});
            else
                add(graph::InsertAttribute{id, place, after.attributes[i]});
        }
    }

    void changeValues()
    {
        for (std::size_t i = 0; i < m_before.valueSlots(); ++i) {
            ValueId id(i);
            if (has(m_before, id) && !has(m_after, id) && stays(m_before.value(id).region))
                m_removed.values.push_back(id);
            if (!stays(id))
                continue;
            const Value &before = m_before.value(id), &after = m_after.value(id);
            if (before.name != after.name)
                add(graph::SetValueName{id, after.name});
            if (before.type != after.type)
                add(graph::SetValueType{id, after.type});
        }
    }

    static bool same(const std::optional<graph::Initializer>& a, const std::optional<graph::Initializer>& b)
    {
        if (!a || !b)
            return a.has_value() == b.has_value();
        return a->external == b->external && a->doc == b->doc && a->extra == b->extra &&
               graph::equal(graph::AttributeValue(a->tensor), graph::AttributeValue(b->tensor));
    }

    void changeRegion(RegionId id)
    {
        const Region &before = m_before.region(id), &after = m_after.region(id);
        if (before.name != after.name || before.doc != after.doc || before.metadata != after.metadata)
            add(graph::SetRegionFields{id, after.name, after.doc, after.metadata});
        changeInitializers(id, before.initializers, to(after.initializers));
        changeList(id, ValueList::Inputs, before.inputs, to(after.inputs));
        changeList(id, ValueList::Outputs, before.outputs, to(after.outputs));
        changeList(id, ValueList::ValueInfos, before.valueInfos, to(after.valueInfos));
    }

    void changeList(RegionId id, ValueList list, const std::vector<ValueId>& before,
                    const std::vector<ValueId>& after)
    {
        auto common = static_cast<std::size_t>(
            std::mismatch(before.begin(), before.end(), after.begin(), after.end()).first - before.begin());
        for (std::size_t i = before.size(); i-- > common;)
            add(graph::EraseFromList{id, list, static_cast<std::uint32_t>(i)});
        for (std::size_t i = common; i < after.size(); ++i)
            add(graph::InsertInList{id, list, static_cast<std::uint32_t>(i), after[i]});
    }

    void changeInitializers(RegionId id, std::vector<ValueId> now, const std::vector<ValueId>& wanted)
    {
        const auto& after = m_after.region(id).initializers;
        std::vector<ValueId> gone;
        for (ValueId value : now)
            if (!has(m_after, value) || !m_after.value(value).initializer)
                gone.push_back(value);
        for (ValueId value : gone) {
            add(graph::SetInitializer{value, std::nullopt});
            std::erase(now, value);
        }
        for (std::size_t i = 0; i < wanted.size(); ++i) {
            const auto& tensor = m_after.value(after[i]).initializer;
            bool known = has(m_before, after[i]);
            if (!known || !same(m_before.value(after[i]).initializer, tensor))
                add(graph::SetInitializer{wanted[i], tensor});
            if (!known || !m_before.value(after[i]).initializer)
                now.push_back(wanted[i]);
        }
        for (std::size_t i = 0; i < wanted.size() && i < now.size(); ++i) {
            if (now[i] == wanted[i])
                continue;
            auto place = now.begin() + static_cast<std::ptrdiff_t>(i);
            auto old = std::find(place, now.end(), wanted[i]);
            add(graph::MoveInList{id, ValueList::Initializers, static_cast<std::uint32_t>(old - now.begin()),
                                  static_cast<std::uint32_t>(i)});
            std::rotate(place, old, old + 1);
        }
    }

    void changeRoots()
    {
        std::vector<graph::Root> roots = m_after.roots();
        for (graph::Root& root : roots) {
            root.inputs = to(std::move(root.inputs));
            root.outputs = to(std::move(root.outputs));
        }
        bool unchanged =
            std::equal(roots.begin(), roots.end(), m_before.roots().begin(), m_before.roots().end(),
                       [](const graph::Root& a, const graph::Root& b) {
                           return a.name == b.name && a.inputs == b.inputs && a.outputs == b.outputs;
                       });
        if (!unchanged)
            add(graph::SetRoots{std::move(roots)});
    }

    const Graph& m_before;
    const Graph& m_after;
    std::size_t m_nextNode, m_nextValue, m_nextRegion;
    std::unordered_map<NodeId, NodeId> m_nodes; // new ones, with the ids that they get
    std::unordered_map<ValueId, ValueId> m_values;
    std::unordered_map<RegionId, RegionId> m_regions;
    std::unordered_map<NodeId, std::vector<ValueId>> m_outputs; // of what stays, after letting go
    graph::RemoveValues m_removed;
    std::vector<graph::Edit> m_edits;
};

bool sameFunction(const graph::Function& a, const graph::Function& b)
{
    graph::Model left, right; // equality is defined of models
    left.functions.push_back(a);
    right.functions.push_back(b);
    return graph::equal(left, right);
}

} // namespace

Result<graph::Edit> difference(const graph::Model& before, const graph::Model& after, std::string name)
{
    std::vector<graph::Edit> edits = TRY(Difference(before.graph, after.graph).run());
    auto common =
        static_cast<std::size_t>(std::mismatch(before.functions.begin(), before.functions.end(),
                                               after.functions.begin(), after.functions.end(), sameFunction)
                                     .first -
                                 before.functions.begin());
    for (std::size_t i = before.functions.size(); i-- > common;)
        edits.emplace_back(graph::RemoveFunction{static_cast<std::uint32_t>(i)});
    for (std::size_t i = common; i < after.functions.size(); ++i)
        edits.emplace_back(graph::AddFunction{after.functions[i], static_cast<std::uint32_t>(i)});
    if (before.opsets != after.opsets)
        edits.emplace_back(graph::SetOpsets{after.opsets});
    graph::ModelFields was = graph::fieldsOf(before), is = graph::fieldsOf(after);
    if (was.irVersion != is.irVersion || was.producerName != is.producerName ||
        was.producerVersion != is.producerVersion || was.domain != is.domain || was.doc != is.doc ||
        was.modelVersion != is.modelVersion || was.metadata != is.metadata)
        edits.emplace_back(graph::SetModelFields{std::move(is)});
    return graph::Edit(graph::Group{std::move(name), std::move(edits)});
}

} // namespace orrery::edit
