// SPDX-License-Identifier: Apache-2.0
//
// Deleting with reconnection. The source of a deleted node's first output is its first input that is no
// constant; where that is made by a deleted node, too, the source of that; and so on, until a value that
// stays. Readers of the output read the source instead. A graph output o stays as it is, since its name is
// what others know: the maker of its source s makes o instead of s (o takes s over, and readers of s read o),
// or, where that cannot be, an Identity makes o from s. Linear in the graph.
#include "engine/edit/actions.h"
#include "engine/edit/builder.h"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

namespace orrery::edit {
namespace {

using graph::Graph;
using graph::Node;

class Deletion {
public:
    Deletion(const graph::Model& model, const std::set<NodeId>& nodes)
        : m_graph(model.graph)
        , m_builder(model)
        , m_uses(model.graph)
        , m_gone(nodes.begin(), nodes.end())
    {
        std::vector<NodeId> open(nodes.begin(), nodes.end());
        while (!open.empty()) { // bodies of deleted nodes go with them
            NodeId id = open.back();
            open.pop_back();
            for (RegionId region : m_graph.node(id).regions()) {
                m_goneRegions.insert(region);
                const auto& inner = m_graph.region(region).nodes;
                open.insert(open.end(), inner.begin(), inner.end());
                m_gone.insert(inner.begin(), inner.end());
            }
        }
        for (NodeId id : nodes)
            if (m_goneRegions.count(m_graph.node(id).region) == 0)
                m_top.push_back(id);
        for (std::size_t i = 0; i < m_graph.regionSlots(); ++i)
            if (const graph::Region& region = m_graph.region(RegionId(i));
                region.alive && m_goneRegions.count(region.id) == 0) {
                m_kept.insert(region.inputs.begin(), region.inputs.end());
                m_kept.insert(region.outputs.begin(), region.outputs.end());
            }
        for (const graph::Root& root : m_graph.roots())
            for (auto* list : {&root.inputs, &root.outputs})
                m_kept.insert(list->begin(), list->end());
    }

    graph::Edit run(Reconnect reconnect)
    {
        if (reconnect == Reconnect::Yes)
            findSources();
        for (NodeId id : m_top)
            m_builder.add(graph::RemoveNode{id});
        for (const auto& [from, to] : m_source)
            if (final(from) != from)
                connectReaders(from);
        for (const auto& [source, output] : m_takenOver)
            connectReaders(source);
        for (const auto& [maker, outputs] : m_newOutputs)
            m_builder.add(graph::SetOutputs{maker, outputs});
        addIdentities();
        dropUnused();
        return std::move(m_builder).group(m_top.size() == 1
                                              ? "Delete " + m_graph.node(m_top.front()).displayName()
                                              : fmt::format("Delete {} nodes", m_top.size()));
    }

private:
    void findSources()
    {
        for (NodeId id : m_top) {
            const Node& node = m_graph.node(id);
            if (node.outputs.empty() || !node.outputs.front().valid())
                continue;
            ValueId output = node.outputs.front();
            ValueId source = sourceOf(output);
            if (!source.valid())
                continue;
            m_source[output] = source;
            if (m_kept.count(output) != 0)
                findMaker(output, source);
        }
    }

    ValueId sourceOf(ValueId value) const
    {
        std::unordered_set<ValueId> seen; // a cycle leads nowhere
        while (value.valid() && seen.insert(value).second) {
            NodeId maker = m_graph.value(value).producer;
            if (!maker.valid() || m_gone.count(maker) == 0)
                return value;
            const Node& node = m_graph.node(maker);
            if (node.outputs.front() != value)
                return {};
            auto first = std::find_if(node.inputs.begin(), node.inputs.end(), [&](ValueId input) {
                return input.valid() && !m_graph.value(input).isConstant();
            });
            value = first == node.inputs.end() ? ValueId() : *first;
        }
        return {};
    }

    void findMaker(ValueId output, ValueId source)
    {
        const graph::Value& from = m_graph.value(source);
        if (from.producer.valid() && m_kept.count(source) == 0 &&
            from.region == m_graph.value(output).region && m_takenOver.emplace(source, output).second) {
            auto& outputs =
                m_newOutputs.emplace(from.producer, m_graph.node(from.producer).outputs).first->second;
            std::replace(outputs.begin(), outputs.end(), source, output);
            return;
        }
        m_identities.emplace_back(output, source);
    }

    // What readers of the value read in the end.
    ValueId final(ValueId value) const
    {
        if (auto source = m_source.find(value); source != m_source.end() && m_kept.count(value) == 0)
            value = source->second;
        auto taken = m_takenOver.find(value);
        return taken == m_takenOver.end() ? value : taken->second;
    }

    void connectReaders(ValueId value)
    {
        for (const graph::Use& use : m_uses.uses(value))
            if (use.node.valid() && m_gone.count(use.node) == 0)
                m_builder.add(graph::Connect{use.node, use.slot, final(value)});
    }

    // In the places of the nodes that they stand for.
    void addIdentities()
    {
        std::unordered_map<NodeId, std::pair<ValueId, ValueId>> byMaker;
        std::set<RegionId> regions;
        for (const auto& [output, source] : m_identities) {
            byMaker[m_graph.value(output).producer] = {output, source};
            regions.insert(m_graph.value(output).region);
        }
        for (RegionId region : regions) {
            std::uint32_t place = 0;
            for (NodeId id : m_graph.region(region).nodes) {
                if (m_gone.count(id) == 0) {
                    ++place;
                    continue;
                }
                auto wanted = byMaker.find(id);
                if (wanted == byMaker.end())
                    continue;
                Node identity;
                identity.opType = "Identity";
                identity.name = m_builder.names().takeForNode("identity");
                identity.region = region;
                identity.inputs = {final(wanted->second.second)};
                identity.outputs = {wanted->second.first};
                m_builder.addNode(std::move(identity), place++);
            }
        }
    }

    bool isUnused(ValueId id) const
    {
        if (!id.valid() || m_kept.count(id) != 0 || m_goneRegions.count(m_graph.value(id).region) != 0)
            return false;
        if (m_source.count(id) != 0 || m_takenOver.count(id) != 0)
            return true; // its readers were led elsewhere
        const auto& uses = m_uses.uses(id);
        return std::all_of(uses.begin(), uses.end(), [&](const graph::Use& use) {
            return use.node.valid() ? m_gone.count(use.node) != 0 : m_goneRegions.count(use.region) != 0;
        });
    }

    void dropUnused()
    {
        std::set<ValueId> dropped;
        for (NodeId id : m_gone) {
            for (ValueId output : m_graph.node(id).outputs)
                if (isUnused(output))
                    dropped.insert(output);
            for (ValueId input : m_graph.node(id).inputs)
                if (input.valid() && m_graph.value(input).isConstant() && isUnused(input))
                    dropped.insert(input);
        }
        for (const auto& [source, output] : m_takenOver)
            dropped.insert(source);
        m_builder.dropValues(std::vector<ValueId>(dropped.begin(), dropped.end()));
    }

    const Graph& m_graph;
    Builder m_builder;
    graph::UseIndex m_uses;
    std::unordered_set<NodeId> m_gone; // bodies included
    std::unordered_set<RegionId> m_goneRegions;
    std::vector<NodeId> m_top;          // those whose region stays
    std::unordered_set<ValueId> m_kept; // inputs and outputs of graphs and roots
    std::map<ValueId, ValueId> m_source;
    std::map<ValueId, ValueId> m_takenOver; // source → graph output
    std::map<NodeId, std::vector<ValueId>> m_newOutputs;
    std::vector<std::pair<ValueId, ValueId>> m_identities; // graph output, source
};

} // namespace

Result<graph::Edit> deleteNodes(const graph::Model& model, const std::set<NodeId>& nodes, Reconnect reconnect)
{
    if (nodes.empty())
        return refused("no node is chosen");
    for (NodeId id : nodes)
        TRY(needNode(model.graph, id));
    return Deletion(model, nodes).run(reconnect);
}

} // namespace orrery::edit
