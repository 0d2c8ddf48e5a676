// SPDX-License-Identifier: Apache-2.0
//
// Grown from one node: downwards to the next place where all that is made inside comes together in one value,
// upwards by whatever is made for the chain alone; both as long as every node treats the slices apart.
#include "engine/graph/order.h"
#include "engine/passes/plan_hints.h"
#include "engine/passes/slice_chain.h"

#include <algorithm>
#include <map>
#include <set>
#include <unordered_set>

namespace orrery::passes {
namespace {

constexpr std::size_t longestChain = 64;
constexpr std::size_t farthestJoin = 24; // nodes between two such places
constexpr std::size_t mostMakers = 32;   // looked at for one step upwards

class Growth {
public:
    Growth(const graph::Graph& graph, const graph::UseIndex& uses, const TypeOf& typeOf,
           const UseCount& useCount, const std::map<NodeId, std::size_t>& position)
        : m_graph(graph)
        , m_uses(uses)
        , m_typeOf(typeOf)
        , m_useCount(useCount)
        , m_position(position)
    {}

    std::vector<NodeId> from(NodeId node, std::int64_t axis)
    {
        m_axis = axis;
        m_nodes = {node};
        if (!holds())
            return {};
        while (m_nodes.size() < longestChain && growDown())
            ;
        while (m_nodes.size() < longestChain && growUp())
            ;
        return m_nodes;
    }

private:
    bool holds() const { return sliceChain(m_graph, m_nodes, m_axis, m_typeOf, m_useCount).ok(); }

    // True with the chain longer by the nodes up to the next single value.
    bool growDown()
    {
        const std::vector<NodeId> before = m_nodes;
        std::set<std::pair<std::size_t, NodeId>> next;
        auto addReaders = [&](NodeId node) {
            for (const graph::Use& use : m_uses.uses(soleOutput(m_graph.node(node))))
                if (auto at = m_position.find(use.node); at != m_position.end())
                    next.insert({at->second, use.node});
        };
        addReaders(m_nodes.back());
        for (std::size_t added = 0; added < farthestJoin && !next.empty(); ++added) {
            const NodeId node = next.begin()->second;
            next.erase(next.begin());
            if (!soleOutput(m_graph.node(node)).valid())
                break;
            m_nodes.push_back(node);
            if (holds())
                return true;
            addReaders(node);
        }
        m_nodes = before;
        return false;
    }

    bool growUp()
    {
        std::set<std::pair<std::size_t, NodeId>, std::greater<>> makers; // the latest first
        const std::unordered_set<NodeId> inside(m_nodes.begin(), m_nodes.end());
        for (NodeId node : m_nodes)
            for (ValueId input : m_graph.node(node).inputs)
                if (input.valid() && !inside.contains(m_graph.value(input).producer))
                    if (auto at = m_position.find(m_graph.value(input).producer); at != m_position.end())
                        makers.insert({at->second, at->first});
        std::size_t tried = 0;
        for (const auto& [at, maker] : makers) {
            if (++tried > mostMakers)
                break;
            m_nodes.insert(m_nodes.begin(), maker);
            std::sort(m_nodes.begin(), m_nodes.end(),
                      [this](NodeId a, NodeId b) { return m_position.at(a) < m_position.at(b); });
            if (holds())
                return true;
            std::erase(m_nodes, maker);
        }
        return false;
    }

    const graph::Graph& m_graph;
    const graph::UseIndex& m_uses;
    const TypeOf& m_typeOf;
    const UseCount& m_useCount;
    const std::map<NodeId, std::size_t>& m_position;
    std::int64_t m_axis = 0;
    std::vector<NodeId> m_nodes;
};

std::string nameOf(const graph::Graph& graph, NodeId node)
{
    return graph.value(soleOutput(graph.node(node))).name;
}

} // namespace

ChunkHint chunkableChain(const graph::Graph& graph, NodeId node, const std::vector<graph::ValueType>& types)
{
    if (!graph.contains(node) || !soleOutput(graph.node(node)).valid())
        return {};
    const graph::UseIndex uses(graph);
    std::unordered_map<ValueId, std::size_t> ofRoots;
    for (const graph::Root& root : graph.roots())
        for (ValueId output : root.outputs)
            ++ofRoots[output];
    static const graph::ValueType unknown;
    const TypeOf typeOf = [&](ValueId value) -> const graph::ValueType& {
        return value.valid() && value.index() < types.size() ? types[value.index()] : unknown;
    };
    const UseCount useCount = [&](ValueId value) {
        auto more = ofRoots.find(value);
        return uses.uses(value).size() + (more == ofRoots.end() ? 0 : more->second);
    };
    auto order = graph::topologicalOrder(graph, graph.node(node).region);
    if (!order.ok())
        return {};
    std::map<NodeId, std::size_t> position;
    for (std::size_t i = 0; i < order->size(); ++i)
        position[(*order)[i]] = i;

    const graph::ValueType& type = typeOf(soleOutput(graph.node(node)));
    const std::int64_t rank = type.shape ? static_cast<std::int64_t>(type.shape->rank()) : 0;
    std::vector<NodeId> best;
    ChunkHint hint;
    for (std::int64_t axis = 0; axis < rank; ++axis) {
        auto nodes = Growth(graph, uses, typeOf, useCount, position).from(node, axis);
        if (nodes.size() > best.size()) {
            best = std::move(nodes);
            hint.axis = axis;
        }
    }
    for (NodeId member : best) {
        hint.nodes.push_back(nameOf(graph, member));
        if (hint.nodes.back().empty())
            return {}; // a hint cannot name it
    }
    return hint;
}

} // namespace orrery::passes
