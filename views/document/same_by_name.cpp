// SPDX-License-Identifier: Apache-2.0
#include "views/document/same_by_name.h"

#include <algorithm>

namespace orrery::document {
namespace {

std::string_view resultOf(const graph::Graph& graph, NodeId node)
{
    for (ValueId output : graph.node(node).outputs)
        if (output.valid())
            return graph.value(output).name;
    return {};
}

bool isSame(const graph::Graph& a, NodeId inA, const graph::Graph& b, NodeId inB)
{
    return a.node(inA).opType == b.node(inB).opType && resultOf(a, inA) == resultOf(b, inB);
}

} // namespace

SameByName::SameByName(const graph::Graph& from, const graph::Graph& to)
    : m_from(from)
    , m_to(to)
{
    const std::vector<NodeId> nodes = from.liveNodes();
    m_isIdentity = std::all_of(nodes.begin(), nodes.end(), [&](NodeId node) {
        return to.contains(node) && isSame(from, node, to, node);
    });
    if (m_isIdentity)
        return;
    for (std::size_t i = 0; i < to.valueSlots(); ++i)
        if (const graph::Value& value = to.value(ValueId(i)); value.alive && !value.name.empty())
            m_values.try_emplace(value.name, value.id);
}

NodeId SameByName::operator()(NodeId node) const
{
    if (!m_from.contains(node))
        return {};
    if (m_isIdentity)
        return node;
    auto found = m_values.find(resultOf(m_from, node));
    const NodeId producer = found == m_values.end() ? NodeId() : m_to.value(found->second).producer;
    return producer.valid() && isSame(m_from, node, m_to, producer) ? producer : NodeId();
}

ValueId SameByName::operator()(ValueId value) const
{
    if (!m_from.contains(value))
        return {};
    const std::string& name = m_from.value(value).name;
    if (m_to.contains(value) && m_to.value(value).name == name)
        return value;
    auto found = m_values.find(name);
    return found == m_values.end() ? ValueId() : found->second;
}

} // namespace orrery::document
