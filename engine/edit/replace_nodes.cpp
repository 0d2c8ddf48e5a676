// SPDX-License-Identifier: Apache-2.0
#include "engine/base/text.h"
#include "engine/edit/convert_opset.h"
#include "engine/edit/pasting.h"
#include "engine/edit/pieces.h"

#include <fmt/format.h>

#include <algorithm>

namespace orrery::edit {
namespace {

using graph::Graph;
using Link = Replacement::Link;

std::string typeText(const graph::ValueType& type) { return displayText(type.text(), 80); }

// Pairs by name, then in order what is left on both sides and fits; constants are no candidates for names of
// inputs only when they are asked for.
void link(std::vector<Link>& links, const Graph& piece, const Graph& typed,
          const std::vector<ValueId>& candidates, bool intoPiece)
{
    std::unordered_set<ValueId> taken;
    auto may = [&](ValueId inPiece, ValueId inModel) {
        const graph::ValueType &a = piece.value(inPiece).type, &b = typed.value(inModel).type;
        return intoPiece ? mayBe(b, a) : mayBe(a, b);
    };
    auto& open = links;
    for (Link& one : open)
        for (ValueId id : candidates) {
            ValueId& empty = intoPiece ? one.inModel : one.inPiece;
            const ValueId fixed = intoPiece ? one.inPiece : one.inModel;
            const std::string& name = (intoPiece ? piece : typed).value(fixed).name;
            const std::string& other = (intoPiece ? typed : piece).value(id).name;
            if (!empty.valid() && name == other && taken.count(id) == 0 &&
                (intoPiece ? may(fixed, id) : may(id, fixed))) {
                empty = id;
                one.byName = true;
                taken.insert(id);
            }
        }
    for (Link& one : open) {
        ValueId& empty = intoPiece ? one.inModel : one.inPiece;
        const ValueId fixed = intoPiece ? one.inPiece : one.inModel;
        for (ValueId id : candidates)
            if (!empty.valid() && taken.count(id) == 0 && (intoPiece ? may(fixed, id) : may(id, fixed))) {
                empty = id;
                taken.insert(id);
            }
    }
}

} // namespace

Result<std::optional<graph::Model>> inOpsetsOf(const graph::Model& piece, const graph::Model& model,
                                               const ops::OpRegistry& ops)
{
    const std::int64_t from = piece.opsetVersion(""), to = model.opsetVersion("");
    if (from == 0 || to == 0 || from == to)
        return std::optional<graph::Model>();
    auto converted = convertOpset(piece, ops, to);
    if (!converted.ok())
        return Error{converted.error().code,
                     fmt::format("it is written for version {} of the operators, the model for {}: {}", from,
                                 to, converted.error().message),
                     converted.error().where};
    return std::optional<graph::Model>(*converted->after);
}

Result<Replacement> matchPiece(const graph::Model& model, const graph::Graph& typed,
                               const std::set<NodeId>& nodes, const graph::Model& piece)
{
    Replacement result;
    result.border = TRY(borderOf(model.graph, nodes));
    TRY(checkConvex(model.graph, result.border));
    const Graph& inside = piece.graph;
    if (inside.main().nodes.empty())
        return refused("the piece has no nodes");
    std::vector<ValueId> values, constants, made;
    for (ValueId id : result.border.read)
        (typed.value(id).isConstant() ? constants : values).push_back(id);
    for (ValueId id : inside.main().inputs)
        if (!inside.value(id).isConstant())
            result.inputs.push_back({id, {}, false});
    for (ValueId id : inside.main().outputs)
        if (std::find(made.begin(), made.end(), id) == made.end())
            made.push_back(id);
    for (ValueId id : result.border.outputs)
        result.outputs.push_back({{}, id, false});
    link(result.inputs, inside, typed, values, true);
    link(result.outputs, inside, typed, made, false);

    std::unordered_set<ValueId> used;
    for (const Link& one : result.inputs) {
        used.insert(one.inModel);
        const graph::Value& value = inside.value(one.inPiece);
        if (!one.inModel.valid())
            result.misfits.push_back(fmt::format(
                "input \"{}\" ({}) finds nothing that fits and becomes {}", displayText(value.name, 80),
                typeText(value.type),
                result.border.region == model.graph.mainRegion() ? "a graph input" : "an open value"));
    }
    for (const Link& one : result.outputs)
        if (!one.inPiece.valid()) {
            const graph::Value& value = typed.value(one.inModel);
            result.misfits.push_back(
                fmt::format("{} ({}) is read by others, and the piece makes nothing for it", valueText(value),
                            typeText(value.type)));
        }
    for (ValueId id : values)
        if (used.count(id) == 0)
            result.misfits.push_back(
                fmt::format("the piece does not read {}, which the nodes do", valueText(typed.value(id))));
    return result;
}

Result<graph::Edit> replaceNodes(const graph::Model& model, const graph::Model& piece,
                                 const Replacement& replacement)
{
    const Graph& graph = model.graph;
    const Border& border = replacement.border;
    for (NodeId id : border.nodes)
        TRY(needNode(graph, id));
    PasteOptions options;
    options.region = border.region;
    options.bindByName = false;
    Pasting pasting(model, piece, options);
    Builder& builder = pasting.builder();
    for (NodeId id : border.nodes)
        builder.add(graph::RemoveNode{id});
    for (const Link& one : replacement.inputs)
        if (one.inModel.valid())
            pasting.copy().map(one.inPiece, one.inModel);
    std::vector<std::pair<ValueId, ValueId>> handedOn; // what the piece only passes on
    for (const Link& one : replacement.outputs)
        if (one.inPiece.valid()) {
            if (piece.graph.value(one.inPiece).producer.valid())
                pasting.copy().map(one.inPiece, one.inModel);
            else
                handedOn.emplace_back(one.inPiece, one.inModel);
        }
    TRY(pasting.put(border.place));
    std::uint32_t place = border.place + static_cast<std::uint32_t>(piece.graph.main().nodes.size());
    for (auto [from, to] : handedOn) {
        graph::Node identity;
        identity.opType = "Identity";
        identity.name = builder.names().takeForNode("identity");
        identity.region = border.region;
        identity.inputs = {pasting.copy().mapped(from)};
        identity.outputs = {to};
        builder.addNode(std::move(identity), place++);
    }

    std::vector<ValueId> gone = border.inner;
    std::unordered_set<ValueId> kept;
    for (const Link& one : replacement.inputs)
        kept.insert(one.inModel);
    const graph::UseIndex uses(graph);
    const std::unordered_set<NodeId> nodes(border.nodes.begin(), border.nodes.end());
    for (ValueId id : border.read) { // constants of theirs alone
        const graph::Value& value = graph.value(id);
        const auto& readers = uses.uses(id);
        const auto& inputs = graph.region(value.region).inputs;
        if (value.isConstant() && kept.count(id) == 0 && value.region == border.region &&
            std::find(inputs.begin(), inputs.end(), id) == inputs.end() &&
            std::all_of(readers.begin(), readers.end(),
                        [&](const graph::Use& use) { return nodes.count(use.node) != 0; }))
            gone.push_back(id);
    }
    builder.dropValues(gone);
    const std::string& name = piece.graph.main().name;
    return std::move(builder).group(border.nodes.size() == 1
                                        ? "Replace " + graph.node(border.nodes.front()).displayName()
                                        : fmt::format("Replace {} nodes", border.nodes.size()) +
                                              (name.empty() ? "" : " by " + displayText(name, 60)));
}

} // namespace orrery::edit
