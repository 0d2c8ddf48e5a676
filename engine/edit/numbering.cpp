// SPDX-License-Identifier: Apache-2.0
//
// Regions, nodes and what nodes read and make are paired by place, since a file keeps their order; values
// that no node speaks of by their names.
#include "engine/edit/numbering.h"

#include "engine/edit/difference.h"

#include <algorithm>
#include <string_view>
#include <unordered_map>

namespace orrery::edit {
namespace {

using graph::Graph;
using graph::Node;
using graph::Region;
using graph::Value;

Error otherwise(const std::string& where)
{
    return {ErrorCode::Unsupported, "the file that was saved does not read as what was edited", where};
}

class Pairing {
public:
    Pairing(const Graph& edited, const Graph& asRead)
        : m_edited(edited)
        , m_asRead(asRead)
        , m_takenBy(asRead.valueSlots())
    {
        m_numbering.nodes.resize(edited.nodeSlots());
        m_numbering.values.resize(edited.valueSlots());
        m_numbering.regions.resize(edited.regionSlots());
    }

    Result<Numbering> run()
    {
        m_open.push_back({m_edited.mainRegion(), m_asRead.mainRegion()});
        for (std::size_t i = 0; i < m_open.size(); ++i)
            TRY(pairRegion(m_open[i].first, m_open[i].second));
        TRY(pairByName());
        for (std::size_t i = 0; i < m_numbering.values.size(); ++i)
            if (const ValueId read = m_numbering.values[i]; read.valid()) {
                const RegionId home = m_edited.value(ValueId(i)).region;
                if (m_numbering.regions[home.index()] != m_asRead.value(read).region)
                    m_numbering.homes.emplace_back(ValueId(i), home);
            }
        return std::move(m_numbering);
    }

private:
    Result<void> pair(ValueId edited, ValueId asRead, const std::string& where)
    {
        if (!edited.valid() || !asRead.valid())
            return {};
        ValueId& known = m_numbering.values[edited.index()];
        ValueId& taken = m_takenBy[asRead.index()];
        if (taken == edited)
            return {};
        if (taken.valid() || (known.valid() && !isMadeByNothing(asRead)))
            return otherwise(where);
        taken = edited;
        if (known.valid())
            m_numbering.others.emplace_back(asRead, edited);
        else
            known = asRead;
        return {};
    }

    bool isMadeByNothing(ValueId asRead) const
    {
        const Value& value = m_asRead.value(asRead);
        const auto& inputs = m_asRead.region(value.region).inputs;
        return !value.producer.valid() && !value.initializer &&
               std::find(inputs.begin(), inputs.end(), asRead) == inputs.end();
    }

    Result<void> pairNode(NodeId edited, NodeId asRead)
    {
        const Node &a = m_edited.node(edited), &b = m_asRead.node(asRead);
        const auto bodies = a.regions(), readBodies = b.regions();
        if (a.opType != b.opType || bodies.size() != readBodies.size() ||
            a.outputs.size() < b.outputs.size() || a.inputs.size() < b.inputs.size())
            return otherwise(a.displayName());
        m_numbering.nodes[edited.index()] = asRead;
        for (std::size_t i = 0; i < b.outputs.size(); ++i)
            TRY(pair(a.outputs[i], b.outputs[i], a.displayName()));
        for (std::size_t i = 0; i < b.inputs.size(); ++i)
            TRY(pair(a.inputs[i], b.inputs[i], a.displayName()));
        for (std::size_t i = 0; i < bodies.size(); ++i)
            m_open.push_back({bodies[i], readBodies[i]});
        return {};
    }

    Result<void> pairRegion(RegionId edited, RegionId asRead)
    {
        const Region &a = m_edited.region(edited), &b = m_asRead.region(asRead);
        if (a.nodes.size() != b.nodes.size() || a.inputs.size() != b.inputs.size() ||
            a.outputs.size() != b.outputs.size())
            return otherwise(a.name);
        m_numbering.regions[edited.index()] = asRead;
        for (std::size_t i = 0; i < a.inputs.size(); ++i)
            TRY(pair(a.inputs[i], b.inputs[i], a.name));
        for (std::size_t i = 0; i < a.outputs.size(); ++i)
            TRY(pair(a.outputs[i], b.outputs[i], a.name));
        for (std::size_t i = 0; i < a.nodes.size(); ++i)
            TRY(pairNode(a.nodes[i], b.nodes[i]));
        return {};
    }

    Result<void> pairByName()
    {
        std::unordered_map<RegionId, std::unordered_map<std::string_view, ValueId>> byName;
        for (std::size_t i = 0; i < m_edited.valueSlots(); ++i)
            if (const Value& value = m_edited.value(ValueId(i));
                value.alive && !m_numbering.values[i].valid() && !value.name.empty() &&
                m_numbering.regions[value.region.index()].valid())
                byName[m_numbering.regions[value.region.index()]].try_emplace(value.name, value.id);
        for (std::size_t i = 0; i < m_asRead.valueSlots(); ++i) {
            const Value& value = m_asRead.value(ValueId(i));
            if (!value.alive || m_takenBy[i].valid())
                continue;
            const auto& names = byName[value.region];
            auto found = names.find(value.name);
            if (found == names.end())
                return otherwise(value.name);
            TRY(pair(found->second, value.id, value.name));
        }
        return {};
    }

    const Graph& m_edited;
    const Graph& m_asRead;
    Numbering m_numbering;
    std::vector<ValueId> m_takenBy; // by slot as read: the edited one
    std::vector<std::pair<RegionId, RegionId>> m_open;
};

// Of nodes, values or regions that were edited away; a journal that claims more is not believed.
constexpr std::size_t mostEmptySlots = std::size_t(1) << 22;

// From ids as read to those of the edited graph.
class Renumbering {
public:
    Renumbering(const Graph& asRead, const Numbering& numbering)
        : m_asRead(asRead)
        , m_numbering(numbering)
    {}

    Result<Graph> run()
    {
        const bool isOne = invert(m_numbering.nodes, m_nodes, m_asRead.nodeSlots()) &&
                           invert(m_numbering.values, m_values, m_asRead.valueSlots()) &&
                           invert(m_numbering.regions, m_regions, m_asRead.regionSlots()) && addOthers() &&
                           isWhole();
        if (!isOne)
            return Error{ErrorCode::BadFile, "the ids in the journal are not those of the model", {}};
        makeSlots();
        for (std::size_t i = 0; i < m_numbering.regions.size(); ++i)
            if (m_numbering.regions[i].valid())
                put(m_asRead.region(m_numbering.regions[i]), RegionId(i));
        for (std::size_t i = 0; i < m_numbering.values.size(); ++i)
            if (m_numbering.values[i].valid())
                put(m_asRead.value(m_numbering.values[i]), ValueId(i));
        for (const auto& [value, home] : m_numbering.homes)
            m_result.value(value).region = home;
        for (std::size_t i = 0; i < m_numbering.nodes.size(); ++i)
            if (m_numbering.nodes[i].valid())
                put(m_asRead.node(m_numbering.nodes[i]), NodeId(i));
        m_result.roots() = m_asRead.roots();
        for (graph::Root& root : m_result.roots()) {
            root.inputs = to(std::move(root.inputs));
            root.outputs = to(std::move(root.outputs));
        }
        return std::move(m_result);
    }

private:
    template<class IdType>
    static bool invert(const std::vector<IdType>& ids, std::vector<IdType>& inverse, std::size_t slots)
    {
        if (ids.size() > slots + mostEmptySlots)
            return false;
        inverse.resize(slots);
        for (std::size_t i = 0; i < ids.size(); ++i) {
            if (!ids[i].valid())
                continue;
            if (ids[i].index() >= slots || inverse[ids[i].index()].valid())
                return false;
            inverse[ids[i].index()] = IdType(i);
        }
        return true;
    }

    bool addOthers()
    {
        for (const auto& [asRead, edited] : m_numbering.others) {
            if (!asRead.valid() || asRead.index() >= m_values.size() || m_values[asRead.index()].valid() ||
                !hasId(m_numbering.values, edited))
                return false;
            m_values[asRead.index()] = edited;
        }
        return true;
    }

    // All that is alive has an id, nothing that is not has one.
    bool isWhole() const
    {
        bool ok = !m_regions.empty() && m_regions[0] == RegionId(0);
        for (std::size_t i = 0; i < m_nodes.size(); ++i)
            ok = ok && m_asRead.node(NodeId(i)).alive == m_nodes[i].valid();
        for (std::size_t i = 0; i < m_values.size(); ++i)
            ok = ok && m_asRead.value(ValueId(i)).alive == m_values[i].valid();
        for (std::size_t i = 0; i < m_regions.size(); ++i)
            ok = ok && m_asRead.region(RegionId(i)).alive == m_regions[i].valid();
        for (const auto& [value, home] : m_numbering.homes)
            ok = ok && hasId(m_numbering.values, value) && hasId(m_numbering.regions, home);
        return ok;
    }

    template<class IdType>
    static bool hasId(const std::vector<IdType>& ids, IdType id)
    {
        return id.valid() && id.index() < ids.size() && ids[id.index()].valid();
    }

    void makeSlots()
    {
        while (m_result.regionSlots() < m_numbering.regions.size())
            m_result.region(m_result.addRegion({}, {})).alive = false;
        while (m_result.valueSlots() < m_numbering.values.size())
            m_result.value(m_result.addValue(m_result.mainRegion(), {})).alive = false;
        while (m_result.nodeSlots() < m_numbering.nodes.size())
            m_result.node(m_result.addNode(m_result.mainRegion(), {})).alive = false;
    }

    NodeId to(NodeId id) const { return id.valid() ? m_nodes[id.index()] : id; }
    ValueId to(ValueId id) const { return id.valid() ? m_values[id.index()] : id; }
    RegionId to(RegionId id) const { return id.valid() ? m_regions[id.index()] : id; }
    template<class IdType>
    std::vector<IdType> to(std::vector<IdType> ids) const
    {
        for (IdType& id : ids)
            id = to(id);
        return ids;
    }

    void put(Region region, RegionId id)
    {
        region.id = id;
        region.parent = to(region.parent);
        region.nodes = to(std::move(region.nodes));
        for (auto* list : {&region.inputs, &region.outputs, &region.initializers, &region.valueInfos})
            *list = to(std::move(*list));
        m_result.region(id) = std::move(region);
    }

    void put(Value value, ValueId id)
    {
        value.id = id;
        value.region = to(value.region);
        value.producer = to(value.producer);
        m_result.value(id) = std::move(value);
    }

    void put(Node node, NodeId id)
    {
        node.id = id;
        node.region = to(node.region);
        node.inputs = to(std::move(node.inputs));
        node.outputs = to(std::move(node.outputs));
        for (NodeId& origin : node.origins)
            origin = origin.index() < m_nodes.size() ? to(origin) : origin;
        for (graph::Attribute& attribute : node.attributes)
            if (auto* one = std::get_if<RegionId>(&attribute.value))
                *one = to(*one);
            else if (auto* many = std::get_if<std::vector<RegionId>>(&attribute.value))
                *many = to(std::move(*many));
        m_result.node(id) = std::move(node);
    }

    const Graph& m_asRead;
    const Numbering& m_numbering;
    std::vector<NodeId> m_nodes; // by id as read
    std::vector<ValueId> m_values;
    std::vector<RegionId> m_regions;
    Graph m_result;
};

bool sameNumbers(const graph::Initializer& a, const graph::Initializer& b)
{
    return graph::equal(graph::AttributeValue(a.tensor), graph::AttributeValue(b.tensor));
}

} // namespace

Result<Numbering> numberingOf(const graph::Graph& edited, const graph::Graph& asRead)
{
    return Pairing(edited, asRead).run();
}

Result<graph::Graph> renumbered(const graph::Graph& asRead, const Numbering& numbering)
{
    return Renumbering(asRead, numbering).run();
}

Result<Start> startOf(const graph::Model& saved, const graph::Model& asRead, const graph::Model& now)
{
    Start start;
    start.numbering = TRY(numberingOf(saved.graph, asRead.graph));
    start.numbering.nodes.resize(now.graph.nodeSlots());
    start.numbering.values.resize(now.graph.valueSlots());
    start.numbering.regions.resize(now.graph.regionSlots());
    graph::Model before = asRead;
    before.graph = TRY(renumbered(asRead.graph, start.numbering));
    graph::Model after = now;
    // Where a file keeps its constants is its own business, and their bytes need not be told again; but for
    // those that were moved since.
    const auto isMoved = [&](std::size_t i, const graph::Initializer& wanted) {
        if (i >= saved.graph.valueSlots())
            return false;
        const auto& written = saved.graph.value(ValueId(i)).initializer;
        return written && written->external != wanted.external;
    };
    for (std::size_t i = 0; i < before.graph.valueSlots() && i < after.graph.valueSlots(); ++i) {
        const auto& known = before.graph.value(ValueId(i)).initializer;
        auto& wanted = after.graph.value(ValueId(i)).initializer;
        if (known && wanted && sameNumbers(*known, *wanted) && !isMoved(i, *wanted))
            wanted = known;
    }
    start.rest = TRY(difference(before, after, "Go on after saving"));
    return start;
}

Result<void> resume(graph::Model& asRead, const Start& start)
{
    asRead.graph = TRY(renumbered(asRead.graph, start.numbering));
    TRY(graph::apply(asRead, start.rest));
    return {};
}

} // namespace orrery::edit
