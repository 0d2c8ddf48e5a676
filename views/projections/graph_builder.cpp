// SPDX-License-Identifier: Apache-2.0
//
// A value is drawn from the nodes that make it: the producer, or, for the output of an If, the nodes in its
// bodies that make the bodies' outputs (the If leads into its bodies with control edges). A value that nobody
// drawn makes has no edge.
#include "views/projections/graph_builder.h"

#include "engine/base/text.h"
#include "views/canvas/groups.h"
#include "views/projections/node_text.h"
#include "views/projections/unchanged.h"
#include "views/theme/op_category.h"

#include <algorithm>
#include <map>
#include <optional>
#include <unordered_map>
#include <unordered_set>

namespace orrery::projections {
namespace {

using canvas::DisplayEdge;
using canvas::DisplayGraph;
using canvas::DisplayNode;
using canvas::NodeKind;
using canvas::noIndex;
using graph::Graph;
using graph::Node;

constexpr std::size_t mostConstantLines = 4;
constexpr std::size_t mostBodyDepth = 16; // of bodies that are followed to the maker of an output

theme::OpCategory categoryOf(const Node& node)
{
    std::string_view type = node.opType;
    if (node.domain == "orrery" && type.starts_with("Fused"))
        type.remove_prefix(5);
    return theme::categoryOfOpType(type);
}

canvas::Badge badgeOf(Severity severity)
{
    switch (severity) {
    case Severity::Info:
        return canvas::Badge::Info;
    case Severity::Warning:
        return canvas::Badge::Warning;
    case Severity::Error:
        return canvas::Badge::Error;
    }
    return canvas::Badge::None;
}

class Builder {
public:
    Builder(const ProjectionInput& input, const BuildOptions& options)
        : m_input(input)
        , m_graph(input.graph)
        , m_options(options)
        , m_nodeIndex(input.graph.nodeSlots(), noIndex)
    {
        lookAtEarlier();
        for (const Problem& problem : input.problems)
            if (problem.nodeId.valid()) {
                canvas::Badge& badge = m_badges[problem.nodeId.value];
                badge = std::max(badge, badgeOf(problem.severity));
            }
    }

    DisplayGraph build()
    {
        m_result.title = displayText(m_input.title, 200);
        addInputs();
        for (std::size_t r = 0; r < m_graph.regionSlots(); ++r)
            if (m_graph.region(RegionId(r)).alive)
                addNodes(m_graph.region(RegionId(r)));
        addEdges();
        addOutputs();
        canvas::groupByScope(m_result);
        return std::move(m_result);
    }

private:
    struct Source {
        std::uint32_t node = noIndex;
        std::uint16_t port = 0;
    };

    std::uint32_t add(DisplayNode node)
    {
        node.id = std::uint32_t(m_result.nodes.size());
        m_result.nodes.push_back(std::move(node));
        return m_result.nodes.back().id;
    }

    void addInputs()
    {
        for (ValueId id : m_graph.main().inputs) {
            if (!m_graph.contains(id) || m_graph.value(id).isConstant())
                continue;
            m_inputIndex[id.value] = add(pill(id, NodeKind::GraphInput, canvas::inputKey(id.value)));
        }
    }

    DisplayNode pill(ValueId id, NodeKind kind, std::uint64_t key) const
    {
        const graph::Value& value = m_graph.value(id);
        DisplayNode node;
        node.key = key;
        node.kind = kind;
        node.category = theme::OpCategory::InputOutput;
        node.title = displayText(value.name.empty() ? "(no name)" : value.name, 80);
        std::string type = typeLabel(value.type);
        if (value.type.kind == graph::TypeKind::Tensor && value.type.element == graph::DataType::Float32)
            type = "float " + type;
        if (!type.empty())
            node.lines.push_back(std::move(type));
        node.toolTip = (kind == NodeKind::GraphInput ? "Input " : "Output ") + node.title + "\n" +
                       displayText(value.type.text(), 200);
        return node;
    }

    // Where the texts of nodes and values stand that are as they were.
    void lookAtEarlier()
    {
        const EarlierPicture& earlier = m_input.earlier;
        if (earlier.graph == nullptr || m_options.details)
            return;
        m_unchanged.emplace(*earlier.graph, m_graph);
        m_earlierNode.assign(m_graph.nodeSlots(), noIndex);
        m_earlierEdge.assign(m_graph.valueSlots(), noIndex);
        for (const DisplayNode& node : earlier.shown->nodes)
            if (node.key < m_earlierNode.size())
                m_earlierNode[node.key] = node.id;
        for (std::size_t e = 0; e < earlier.shown->edges.size(); ++e)
            if (const DisplayEdge& edge = earlier.shown->edges[e];
                edge.kind != canvas::EdgeKind::Control && edge.key < m_earlierEdge.size())
                m_earlierEdge[edge.key] = std::uint32_t(e);
    }

    // A node as it was drawn before, when nothing that it shows is different; a body's scope is asked anew.
    const DisplayNode* earlierNode(const Node& node, const graph::Region& region) const
    {
        if (!m_unchanged || region.parent.valid())
            return nullptr;
        const std::uint32_t found = m_earlierNode[node.id.index()];
        return found != noIndex && m_unchanged->node(node.id) ? &m_input.earlier.shown->nodes[found]
                                                              : nullptr;
    }

    std::string edgeLabel(ValueId id) const
    {
        if (m_unchanged && m_unchanged->value(id) && m_earlierEdge[id.index()] != noIndex)
            return m_input.earlier.shown->edges[m_earlierEdge[id.index()]].label;
        return typeLabel(m_graph.value(id).type);
    }

    // A Constant node is a line on its readers, unless a reader is a graph's output.
    bool isFolded(const Node& node)
    {
        if (node.opType != "Constant" || node.outputs.size() != 1 || !m_graph.contains(node.outputs[0]))
            return false;
        if (!m_uses)
            m_uses.emplace(m_graph);
        const auto& uses = m_uses->uses(node.outputs[0]);
        return !uses.empty() &&
               std::all_of(uses.begin(), uses.end(), [](const graph::Use& use) { return use.node.valid(); });
    }

    // The scope of a node in a body: that of the node it belongs to, its name and the body's.
    const std::string& bodyScope(const graph::Region& region)
    {
        auto [found, isNew] = m_bodyScopes.try_emplace(region.id.value);
        if (isNew && m_graph.contains(region.parent)) {
            const Node& parent = m_graph.node(region.parent);
            const std::uint32_t shown = m_nodeIndex[parent.id.index()];
            std::string scope = shown == noIndex ? "" : m_result.nodes[shown].scope;
            std::string own = parent.displayName();
            own = own.substr(own.rfind('/') + 1);
            found->second =
                scope + (scope.empty() ? "" : "/") + own + "/" + displayText(region.attributeName, 60);
        }
        return found->second;
    }

    std::uint32_t bodyDepth(const graph::Region& region) const
    {
        std::uint32_t depth = 0;
        for (const graph::Region* at = &region; m_graph.contains(at->parent) && depth < mostBodyDepth;
             at = &m_graph.region(m_graph.node(at->parent).region))
            ++depth;
        return depth;
    }

    void addNodes(const graph::Region& region)
    {
        for (NodeId id : region.nodes) {
            if (!m_graph.contains(id))
                continue;
            const Node& node = m_graph.node(id);
            if (!isFolded(node) && (!m_options.shows || m_options.shows(node)))
                m_nodeIndex[id.index()] = add(opNode(node, region));
        }
    }

    DisplayNode opNode(const Node& node, const graph::Region& region)
    {
        DisplayNode shown;
        if (const DisplayNode* earlier = earlierNode(node, region)) {
            shown = *earlier;
            shown.overlay = {};
        } else {
            shown = newNode(node, region);
        }
        shown.badge = canvas::Badge::None;
        for (std::uint32_t origin : shown.origins)
            if (auto badge = m_badges.find(origin); badge != m_badges.end())
                shown.badge = std::max(shown.badge, badge->second);
        return shown;
    }

    DisplayNode newNode(const Node& node, const graph::Region& region)
    {
        DisplayNode shown;
        shown.key = node.id.value;
        shown.kind = node.opType == "Constant" ? NodeKind::Constant : NodeKind::Op;
        shown.category = categoryOf(node);
        shown.title = nodeTitle(node);
        shown.subtitle = displayText(node.name.substr(node.name.rfind('/') + 1), 160);
        shown.scope = scopeOf(node.name);
        if (region.parent.valid()) {
            shown.scope = bodyScope(region);
            shown.bodyDepth = bodyDepth(region);
        }
        shown.lines = attributeLines(node);
        std::size_t constants = 0;
        for (std::size_t i = 0; i < node.inputs.size(); ++i) {
            std::string line = constantLine(m_graph, node, i);
            if (line.empty())
                continue;
            if (++constants > mostConstantLines) {
                shown.lines.push_back("…");
                break;
            }
            shown.lines.push_back(std::move(line));
        }
        if (m_options.details)
            for (std::string& line : m_options.details(node))
                shown.lines.push_back(std::move(line));
        shown.toolTip = nodeToolTip(m_graph, node);
        for (NodeId origin : node.origins)
            shown.origins.push_back(origin.value);
        if (shown.origins.empty())
            shown.origins.push_back(node.id.value); // a dataflow node comes from itself
        return shown;
    }

    // Where a value comes from in the picture.
    std::vector<Source> sources(ValueId id) const
    {
        std::vector<Source> found;
        std::vector<std::pair<ValueId, std::size_t>> open = {{id, 0}};
        while (!open.empty() && found.size() < 16) {
            const auto [value, depth] = open.back();
            open.pop_back();
            if (!m_graph.contains(value))
                continue;
            if (auto input = m_inputIndex.find(value.value); input != m_inputIndex.end()) {
                found.push_back({input->second, 0});
                continue;
            }
            const NodeId producer = m_graph.value(value).producer;
            if (!m_graph.contains(producer) || m_nodeIndex[producer.index()] == noIndex)
                continue;
            const Node& node = m_graph.node(producer);
            const auto slot = std::size_t(std::find(node.outputs.begin(), node.outputs.end(), value) -
                                          node.outputs.begin());
            std::vector<std::pair<ValueId, std::size_t>> bodies;
            if (node.opType == "If" && depth < mostBodyDepth)
                for (RegionId region : node.regions())
                    if (const auto& outputs = m_graph.region(region).outputs;
                        slot < outputs.size() && isMadeIn(outputs[slot], region))
                        bodies.push_back({outputs[slot], depth + 1});
            if (bodies.size() == node.regions().size() && !bodies.empty())
                open.insert(open.end(), bodies.begin(), bodies.end());
            else
                found.push_back(
                    {m_nodeIndex[producer.index()], std::uint16_t(std::min<std::size_t>(slot, 0xffff))});
        }
        return found;
    }

    bool isMadeIn(ValueId id, RegionId region) const
    {
        if (!m_graph.contains(id))
            return false;
        const graph::Value& value = m_graph.value(id);
        return value.region == region && m_graph.contains(value.producer) &&
               m_nodeIndex[value.producer.index()] != noIndex;
    }

    void connect(ValueId value, std::uint32_t to, std::size_t slot)
    {
        for (const Source& source : sources(value))
            m_result.edges.push_back({source.node, to, source.port,
                                      std::uint16_t(std::min<std::size_t>(slot, 0xffff)),
                                      canvas::EdgeKind::Data, value.value, edgeLabel(value)});
    }

    void addEdges()
    {
        std::unordered_set<std::uint32_t> entered; // RegionIds
        for (std::size_t i = 0; i < m_nodeIndex.size(); ++i) {
            if (m_nodeIndex[i] == noIndex)
                continue;
            const Node& node = m_graph.node(NodeId(i));
            const std::size_t before = m_result.edges.size();
            for (std::size_t slot = 0; slot < node.inputs.size(); ++slot)
                if (m_graph.contains(node.inputs[slot]))
                    connect(node.inputs[slot], m_nodeIndex[i], slot);
            // The first nodes of a body hang from the node that runs it.
            const NodeId parent = m_graph.region(node.region).parent;
            if (m_result.edges.size() == before && connectBody(parent, m_nodeIndex[i]))
                entered.insert(node.region.value);
        }
        // So does every body, even one whose nodes all read something.
        for (std::size_t i = 0; i < m_nodeIndex.size(); ++i)
            if (m_nodeIndex[i] != noIndex)
                if (const RegionId region = m_graph.node(NodeId(i)).region;
                    entered.insert(region.value).second)
                    connectBody(m_graph.region(region).parent, m_nodeIndex[i]);
    }

    bool connectBody(NodeId parent, std::uint32_t to)
    {
        if (!m_graph.contains(parent) || m_nodeIndex[parent.index()] == noIndex)
            return false;
        m_result.edges.push_back(
            {m_nodeIndex[parent.index()], to, 0xffff, 0, canvas::EdgeKind::Control, canvas::noKey, {}});
        return true;
    }

    void addOutputs()
    {
        const auto& outputs = m_graph.main().outputs;
        for (std::size_t i = 0; i < outputs.size(); ++i) {
            if (!m_graph.contains(outputs[i]))
                continue;
            // A value that is listed twice gets its second pill by place.
            const bool again = std::find(outputs.begin(), outputs.begin() + std::ptrdiff_t(i), outputs[i]) !=
                               outputs.begin() + std::ptrdiff_t(i);
            const auto number = again ? std::uint32_t(m_graph.valueSlots() + i) : outputs[i].value;
            const std::uint32_t node =
                add(pill(outputs[i], NodeKind::GraphOutput, canvas::outputKey(number)));
            connect(outputs[i], node, 0);
        }
    }

    const ProjectionInput& m_input;
    const Graph& m_graph;
    const BuildOptions& m_options;
    std::optional<graph::UseIndex> m_uses; // made when first asked
    std::optional<Unchanged> m_unchanged;
    std::vector<std::uint32_t> m_earlierNode, m_earlierEdge;       // by NodeId, ValueId; where m_unchanged
    std::vector<std::uint32_t> m_nodeIndex;                        // by NodeId; noIndex: not drawn
    std::unordered_map<std::uint32_t, std::uint32_t> m_inputIndex; // by ValueId
    std::unordered_map<std::uint32_t, canvas::Badge> m_badges;     // by dataflow NodeId
    std::map<std::uint32_t, std::string> m_bodyScopes;             // by RegionId
    DisplayGraph m_result;
};

} // namespace

DisplayGraph buildGraph(const ProjectionInput& input, const BuildOptions& options)
{
    return Builder(input, options).build();
}

} // namespace orrery::projections
