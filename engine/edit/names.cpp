// SPDX-License-Identifier: Apache-2.0
#include "engine/edit/names.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

namespace orrery::edit {

namespace {

constexpr int fewWalks = 6;

} // namespace

Names::Names(const graph::Graph& graph)
    : m_graph(graph)
{}

void Names::makeSets()
{
    m_hasSets = true;
    m_values.reserve(m_graph.valueSlots());
    m_nodes.reserve(m_graph.nodeSlots());
    for (std::size_t i = 0; i < m_graph.valueSlots(); ++i)
        if (const graph::Value& value = m_graph.value(ValueId(i)); value.alive && !value.name.empty())
            m_values.insert(value.name);
    for (std::size_t i = 0; i < m_graph.nodeSlots(); ++i)
        if (const graph::Node& node = m_graph.node(NodeId(i)); node.alive && !node.name.empty())
            m_nodes.insert(node.name);
}

bool Names::isTaken(Kind kind, const std::string& name)
{
    if ((kind == Kind::Value ? m_values : m_nodes).contains(name))
        return true;
    if (m_hasSets)
        return false;
    if (++m_walks > fewWalks) {
        makeSets();
        return isTaken(kind, name);
    }
    for (std::size_t i = 0; kind == Kind::Value && i < m_graph.valueSlots(); ++i)
        if (const graph::Value& value = m_graph.value(ValueId(i)); value.alive && value.name == name)
            return true;
    for (std::size_t i = 0; kind == Kind::Node && i < m_graph.nodeSlots(); ++i)
        if (const graph::Node& node = m_graph.node(NodeId(i)); node.alive && node.name == name)
            return true;
    return false;
}

std::string Names::take(Kind kind, std::string_view wish)
{
    auto isNew = [&](const std::string& name) {
        if (isTaken(kind, name))
            return false;
        (kind == Kind::Value ? m_values : m_nodes).insert(m_taken.emplace_back(name));
        return true;
    };
    std::string stem(wish.empty() ? "value" : wish);
    if (isNew(stem))
        return stem;
    // "conv_3" continues at conv_4, not at conv_3_1.
    std::size_t number = 1;
    if (std::size_t underscore = stem.rfind('_'); underscore != std::string::npos && underscore > 0) {
        std::string_view digits = std::string_view(stem).substr(underscore + 1);
        if (!digits.empty() && digits.size() < 7 &&
            std::all_of(digits.begin(), digits.end(), [](unsigned char c) { return std::isdigit(c) != 0; })) {
            number = static_cast<std::size_t>(std::stoul(std::string(digits))) + 1;
            stem.resize(underscore);
        }
    }
    for (;; ++number)
        if (std::string name = fmt::format("{}_{}", stem, number); isNew(name))
            return name;
}

} // namespace orrery::edit
