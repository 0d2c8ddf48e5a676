// SPDX-License-Identifier: Apache-2.0
#include "engine/edit/model_actions.h"

#include "engine/base/text.h"
#include "engine/edit/builder.h"

#include <fmt/format.h>

#include <algorithm>

namespace orrery::edit {
namespace {

Result<graph::Edit> moveInList(const graph::Model& model, RegionId region, graph::ValueList list,
                               std::size_t from, std::size_t to)
{
    const graph::Graph& graph = model.graph;
    if (!region.valid() || region.index() >= graph.regionSlots() || !graph.region(region).alive)
        return refused("there is no such graph");
    const bool isInput = list == graph::ValueList::Inputs;
    const auto& values = isInput ? graph.region(region).inputs : graph.region(region).outputs;
    if (std::max(from, to) >= values.size())
        return refused(fmt::format("there is no graph {} in place {}", isInput ? "input" : "output",
                                   std::max(from, to)));
    Builder builder(model);
    builder.add(
        graph::MoveInList{region, list, static_cast<std::uint32_t>(from), static_cast<std::uint32_t>(to)});
    return std::move(builder).group(fmt::format("Move {} {}", isInput ? "input" : "output",
                                                displayText(graph.value(values[from]).name, 60)));
}

bool isSameDomain(const std::string& a, const std::string& b)
{
    auto canonical = [](const std::string& domain) { return domain == "ai.onnx" ? std::string() : domain; };
    return canonical(a) == canonical(b);
}

} // namespace

Result<graph::Edit> moveInput(const graph::Model& model, RegionId region, std::size_t from, std::size_t to)
{
    return moveInList(model, region, graph::ValueList::Inputs, from, to);
}

Result<graph::Edit> moveOutput(const graph::Model& model, RegionId region, std::size_t from, std::size_t to)
{
    return moveInList(model, region, graph::ValueList::Outputs, from, to);
}

Result<graph::Edit> setModelFields(const graph::Model&, graph::ModelFields fields)
{
    if (fields.irVersion < 0 || fields.irVersion > std::numeric_limits<std::int32_t>::max())
        return refused(fmt::format("{} is no IR version", fields.irVersion));
    return graph::Edit(
        graph::Group{"Set properties of the model", {graph::SetModelFields{std::move(fields)}}});
}

Result<graph::Edit> setOpset(const graph::Model& model, const std::string& domain, std::int64_t version)
{
    if (version < 0 || version > 1'000'000)
        return refused(fmt::format("{} is no version of an operator set", version));
    std::vector<graph::OpsetImport> opsets = model.opsets;
    auto known = std::find_if(opsets.begin(), opsets.end(), [&](const graph::OpsetImport& import) {
        return isSameDomain(import.domain, domain);
    });
    const std::string shown = domain.empty() ? "ai.onnx" : displayText(domain, 60);
    if (version == 0) {
        if (known == opsets.end())
            return refused("the operator set is not imported", shown);
        opsets.erase(known);
        return graph::Edit(graph::Group{"Remove import of " + shown, {graph::SetOpsets{std::move(opsets)}}});
    }
    if (known == opsets.end())
        opsets.push_back({domain, version});
    else
        known->version = version;
    return graph::Edit(
        graph::Group{fmt::format("Import {} {}", shown, version), {graph::SetOpsets{std::move(opsets)}}});
}

Result<graph::Edit> setGraphFields(const graph::Model& model, RegionId region, const std::string& name,
                                   const std::string& doc)
{
    const graph::Graph& graph = model.graph;
    if (!region.valid() || region.index() >= graph.regionSlots() || !graph.region(region).alive)
        return refused("there is no such graph");
    return graph::Edit(graph::Group{
        "Set name of the graph", {graph::SetRegionFields{region, name, doc, graph.region(region).metadata}}});
}

Result<graph::Edit> setNodeDoc(const graph::Model& model, NodeId id, const std::string& doc)
{
    TRY(needNode(model.graph, id));
    graph::NodeFields fields = graph::fieldsOf(model.graph.node(id));
    fields.doc = doc;
    return graph::Edit(graph::Group{"Set notes of " + model.graph.node(id).displayName(),
                                    {graph::SetNodeFields{id, std::move(fields)}}});
}

Result<graph::Edit> addConstantInput(const graph::Model& model, NodeId id, std::size_t slot,
                                     const std::string& name, graph::Tensor tensor)
{
    constexpr std::size_t slotLimit = 65'536;
    TRY(needNode(model.graph, id));
    const graph::Node& node = model.graph.node(id);
    if (slot >= slotLimit)
        return refused(fmt::format("a node cannot have an input {}", slot), node.displayName());
    if (!tensor.defined())
        return refused("a constant needs a tensor of a known type", node.displayName());
    Builder builder(model);
    ValueId made = builder.addConstant(
        node.region, builder.names().takeForValue(name.empty() ? "constant" : name), std::move(tensor));
    std::vector<ValueId> inputs = node.inputs;
    inputs.resize(std::max(inputs.size(), slot + 1));
    inputs[slot] = made;
    builder.add(graph::SetInputs{id, std::move(inputs)});
    return std::move(builder).group("Add constant to " + node.displayName());
}

} // namespace orrery::edit
