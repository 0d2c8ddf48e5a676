// SPDX-License-Identifier: Apache-2.0
#include "views/document/snapshots.h"

#include <algorithm>

namespace orrery::document {
namespace {

using graph::Graph;

constexpr std::size_t changesKept = 64;

// Entries in new slots, and all lists.
void extend(Graph& copy, const Graph& now)
{
    while (copy.regionSlots() < now.regionSlots())
        copy.addRegion({}, {});
    for (std::size_t i = copy.valueSlots(); i < now.valueSlots(); ++i)
        copy.value(copy.addValue(copy.mainRegion(), {})) = now.value(ValueId(i));
    for (std::size_t i = copy.nodeSlots(); i < now.nodeSlots(); ++i)
        copy.node(copy.addNode(copy.mainRegion(), {})) = now.node(NodeId(i));
    for (std::size_t i = 0; i < now.regionSlots(); ++i)
        copy.region(RegionId(i)) = now.region(RegionId(i));
    copy.roots() = now.roots();
}

void setType(Graph& copy, const Graph& now, ValueId id, const std::vector<graph::ValueType>& types)
{
    const bool known = id.index() < types.size() && types[id.index()].kind != graph::TypeKind::Unknown;
    copy.value(id).type = known ? types[id.index()] : now.value(id).type;
}

} // namespace

Graph withTypes(const Graph& graph, const std::vector<graph::ValueType>& types)
{
    Graph typed = graph;
    for (std::size_t i = 0; i < typed.valueSlots(); ++i)
        setType(typed, graph, ValueId(i), types);
    return typed;
}

void Snapshots::add(const graph::Touched& touched, const passes::InferenceChange& inferred)
{
    ++m_edit;
    m_changes.push_back(
        {touched.nodes, touched.values, inferred.values, touched.wholeModel, inferred.everything});
    if (m_changes.size() > changesKept)
        m_changes.pop_front();
}

std::optional<Snapshots::Changes> Snapshots::since(std::uint64_t edit, const Graph& now) const
{
    const std::uint64_t edits = m_edit - edit;
    if (edits > m_changes.size())
        return std::nullopt;
    Changes changes;
    std::size_t entries = 0;
    for (std::size_t i = m_changes.size() - edits; i < m_changes.size(); ++i) {
        const Change& change = m_changes[i];
        entries += change.nodes.size() + change.values.size() + change.inferred.size();
        if (change.wholeModel || entries > now.nodeSlots() + now.valueSlots())
            return std::nullopt;
        changes.push_back(&change);
    }
    return changes;
}

void Snapshots::follow(Graph& copy, const Graph& now, const Changes& changes)
{
    extend(copy, now);
    for (const Change* change : changes) {
        for (NodeId id : change->nodes)
            copy.node(id) = now.node(id);
        for (ValueId id : change->values)
            copy.value(id) = now.value(id);
    }
}

std::shared_ptr<const graph::Model> Snapshots::model(const graph::Model& now)
{
    auto kept = m_models.take();
    if (!kept.object) {
        kept.object = std::make_unique<graph::Model>(now);
    } else if (auto changes = since(kept.state, now.graph)) {
        follow(kept.object->graph, now.graph, *changes);
        (void)graph::apply(*kept.object, graph::SetModelFields{graph::fieldsOf(now)});
    } else {
        *kept.object = now;
    }
    kept.state = m_edit;
    return m_models.lend(std::move(kept));
}

std::shared_ptr<const Graph> Snapshots::typed(const Graph& now, const std::vector<graph::ValueType>& types)
{
    auto kept = m_graphs.take();
    auto changes = kept.object ? since(kept.state, now) : std::nullopt;
    if (changes && std::none_of(changes->begin(), changes->end(),
                                [](const Change* change) { return change->allTypes; })) {
        follow(*kept.object, now, *changes);
        for (const Change* change : *changes)
            for (const auto* ids : {&change->values, &change->inferred})
                for (ValueId id : *ids)
                    setType(*kept.object, now, id, types);
    } else {
        kept.object = std::make_unique<Graph>(withTypes(now, types));
    }
    kept.state = m_edit;
    return m_graphs.lend(std::move(kept));
}

} // namespace orrery::document
