// SPDX-License-Identifier: Apache-2.0
#include "engine/edit/names.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

namespace orrery::edit {

Names::Names(const graph::Graph& graph)
{
    m_values.reserve(graph.valueSlots());
    m_nodes.reserve(graph.nodeSlots());
    for (std::size_t i = 0; i < graph.valueSlots(); ++i)
        if (const graph::Value& value = graph.value(ValueId(i)); value.alive && !value.name.empty())
            m_values.insert(value.name);
    for (std::size_t i = 0; i < graph.nodeSlots(); ++i)
        if (const graph::Node& node = graph.node(NodeId(i)); node.alive && !node.name.empty())
            m_nodes.insert(node.name);
}

std::string Names::take(Set& set, std::string_view wish)
{
    auto isNew = [&](const std::string& name) {
        if (set.contains(name))
            return false;
        set.insert(m_taken.emplace_back(name));
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
