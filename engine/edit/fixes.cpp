// SPDX-License-Identifier: Apache-2.0
#include "engine/edit/fixes.h"

#include "engine/base/text.h"
#include "engine/edit/actions.h"
#include "engine/edit/builder.h"
#include "engine/edit/convert_opset.h"
#include "engine/edit/expected_input.h"
#include "engine/edit/fix_inputs.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <map>

namespace orrery::edit {
namespace {

using graph::Graph;
using graph::Model;
using graph::Node;

struct Asked {
    const Model& model;
    const Graph& typed;
    const ops::OpRegistry& ops;
    const Problem& problem;
    std::size_t most;
    std::vector<Fix> fixes = {};

    const Graph& graph() const { return model.graph; }
    // Null when the problem has no node.
    const Node* node() const
    {
        return model.graph.contains(problem.nodeId) ? &model.graph.node(problem.nodeId) : nullptr;
    }
    void offer(std::string title, Result<graph::Edit> edit)
    {
        if (edit.ok())
            fixes.push_back({std::move(title), edit.releaseValue()});
    }
};

std::string shown(const std::string& name) { return "\"" + displayText(name, 60) + "\""; }

void mismatch(Asked& asked)
{
    if (asked.node() != nullptr)
        asked.fixes = fixInputs(asked.model, asked.typed, asked.ops, asked.problem.nodeId, asked.most);
}

bool hasSource(const Graph& graph, ValueId id)
{
    const graph::Value& value = graph.value(id);
    const auto& inputs = graph.region(value.region).inputs;
    return value.producer.valid() || value.initializer ||
           std::find(inputs.begin(), inputs.end(), id) != inputs.end();
}

graph::Edit zerosFor(const Model& model, const Node& node, std::size_t slot, const ExpectedInput& expected,
                     const std::string& title)
{
    Builder builder(model);
    graph::Dims dims;
    for (const graph::Dim& dim : expected.shape->dims)
        dims.push_back(dim.value());
    auto tensor = graph::Tensor::allocate(expected.type, dims);
    std::fill_n(tensor->mutableBytes(), tensor->byteSize(), std::byte{0});
    const ValueId made =
        builder.addConstant(node.region, builder.names().takeForValue(expected.name), *tensor);
    builder.add(graph::Connect{node.id, static_cast<std::uint32_t>(slot), made});
    return std::move(builder).group(title);
}

// A required input that is open, or that reads what nothing gives.
void missingInput(Asked& asked)
{
    const Node* node = asked.node();
    if (node == nullptr)
        return;
    constexpr std::int64_t largestZeros = 1 << 16;
    const ops::OpSpec* spec = asked.ops.find(node->domain, node->opType);
    const std::size_t slots = std::max(node->inputs.size(), spec == nullptr ? 0 : spec->minInputs);
    const RegionId main = asked.graph().mainRegion();
    for (std::size_t slot = 0; slot < slots; ++slot) {
        const ValueId read = slot < node->inputs.size() ? node->inputs[slot] : ValueId();
        if (read.valid() && !hasSource(asked.graph(), read) && asked.graph().value(read).region == main) {
            const std::string title =
                fmt::format("Make {} a graph input", shown(asked.graph().value(read).name));
            asked.offer(title, graph::Edit(graph::Group{title,
                                                        {graph::InsertInList{main, graph::ValueList::Inputs,
                                                                             graph::atEnd, read}}}));
        }
        if (read.valid() || (spec != nullptr && slot >= spec->minInputs))
            continue;
        const ExpectedInput expected = expectedInput(asked.typed, node->id, slot);
        const graph::Dim count = expected.shape ? expected.shape->elementCount() : graph::Dim::unknown();
        if (count.isKnown() && count.value() <= largestZeros && expected.type != graph::DataType::String) {
            const std::string title =
                fmt::format("Fill input {} with zeros of {}", slot,
                            graph::ValueType::tensor(expected.type, expected.shape).text());
            asked.offer(title, zerosFor(asked.model, *node, slot, expected, title));
        }
        if (node->region == main) {
            Builder builder(asked.model);
            const ValueId made = builder.addValue(main, builder.names().takeForValue(expected.name),
                                                  graph::ValueType::tensor(expected.type, expected.shape));
            builder.add(graph::InsertInList{main, graph::ValueList::Inputs, graph::atEnd, made});
            builder.add(graph::Connect{node->id, static_cast<std::uint32_t>(slot), made});
            const std::string title = fmt::format("Make a graph input for input {}", slot);
            asked.offer(title, std::move(builder).group(title));
        }
    }
}

// The operator is known in another version of the set than the model imports.
void unknownOp(Asked& asked)
{
    const Node* node = asked.node();
    const ops::OpSpec* spec = node == nullptr ? nullptr : asked.ops.find(node->domain, node->opType);
    if (spec == nullptr || !spec->domain.empty())
        return;
    const std::int64_t now = asked.model.opsetVersion("");
    const std::int64_t wanted = std::clamp<std::int64_t>(now, spec->firstVersion, spec->lastVersion);
    if (wanted == now)
        return;
    auto converted = convertOpset(asked.model, asked.ops, wanted);
    if (converted.ok())
        asked.offer(fmt::format("Convert the model to opset {}", wanted), std::move(converted->edit));
}

void missingImport(Asked& asked)
{
    std::map<std::string, std::int64_t> needed; // the newest version that each domain's operators have
    for (std::size_t i = 0; i < asked.graph().nodeSlots(); ++i)
        if (const Node& node = asked.graph().node(NodeId(i));
            node.alive && asked.model.opsetVersion(node) == 0)
            if (const ops::OpSpec* spec = asked.ops.find(node.domain, node.opType)) {
                auto& version =
                    needed.try_emplace(std::string(spec->domain), spec->lastVersion).first->second;
                version = std::min<std::int64_t>(version, spec->lastVersion);
            }
    for (const auto& [domain, version] : needed) {
        auto opsets = asked.model.opsets;
        std::erase_if(opsets, [&, &name = domain](const graph::OpsetImport& import) {
            return import.domain == name && import.version == 0;
        });
        opsets.push_back({domain, version});
        const std::string title =
            fmt::format("Import {} {}", domain.empty() ? std::string("opset") : shown(domain), version);
        asked.offer(title, graph::Edit(graph::Group{title, {graph::SetOpsets{std::move(opsets)}}}));
    }
}

void unsorted(Asked& asked)
{
    const Node* node = asked.node();
    asked.offer("Sort the nodes",
                sortNodes(asked.model, node == nullptr ? asked.graph().mainRegion() : node->region));
}

void deadNode(Asked& asked)
{
    if (asked.node() != nullptr)
        asked.offer("Delete the node", deleteNodes(asked.model, {asked.problem.nodeId}, Reconnect::No));
}

void duplicateNodeName(Asked& asked)
{
    const Node* node = asked.node();
    if (node == nullptr)
        return;
    Builder builder(asked.model);
    const std::string name = builder.names().takeForNode(node->name);
    asked.offer("Rename to " + shown(name), renameNode(asked.model, node->id, name));
}

void declaredType(Asked& asked)
{
    const Node* node = asked.node();
    for (ValueId output : node == nullptr ? std::vector<ValueId>() : node->outputs)
        if (output.valid() && asked.typed.contains(output) &&
            !(asked.typed.value(output).type == asked.graph().value(output).type)) {
            const std::string title = fmt::format("Declare {} as {}", shown(asked.graph().value(output).name),
                                                  asked.typed.value(output).type.text());
            asked.offer(title, setType(asked.model, output, asked.typed.value(output).type));
        }
}

// Attributes that the problem names: those that the text quotes.
void unknownAttribute(Asked& asked)
{
    const Node* node = asked.node();
    for (const graph::Attribute& attribute :
         node == nullptr ? std::vector<graph::Attribute>() : node->attributes)
        if (asked.problem.text.find("\"" + displayText(attribute.name, 100) + "\"") != std::string::npos)
            asked.offer("Remove the attribute " + shown(attribute.name),
                        setAttribute(asked.model, node->id, attribute.name, std::monostate()));
}

void untypedValue(Asked& asked)
{
    const Graph& graph = asked.graph();
    for (const auto* list : {&graph.main().inputs, &graph.main().outputs})
        for (ValueId id : *list) {
            const graph::ValueType& known = asked.typed.value(id).type;
            const bool isIt = asked.problem.text.find("\"" + displayText(graph.value(id).name, 100) + "\"") !=
                              std::string::npos;
            if (isIt && known.kind != graph::TypeKind::Unknown && known != graph.value(id).type)
                asked.offer(fmt::format("Declare {} as {}", shown(graph.value(id).name), known.text()),
                            setType(asked.model, id, known));
        }
}

} // namespace

std::vector<Fix> fixesFor(const Model& model, const Graph& typed, const ops::OpRegistry& ops,
                          const Problem& problem, std::size_t most)
{
    static const std::map<std::string_view, void (*)(Asked&)> byCode = {
        {"shape-mismatch", mismatch},
        {"bad-arity", missingInput},
        {"missing-input", missingInput},
        {"unknown-op", unknownOp},
        {"missing-opset-import", missingImport},
        {"bad-opset-import", missingImport},
        {"unsorted-nodes", unsorted},
        {"dead-node", deadNode},
        {"duplicate-node-name", duplicateNodeName},
        {"declared-type-mismatch", declaredType},
        {"unknown-attribute", unknownAttribute},
        {"untyped-value", untypedValue},
    };
    const auto found = byCode.find(problem.code);
    if (found == byCode.end())
        return {};
    Asked asked{model, typed, ops, problem, most};
    found->second(asked);
    if (asked.fixes.size() > most)
        asked.fixes.resize(most);
    return std::move(asked.fixes);
}

} // namespace orrery::edit
