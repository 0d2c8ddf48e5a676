// SPDX-License-Identifier: Apache-2.0
//
// a, b, c, d  with the order c, b  →  a, c, b, d    when c reads a and nothing named reads d
#include "engine/base/text.h"
#include "engine/graph/order.h"
#include "engine/passes/hint_editor.h"

#include <fmt/format.h>

#include <algorithm>

namespace orrery::passes {
namespace {

constexpr std::string_view what = "run nodes in another order";

// As a hint names it.
std::string nameOf(const graph::Graph& graph, NodeId node)
{
    for (ValueId output : graph.node(node).outputs)
        if (output.valid())
            return displayText(graph.value(output).name, 100);
    return {};
}

// The named nodes of the main graph, each once; what the graph does not have is told in one sentence.
std::vector<NodeId> namedNodes(HintEditor& editor, const std::vector<std::string>& order)
{
    std::vector<NodeId> nodes;
    std::unordered_set<NodeId> seen;
    std::vector<std::string> missing;
    std::size_t missingCount = 0;
    for (const std::string& name : order) {
        NodeId node = editor.nodeOrNone(name);
        bool isHere = node.valid() && editor.graph().node(node).region == editor.graph().mainRegion();
        if (isHere && seen.insert(node).second)
            nodes.push_back(node);
        else if (!isHere && ++missingCount <= 5)
            missing.push_back("\"" + displayText(name, 100) + "\"");
    }
    if (missingCount > 0)
        editor.tell(what, order.front(),
                    fmt::format("{} of its {} nodes are not in the main graph: {}{}; the others keep to it",
                                missingCount, order.size(), fmt::join(missing, ", "),
                                missingCount > missing.size() ? " …" : ""));
    return nodes;
}

class Reordering {
public:
    Reordering(const graph::Graph& graph, const std::vector<NodeId>& named)
        : m_graph(graph)
        , m_named(named.begin(), named.end())
    {
        auto order = graph::topologicalOrder(graph, graph.mainRegion());
        m_old = order.ok() ? order.releaseValue() : graph.main().nodes;
        for (std::size_t i = 0; i < m_old.size(); ++i)
            m_position[m_old[i]] = i;
    }

    // A named node of which something named comes later; invalid when there is none.
    NodeId put(NodeId node)
    {
        std::vector<NodeId> needed;
        std::vector<NodeId> pending{node};
        while (!pending.empty()) {
            NodeId at = pending.back();
            pending.pop_back();
            if (!m_done.insert(at).second)
                continue;
            needed.push_back(at);
            for (ValueId read : graph::valuesRead(m_graph, at)) {
                NodeId producer = m_graph.value(read).producer;
                if (!m_position.contains(producer) || m_done.contains(producer))
                    continue;
                if (m_named.contains(producer))
                    return producer;
                pending.push_back(producer);
            }
        }
        std::sort(needed.begin(), needed.end(),
                  [this](NodeId a, NodeId b) { return m_position[a] < m_position[b]; });
        m_new.insert(m_new.end(), needed.begin(), needed.end());
        return {};
    }

    std::vector<NodeId> withTheRest()
    {
        for (NodeId node : m_old)
            if (!m_done.contains(node))
                m_new.push_back(node);
        return std::move(m_new);
    }

private:
    const graph::Graph& m_graph;
    std::unordered_set<NodeId> m_named;
    std::vector<NodeId> m_old;
    std::vector<NodeId> m_new;
    std::unordered_map<NodeId, std::size_t> m_position;
    std::unordered_set<NodeId> m_done;
};

} // namespace

std::size_t applyOrder(HintEditor& editor, const std::vector<std::string>& order)
{
    if (order.empty())
        return 0;
    std::vector<NodeId> named = namedNodes(editor, order);
    Reordering reordering(editor.graph(), named);
    for (NodeId node : named)
        if (NodeId later = reordering.put(node); later.valid()) {
            editor.tell(what, order.front(),
                        fmt::format("\"{}\" would read what \"{}\" has not computed yet",
                                    nameOf(editor.graph(), node), nameOf(editor.graph(), later)));
            return 0;
        }
    if (named.empty())
        return 0;
    editor.graph().main().nodes = reordering.withTheRest();
    return 1;
}

} // namespace orrery::passes
