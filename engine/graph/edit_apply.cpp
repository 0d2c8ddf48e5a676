// SPDX-License-Identifier: Apache-2.0
//
// A group is applied member by member, its inverse gathered backwards; when a member is refused, what was
// gathered so far is applied, which cannot fail, and the refusal is passed on.
#include "engine/graph/edit_apply.h"

#include "engine/base/text.h"

#include <fmt/format.h>

#include <algorithm>

namespace orrery::graph {
namespace {

constexpr int depthLimit = 32; // of groups in groups

Result<Edit> change(Model& model, const Edit& edit, int depth);

Result<std::vector<Edit>> changeAll(const std::vector<Edit>& edits, auto&& changeOne)
{
    std::vector<Edit> inverse;
    inverse.reserve(edits.size());
    for (const Edit& edit : edits) {
        Result<Edit> one = changeOne(edit);
        if (one.ok()) {
            inverse.push_back(one.releaseValue());
            continue;
        }
        for (auto back = inverse.rbegin(); back != inverse.rend(); ++back)
            CHECK(changeOne(*back).ok());
        return one.releaseError();
    }
    std::reverse(inverse.begin(), inverse.end());
    return inverse;
}

template<class T>
concept OfGraph = requires(Graph& graph, const T& edit)
{
    editing::change(graph, edit);
};

Error tooDeep() { return editing::refused(fmt::format("edits are nested deeper than {}", depthLimit)); }

// Inside of a function's body only edits of a graph make sense.
Result<Edit> changeGraph(Graph& graph, const Edit& edit, int depth)
{
    if (depth > depthLimit)
        return tooDeep();
    return std::visit(
        [&](const auto& kind) -> Result<Edit> {
            using T = std::remove_cvref_t<decltype(kind)>;
            if constexpr (std::is_same_v<T, Group>)
                return Edit(Group{kind.name, TRY(changeAll(kind.edits, [&](const Edit& member) {
                                      return changeGraph(graph, member, depth + 1);
                                  }))});
            else if constexpr (OfGraph<T>)
                return editing::change(graph, kind);
            else
                return editing::refused("a function's body has no operator sets or functions of its own");
        },
        edit.kind);
}

Result<Function*> function(Model& model, std::uint32_t index)
{
    if (index >= model.functions.size())
        return editing::refused(
            fmt::format("there is no function #{}; the model has {}", index, model.functions.size()));
    return &model.functions[index];
}

Result<Edit> changeModel(Model& model, const InFunction& edit, int depth)
{
    Function* target = TRY(function(model, edit.function));
    return Edit(InFunction{edit.function, TRY(changeAll(edit.edits, [&](const Edit& member) {
                               return changeGraph(target->body, member, depth + 1);
                           }))});
}

Result<Edit> changeModel(Model& model, const SetOpsets& edit)
{
    return Edit(SetOpsets{std::exchange(model.opsets, edit.opsets)});
}

Result<Edit> changeModel(Model& model, const SetModelFields& edit)
{
    Edit inverse = SetModelFields{fieldsOf(model)};
    const ModelFields& fields = edit.fields;
    model.irVersion = fields.irVersion;
    model.producerName = fields.producerName;
    model.producerVersion = fields.producerVersion;
    model.domain = fields.domain;
    model.modelVersion = fields.modelVersion;
    model.doc = fields.doc;
    model.metadata = fields.metadata;
    return inverse;
}

Result<Edit> changeModel(Model& model, const AddFunction& edit)
{
    std::uint32_t position =
        edit.position == atEnd ? static_cast<std::uint32_t>(model.functions.size()) : edit.position;
    if (position > model.functions.size())
        return editing::refused(
            fmt::format("a function cannot be put in place {} of {}", position, model.functions.size()));
    model.functions.insert(model.functions.begin() + position, edit.function);
    return Edit(RemoveFunction{position});
}

Result<Edit> changeModel(Model& model, const RemoveFunction& edit)
{
    Function* target = TRY(function(model, edit.position));
    Edit inverse = AddFunction{std::move(*target), edit.position};
    model.functions.erase(model.functions.begin() + edit.position);
    return inverse;
}

Result<Edit> change(Model& model, const Edit& edit, int depth)
{
    if (depth > depthLimit)
        return tooDeep();
    return std::visit(
        [&](const auto& kind) -> Result<Edit> {
            using T = std::remove_cvref_t<decltype(kind)>;
            if constexpr (std::is_same_v<T, Group>)
                return Edit(Group{kind.name, TRY(changeAll(kind.edits, [&](const Edit& member) {
                                      return change(model, member, depth + 1);
                                  }))});
            else if constexpr (std::is_same_v<T, InFunction>)
                return changeModel(model, kind, depth);
            else if constexpr (OfGraph<T>)
                return editing::change(model.graph, kind);
            else
                return changeModel(model, kind);
        },
        edit.kind);
}

struct Namer {
    std::string operator()(const Group& group) const { return group.name; }
    std::string operator()(const InFunction&) const { return "Change function"; }
    std::string operator()(const AddNode& edit) const { return "Add " + displayText(edit.node.opType, 80); }
    std::string operator()(const RemoveNode&) const { return "Remove node"; }
    std::string operator()(const AddValues&) const { return "Add value"; }
    std::string operator()(const RemoveValues&) const { return "Remove value"; }
    std::string operator()(const Connect& edit) const
    {
        return edit.value.valid() ? "Connect" : "Disconnect";
    }
    std::string operator()(const SetInputs&) const { return "Set inputs"; }
    std::string operator()(const SetOutputs&) const { return "Set outputs"; }
    std::string operator()(const InsertAttribute& edit) const
    {
        return "Add attribute " + displayText(edit.attribute.name, 80);
    }
    std::string operator()(const EraseAttribute&) const { return "Remove attribute"; }
    std::string operator()(const ReplaceAttribute& edit) const
    {
        return "Set attribute " + displayText(edit.attribute.name, 80);
    }
    std::string operator()(const SetNodeFields&) const { return "Set node"; }
    std::string operator()(const MoveNode&) const { return "Move node"; }
    std::string operator()(const SetValueName&) const { return "Rename value"; }
    std::string operator()(const SetValueType&) const { return "Set type"; }
    std::string operator()(const SetInitializer& edit) const
    {
        return edit.initializer ? "Set initializer" : "Remove initializer";
    }
    std::string operator()(const InsertInList&) const { return "Add to list"; }
    std::string operator()(const EraseFromList&) const { return "Remove from list"; }
    std::string operator()(const MoveInList&) const { return "Reorder list"; }
    std::string operator()(const SetRegionFields&) const { return "Set graph"; }
    std::string operator()(const SetRoots&) const { return "Set roots"; }
    std::string operator()(const SetOpsets&) const { return "Set operator sets"; }
    std::string operator()(const SetModelFields&) const { return "Set model"; }
    std::string operator()(const AddFunction& edit) const
    {
        return "Add function " + displayText(edit.function.name, 80);
    }
    std::string operator()(const RemoveFunction&) const { return "Remove function"; }
};

} // namespace

NodeFields fieldsOf(const Node& node)
{
    return {node.name,     node.opType,       node.domain,  node.overload, node.doc,
            node.metadata, node.opsetVersion, node.origins, node.extra};
}

ModelFields fieldsOf(const Model& model)
{
    return {model.irVersion, model.producerName, model.producerVersion, model.domain,
            model.doc,       model.modelVersion, model.metadata};
}

Result<Edit> apply(Model& model, const Edit& edit) { return change(model, edit, 0); }

std::string editName(const Edit& edit) { return std::visit(Namer(), edit.kind); }

bool inScope(const Graph& graph, RegionId from, RegionId home)
{
    for (std::size_t steps = 0; from.valid() && steps <= graph.regionSlots(); ++steps) {
        if (from == home)
            return true;
        NodeId parent = graph.region(from).parent;
        from = parent.valid() ? graph.node(parent).region : RegionId();
    }
    return false;
}

namespace editing {

Error refused(std::string message, std::string where)
{
    return Error{ErrorCode::Usage, std::move(message), std::move(where)};
}

std::string nameOf(const Value& value)
{
    return value.name.empty() ? fmt::format("value #{}", value.id.value)
                              : "value \"" + displayText(value.name, 200) + "\"";
}

bool aliveRegion(const Graph& graph, RegionId id)
{
    return id.valid() && id.index() < graph.regionSlots() && graph.region(id).alive;
}

Result<void> needNode(const Graph& graph, NodeId id)
{
    if (!graph.contains(id))
        return refused(id.valid() ? fmt::format("there is no node #{}", id.value) : "no node is named");
    return {};
}

Result<void> needValue(const Graph& graph, ValueId id)
{
    if (!graph.contains(id))
        return refused(id.valid() ? fmt::format("there is no value #{}", id.value) : "no value is named");
    return {};
}

Result<void> needRegion(const Graph& graph, RegionId id)
{
    if (!aliveRegion(graph, id))
        return refused(id.valid() ? fmt::format("there is no graph #{}", id.value) : "no graph is named");
    return {};
}

std::optional<Reference> referenceTo(const Graph& graph, const std::vector<bool>& values,
                                     const std::vector<bool>& removedRegions)
{
    auto isOne = [&](ValueId id) { return id.valid() && id.index() < values.size() && values[id.index()]; };
    auto first = [&](const std::vector<ValueId>& list) {
        auto found = std::find_if(list.begin(), list.end(), isOne);
        return found == list.end() ? ValueId() : *found;
    };
    for (std::size_t i = 0; i < graph.nodeSlots(); ++i) {
        const Node& node = graph.node(NodeId(i));
        if (!node.alive || removedRegions[node.region.index()])
            continue;
        if (ValueId id = first(node.inputs); id.valid())
            return Reference{id, node.displayName() + " reads it"};
        if (ValueId id = first(node.outputs); id.valid())
            return Reference{id, node.displayName() + " makes it"};
    }
    for (std::size_t i = 0; i < graph.regionSlots(); ++i) {
        const Region& region = graph.region(RegionId(i));
        if (!region.alive || removedRegions[i])
            continue;
        constexpr std::pair<std::vector<ValueId> Region::*, const char*> lists[] = {
            {&Region::inputs, "it is an input of the graph"},
            {&Region::outputs, "it is an output of the graph"},
            {&Region::initializers, "it is an initializer"},
            {&Region::valueInfos, "its type is declared"}};
        for (auto [list, text] : lists)
            if (ValueId id = first(region.*list); id.valid())
                return Reference{id, text};
    }
    for (const Root& root : graph.roots())
        for (auto* list : {&root.inputs, &root.outputs})
            if (ValueId id = first(*list); id.valid())
                return Reference{id, "root \"" + displayText(root.name, 80) + "\" names it"};
    return std::nullopt;
}

} // namespace editing
} // namespace orrery::graph
