// SPDX-License-Identifier: Apache-2.0
//
// Edits of a node's attributes. A body stays with its node; its attribute may be renamed, then the body's
// region hears of it.
#include "engine/base/text.h"
#include "engine/graph/edit_apply.h"

#include <fmt/format.h>

namespace orrery::graph::editing {
namespace {

bool holdsBody(const Attribute& attribute)
{
    return std::holds_alternative<RegionId>(attribute.value) ||
           std::holds_alternative<std::vector<RegionId>>(attribute.value);
}

Error bodyStays(const Node& node, const Attribute& attribute)
{
    return refused("attribute \"" + displayText(attribute.name, 80) +
                       "\" holds a body, which comes and goes with its node",
                   node.displayName());
}

Result<void> needAttribute(const Graph& graph, NodeId id, std::uint32_t position)
{
    TRY(needNode(graph, id));
    const Node& node = graph.node(id);
    if (position >= node.attributes.size())
        return refused(
            fmt::format("it has no attribute in place {}; there are {}", position, node.attributes.size()),
            node.displayName());
    return {};
}

} // namespace

Result<Edit> change(Graph& graph, const InsertAttribute& edit)
{
    TRY(needNode(graph, edit.node));
    Node& node = graph.node(edit.node);
    std::size_t position = edit.position == atEnd ? node.attributes.size() : edit.position;
    if (position > node.attributes.size())
        return refused(fmt::format("an attribute cannot be put in place {} of {}", edit.position,
                                   node.attributes.size()),
                       node.displayName());
    if (holdsBody(edit.attribute))
        return bodyStays(node, edit.attribute);
    node.attributes.insert(node.attributes.begin() + static_cast<std::ptrdiff_t>(position), edit.attribute);
    return Edit(EraseAttribute{edit.node, static_cast<std::uint32_t>(position)});
}

Result<Edit> change(Graph& graph, const EraseAttribute& edit)
{
    TRY(needAttribute(graph, edit.node, edit.position));
    Node& node = graph.node(edit.node);
    if (holdsBody(node.attributes[edit.position]))
        return bodyStays(node, node.attributes[edit.position]);
    Edit inverse = InsertAttribute{edit.node, edit.position, std::move(node.attributes[edit.position])};
    node.attributes.erase(node.attributes.begin() + edit.position);
    return inverse;
}

Result<Edit> change(Graph& graph, const ReplaceAttribute& edit)
{
    TRY(needAttribute(graph, edit.node, edit.position));
    Node& node = graph.node(edit.node);
    Attribute& attribute = node.attributes[edit.position];
    bool body = holdsBody(attribute);
    if ((body || holdsBody(edit.attribute)) && !equal(attribute.value, edit.attribute.value))
        return bodyStays(node, attribute);
    Edit inverse = ReplaceAttribute{edit.node, edit.position, std::exchange(attribute, edit.attribute)};
    if (auto* one = std::get_if<RegionId>(&attribute.value))
        graph.region(*one).attributeName = attribute.name;
    else if (auto* many = std::get_if<std::vector<RegionId>>(&attribute.value))
        for (RegionId id : *many)
            graph.region(id).attributeName = attribute.name;
    return inverse;
}

} // namespace orrery::graph::editing
