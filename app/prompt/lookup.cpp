// SPDX-License-Identifier: Apache-2.0
#include "app/prompt/lookup.h"

#include "app/cli/arguments.h"
#include "engine/base/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace orrery::prompt {
namespace {

constexpr std::size_t mostListed = 8;

// "#12" → 12; nullopt for other text.
std::optional<std::size_t> idOf(const Word& word, char sign)
{
    const std::string& text = word.text;
    if (word.quoted || text.size() < 2 || text[0] != sign)
        return std::nullopt;
    std::uint32_t id = 0;
    auto [end, error] = std::from_chars(text.data() + 1, text.data() + text.size(), id);
    if (error != std::errc() || end != text.data() + text.size())
        return std::nullopt;
    return id;
}

// A name as unlike the typed one as a slip of the fingers makes it: letter case, or what stands around it.
template<class Map>
std::string similar(const Map& map, const std::string& typed)
{
    auto lower = [](std::string text) {
        std::transform(text.begin(), text.end(), text.begin(),
                       [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
        return text;
    };
    std::string wanted = lower(typed);
    std::vector<std::string> found;
    for (const auto& [name, ids] : map)
        if (!wanted.empty() && lower(name).find(wanted) != std::string::npos)
            found.push_back(name);
    std::sort(found.begin(), found.end(), [](const std::string& a, const std::string& b) {
        return a.size() != b.size() ? a.size() < b.size() : a < b;
    });
    if (found.empty())
        return {};
    found.resize(std::min<std::size_t>(found.size(), 3));
    for (std::string& name : found)
        name = displayText(name, 100);
    return fmt::format("; perhaps {}", fmt::join(found, ", "));
}

template<class Map>
std::vector<std::string> namesFrom(const Map& map, std::string_view prefix, std::size_t most)
{
    std::vector<std::string> names;
    for (const auto& [name, ids] : map)
        if (name.starts_with(prefix))
            names.push_back(name);
    std::size_t kept = std::min(names.size(), most);
    std::partial_sort(names.begin(), names.begin() + static_cast<std::ptrdiff_t>(kept), names.end());
    names.resize(kept);
    return names;
}

template<class IdType, class RegionOf>
std::vector<IdType> innermost(const std::vector<IdType>& ids, std::span<const RegionId> scopes,
                              RegionOf regionOf)
{
    for (RegionId scope : scopes) {
        std::vector<IdType> here;
        std::copy_if(ids.begin(), ids.end(), std::back_inserter(here),
                     [&](IdType id) { return regionOf(id) == scope; });
        if (!here.empty())
            return here;
    }
    return ids;
}

template<class IdType>
Error severalError(const Word& word, std::string_view what, char sign, const std::vector<IdType>& ids)
{
    std::vector<std::string> texts;
    for (IdType id : ids)
        if (texts.size() < mostListed)
            texts.push_back(fmt::format("{}{}", sign, id.value));
    return cli::usageError(fmt::format("\"{}\" is the name of {} {}: {}{}", displayText(word.text, 200),
                                       ids.size(), what, fmt::join(texts, ", "),
                                       ids.size() > mostListed ? ", …" : ""));
}

} // namespace

Lookup::Lookup(const graph::Graph& graph)
    : m_graph(graph)
{
    for (NodeId id : graph.liveNodes())
        if (!graph.node(id).name.empty())
            m_nodes[graph.node(id).name].push_back(id);
    for (std::size_t i = 0; i < graph.valueSlots(); ++i)
        if (graph.contains(ValueId(i)) && !graph.value(ValueId(i)).name.empty())
            m_values[graph.value(ValueId(i)).name].emplace_back(i);
}

Result<NodeId> Lookup::oneNode(const Word& word, std::span<const RegionId> scopes) const
{
    auto found = m_nodes.find(word.text);
    if (found == m_nodes.end())
        return NodeId();
    auto ids = innermost(found->second, scopes, [&](NodeId id) { return m_graph.node(id).region; });
    if (ids.size() > 1)
        return severalError(word, "nodes", '#', ids);
    return ids.front();
}

Result<NodeId> Lookup::node(const Word& word, std::span<const RegionId> scopes) const
{
    if (NodeId id = TRY(oneNode(word, scopes)); id.valid())
        return id;
    if (auto id = idOf(word, '#')) {
        if (m_graph.contains(NodeId(*id)))
            return NodeId(*id);
        return cli::usageError(fmt::format("there is no node #{}", *id));
    }
    if (auto found = m_values.find(word.text); found != m_values.end()) {
        auto ids = innermost(found->second, scopes, [&](ValueId id) { return m_graph.value(id).region; });
        if (ids.size() > 1)
            return severalError(word, "values", '%', ids);
        if (NodeId producer = m_graph.value(ids.front()).producer; producer.valid())
            return producer;
        return cli::usageError(
            fmt::format("\"{}\" is a value that no node writes", displayText(word.text, 200)));
    }
    return cli::usageError(
        fmt::format("there is no node \"{}\"{}", displayText(word.text, 200), similar(m_nodes, word.text)));
}

Result<ValueId> Lookup::value(const Word& word, std::span<const RegionId> scopes) const
{
    if (auto found = m_values.find(word.text); found != m_values.end()) {
        auto ids = innermost(found->second, scopes, [&](ValueId id) { return m_graph.value(id).region; });
        if (ids.size() > 1)
            return severalError(word, "values", '%', ids);
        return ids.front();
    }
    if (auto id = idOf(word, '%')) {
        if (m_graph.contains(ValueId(*id)))
            return ValueId(*id);
        return cli::usageError(fmt::format("there is no value %{}", *id));
    }
    NodeId node = TRY(oneNode(word, scopes));
    if (auto id = idOf(word, '#'); id && !node.valid() && m_graph.contains(NodeId(*id)))
        node = NodeId(*id);
    if (node.valid()) {
        std::vector<ValueId> outputs;
        for (ValueId output : m_graph.node(node).outputs)
            if (output.valid())
                outputs.push_back(output);
        if (outputs.size() == 1)
            return outputs.front();
        return cli::usageError(fmt::format("\"{}\" is a node with {} outputs; name one of them",
                                           displayText(word.text, 200), outputs.size()));
    }
    return cli::usageError(
        fmt::format("there is no value \"{}\"{}", displayText(word.text, 200), similar(m_values, word.text)));
}

std::vector<std::string> Lookup::nodeNames(std::string_view prefix, std::size_t most) const
{
    return namesFrom(m_nodes, prefix, most);
}

std::vector<std::string> Lookup::valueNames(std::string_view prefix, std::size_t most) const
{
    return namesFrom(m_values, prefix, most);
}

std::string nodeName(const graph::Graph& graph, NodeId id)
{
    if (!graph.contains(id))
        return id.valid() ? fmt::format("#{}", id.value) : std::string();
    const std::string& name = graph.node(id).name;
    return name.empty() ? fmt::format("#{}", id.value) : displayText(name, 200);
}

std::string valueName(const graph::Graph& graph, ValueId id)
{
    if (!graph.contains(id))
        return id.valid() ? fmt::format("%{}", id.value) : std::string("(omitted)");
    const std::string& name = graph.value(id).name;
    return name.empty() ? fmt::format("%{}", id.value) : displayText(name, 200);
}

} // namespace orrery::prompt
