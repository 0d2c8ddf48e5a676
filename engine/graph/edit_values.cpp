// SPDX-License-Identifier: Apache-2.0
//
// Edits of values and of the lists that a region keeps of them.
#include "engine/graph/edit_apply.h"
#include "engine/graph/edit_slots.h"

#include <fmt/format.h>

#include <algorithm>

namespace orrery::graph::editing {
namespace {

std::vector<ValueId>& listOf(Region& region, ValueList list)
{
    switch (list) {
    case ValueList::Inputs:
        return region.inputs;
    case ValueList::Outputs:
        return region.outputs;
    case ValueList::Initializers:
        return region.initializers;
    case ValueList::ValueInfos:
        break;
    }
    return region.valueInfos;
}

std::string_view nameOf(ValueList list)
{
    constexpr std::string_view names[] = {"inputs", "outputs", "initializers", "declared types"};
    return names[static_cast<std::size_t>(list)];
}

Error noPlace(ValueList list, std::uint32_t position, std::size_t size)
{
    return refused(
        fmt::format("place {} is not in the list of {}, which has {}", position, nameOf(list), size));
}

} // namespace

Result<Edit> change(Graph& graph, const AddValues& edit)
{
    std::vector<ValueId> ids;
    for (const Value& value : edit.values) {
        ids.push_back(value.id);
        TRY(needRegion(graph, value.region));
        if (value.initializer)
            return refused("a new value gets its tensor by an edit of its own", nameOf(value));
    }
    TRY(checkFree(graph, ids));
    growTo(graph, ids);
    for (const Value& value : edit.values) {
        Value& slot = graph.value(value.id);
        slot = value;
        slot.producer = NodeId();
        slot.alive = true;
    }
    return Edit(RemoveValues{std::move(ids)});
}

Result<Edit> change(Graph& graph, const RemoveValues& edit)
{
    std::vector<bool> removed(graph.valueSlots(), false);
    for (ValueId id : edit.values) {
        TRY(needValue(graph, id));
        if (removed[id.index()])
            return refused("it is named twice among the values to remove", nameOf(graph.value(id)));
        removed[id.index()] = true;
        if (graph.value(id).initializer)
            return refused("it has a tensor, which must be removed first", nameOf(graph.value(id)));
    }
    if (auto reference = referenceTo(graph, removed, std::vector<bool>(graph.regionSlots(), false)))
        return refused("it cannot be removed: " + reference->by, nameOf(graph.value(reference->value)));
    AddValues inverse;
    for (ValueId id : edit.values) {
        inverse.values.push_back(std::move(graph.value(id)));
        retire(graph.value(id), inverse.values.back());
    }
    return Edit(std::move(inverse));
}

Result<Edit> change(Graph& graph, const SetValueName& edit)
{
    TRY(needValue(graph, edit.value));
    return Edit(SetValueName{edit.value, std::exchange(graph.value(edit.value).name, edit.name)});
}

Result<Edit> change(Graph& graph, const SetValueType& edit)
{
    TRY(needValue(graph, edit.value));
    return Edit(SetValueType{edit.value, std::exchange(graph.value(edit.value).type, edit.type)});
}

Result<Edit> change(Graph& graph, const SetInitializer& edit)
{
    TRY(needValue(graph, edit.value));
    Value& value = graph.value(edit.value);
    auto& list = graph.region(value.region).initializers;
    auto place = std::find(list.begin(), list.end(), edit.value);
    bool listed = place != list.end();
    if (listed != value.initializer.has_value())
        return refused("it is listed as an initializer and has no tensor, or the reverse", nameOf(value));
    SetInitializer inverse{edit.value, std::nullopt, atEnd};
    if (edit.initializer && !listed) {
        std::size_t position = edit.position == atEnd ? list.size() : edit.position;
        if (position > list.size())
            return noPlace(ValueList::Initializers, edit.position, list.size());
        list.insert(list.begin() + static_cast<std::ptrdiff_t>(position), edit.value);
    } else if (!edit.initializer && listed) {
        inverse.position = static_cast<std::uint32_t>(place - list.begin());
        list.erase(place);
    }
    inverse.initializer = std::exchange(value.initializer, edit.initializer);
    return Edit(std::move(inverse));
}

Result<Edit> change(Graph& graph, const InsertInList& edit)
{
    TRY(needRegion(graph, edit.region));
    TRY(needValue(graph, edit.value));
    const Value& value = graph.value(edit.value);
    auto& list = listOf(graph.region(edit.region), edit.list);
    std::size_t position = edit.position == atEnd ? list.size() : edit.position;
    if (edit.list == ValueList::Initializers)
        return refused("a value becomes an initializer by getting a tensor", nameOf(value));
    if (position > list.size())
        return noPlace(edit.list, edit.position, list.size());
    if (edit.list == ValueList::Inputs ? value.region != edit.region
                                       : !inScope(graph, edit.region, value.region))
        return refused(fmt::format("it lives in another graph and cannot be among the {} of this one",
                                   nameOf(edit.list)),
                       nameOf(value));
    list.insert(list.begin() + static_cast<std::ptrdiff_t>(position), edit.value);
    return Edit(EraseFromList{edit.region, edit.list, static_cast<std::uint32_t>(position)});
}

Result<Edit> change(Graph& graph, const EraseFromList& edit)
{
    TRY(needRegion(graph, edit.region));
    auto& list = listOf(graph.region(edit.region), edit.list);
    if (edit.position >= list.size())
        return noPlace(edit.list, edit.position, list.size());
    if (edit.list == ValueList::Initializers)
        return refused("a value stops being an initializer by losing its tensor");
    Edit inverse = InsertInList{edit.region, edit.list, edit.position, list[edit.position]};
    list.erase(list.begin() + edit.position);
    return inverse;
}

Result<Edit> change(Graph& graph, const MoveInList& edit)
{
    TRY(needRegion(graph, edit.region));
    auto& list = listOf(graph.region(edit.region), edit.list);
    for (std::uint32_t position : {edit.from, edit.to})
        if (position >= list.size())
            return noPlace(edit.list, position, list.size());
    ValueId moved = list[edit.from];
    list.erase(list.begin() + edit.from);
    list.insert(list.begin() + edit.to, moved);
    return Edit(MoveInList{edit.region, edit.list, edit.to, edit.from});
}

Result<Edit> change(Graph& graph, const SetRegionFields& edit)
{
    TRY(needRegion(graph, edit.region));
    Region& region = graph.region(edit.region);
    return Edit(SetRegionFields{edit.region, std::exchange(region.name, edit.name),
                                std::exchange(region.doc, edit.doc),
                                std::exchange(region.metadata, edit.metadata)});
}

Result<Edit> change(Graph& graph, const SetRoots& edit)
{
    for (const Root& root : edit.roots)
        for (auto* list : {&root.inputs, &root.outputs})
            for (ValueId id : *list)
                TRY(needValue(graph, id));
    return Edit(SetRoots{std::exchange(graph.roots(), edit.roots)});
}

} // namespace orrery::graph::editing
