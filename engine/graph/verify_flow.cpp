// SPDX-License-Identifier: Apache-2.0
//
// Checks of what flows: that everything read is made, in scope, once, and in an order that exists.
#include "engine/base/text.h"
#include "engine/graph/order.h"
#include "engine/graph/verify_checks.h"

#include <fmt/format.h>

#include <string_view>
#include <unordered_map>
#include <unordered_set>

namespace orrery::graph {
namespace {

template<class Function>
void eachNode(const Graph& graph, Function function)
{
    for (std::size_t i = 0; i < graph.nodeSlots(); ++i)
        if (graph.node(NodeId(i)).alive)
            function(graph.node(NodeId(i)));
}

template<class Function>
void eachRegion(const Graph& graph, Function function)
{
    for (std::size_t i = 0; i < graph.regionSlots(); ++i)
        if (graph.region(RegionId(i)).alive)
            function(graph.region(RegionId(i)));
}

RegionId outerRegion(const Graph& graph, RegionId region)
{
    NodeId parent = graph.region(region).parent;
    return parent.valid() ? graph.node(parent).region : RegionId();
}

void missingInputs(const Graph& graph, ProblemList& problems)
{
    auto sources = valuesWithSource(graph);
    eachNode(graph, [&](const Node& node) { checkInputs(graph, node, sources, problems); });
}

void missingOutputs(const Graph& graph, ProblemList& problems)
{
    auto sources = valuesWithSource(graph);
    eachRegion(graph, [&](const Region& region) { checkOutputs(graph, region, sources, problems); });
}

void scopes(const Graph& graph, ProblemList& problems)
{
    auto visible = [&](RegionId from, RegionId home) {
        while (from.valid() && from != home)
            from = outerRegion(graph, from);
        return from == home;
    };
    eachNode(graph, [&](const Node& node) {
        for (ValueId id : node.inputs)
            if (id.valid() && !visible(node.region, graph.value(id).region))
                problems.add(Severity::Error, &node,
                             fmt::format("it reads {}, which lives in a subgraph that it is not part of",
                                         quotedName(graph.value(id).name)),
                             "make the value an output of the subgraph");
    });
    eachRegion(graph, [&](const Region& region) {
        for (ValueId id : region.outputs)
            if (!visible(region.id, graph.value(id).region))
                problems.add(Severity::Error, region.parent.valid() ? &graph.node(region.parent) : nullptr,
                             fmt::format("graph output {} lives in another subgraph",
                                         quotedName(graph.value(id).name)),
                             "make the value an output of that subgraph");
    });
}

void cycles(const Graph& graph, ProblemList& problems)
{
    eachRegion(graph, [&](const Region& region) {
        auto order = topologicalOrder(graph, region.id);
        if (order.ok())
            return;
        const Node* first = nullptr;
        for (NodeId id : region.nodes)
            if (first == nullptr && graph.node(id).displayName() == order.error().where)
                first = &graph.node(id);
        problems.add(Severity::Error, first, order.error().message, "cut the cycle at one of its inputs");
    });
}

void unsorted(const Graph& graph, ProblemList& problems)
{
    eachRegion(graph, [&](const Region& region) {
        auto order = topologicalOrder(graph, region.id);
        if (!order.ok() || *order == region.nodes)
            return;
        for (std::size_t i = 0; i < region.nodes.size(); ++i)
            if ((*order)[i] != region.nodes[i]) {
                problems.add(Severity::Warning, &graph.node(region.nodes[i]),
                             "it stands before a node that makes one of its inputs; ONNX wants nodes sorted",
                             "nothing is needed here; other tools may refuse the file");
                return;
            }
    });
}

void doubleSources(const Graph& graph, ProblemList& problems)
{
    eachRegion(graph, [&](const Region& region) { checkSources(graph, region, problems); });
}

void valueNames(const Graph& graph, ProblemList& problems)
{
    std::vector<std::unordered_map<std::string_view, ValueId>> names(graph.regionSlots());
    for (std::size_t i = 0; i < graph.valueSlots(); ++i) {
        const Value& value = graph.value(ValueId(i));
        if (!value.alive || value.name.empty())
            continue;
        auto [first, isNew] = names[value.region.index()].emplace(value.name, value.id);
        if (!isNew)
            addNameTwice(graph, value, problems);
    }
}

void shadowedNames(const Graph& graph, ProblemList& problems)
{
    std::vector<std::unordered_set<std::string_view>> names(graph.regionSlots());
    if (graph.regionSlots() < 2)
        return;
    for (std::size_t i = 0; i < graph.valueSlots(); ++i) {
        const Value& value = graph.value(ValueId(i));
        if (value.alive && !value.name.empty())
            names[value.region.index()].insert(value.name);
    }
    for (std::size_t i = 0; i < graph.valueSlots(); ++i) {
        const Value& value = graph.value(ValueId(i));
        if (!value.alive || value.name.empty() || !graph.region(value.region).alive)
            continue;
        for (RegionId outer = outerRegion(graph, value.region); outer.valid();
             outer = outerRegion(graph, outer))
            if (names[outer.index()].contains(value.name)) {
                addNameHidden(graph, value, problems);
                break;
            }
    }
}

void nodeNames(const Graph& graph, ProblemList& problems)
{
    std::unordered_set<std::string_view> names;
    eachNode(graph, [&](const Node& node) {
        if (!node.name.empty() && !names.insert(node.name).second)
            addNodeNameTwice(node, problems);
    });
}

void opTypes(const Graph& graph, ProblemList& problems)
{
    eachNode(graph, [&](const Node& node) { checkNode(node, problems); });
}

void initializers(const Graph& graph, ProblemList& problems)
{
    eachRegion(graph, [&](const Region& region) {
        for (ValueId id : region.initializers)
            checkInitializer(graph, id, problems);
    });
}

void emptyGraphs(const Graph& graph, ProblemList& problems)
{
    if (graph.main().outputs.empty())
        problems.add(Severity::Warning, nullptr, "the graph has no outputs, so there is nothing to compute",
                     "mark a value as output");
    if (graph.main().nodes.empty())
        problems.add(Severity::Info, nullptr, "the graph has no nodes", {});
}

constexpr GraphCheck table[] = {
    {"missing-input", "Everything that a node reads is made by a node, an input or an initializer.",
     missingInputs},
    {"missing-output", "Every graph output is made by a node, an input or an initializer.", missingOutputs},
    {"out-of-scope", "A node reads values of its own graph and those around it only.", scopes},
    {"double-source", "Nothing is both a graph input or initializer and a node's output.", doubleSources},
    {"cycle", "No node depends on itself.", cycles},
    {"unsorted-nodes", "Nodes stand after those that they depend on.", unsorted},
    {"duplicate-value-name", "Names of values are unique in their graph.", valueNames},
    {"shadowed-name", "No value of a subgraph has the name of one around it.", shadowedNames},
    {"duplicate-node-name", "Names of nodes are unique.", nodeNames},
    {"bad-node", "Every node has an operator, and each attribute once.", opTypes},
    {"bad-initializer", "Initializers have the bytes that their dims need, and the declared type.",
     initializers},
    {"empty-graph", "A graph has nodes and outputs.", emptyGraphs},
};

} // namespace

void checkInputs(const Graph& graph, const Node& node, const std::vector<bool>& sources,
                 ProblemList& problems)
{
    for (std::size_t slot = 0; slot < node.inputs.size(); ++slot) {
        ValueId id = node.inputs[slot];
        if (id.valid() && !sources[id.index()])
            problems.add(Severity::Error, &node,
                         fmt::format("its input {} reads {}, which no node, input or initializer gives", slot,
                                     quotedName(graph.value(id).name)),
                         "connect the input, or add the missing node, input or initializer");
    }
}

void checkOutputs(const Graph& graph, const Region& region, const std::vector<bool>& sources,
                  ProblemList& problems)
{
    for (ValueId id : region.outputs)
        if (!sources[id.index()])
            problems.add(Severity::Error, region.parent.valid() ? &graph.node(region.parent) : nullptr,
                         fmt::format("graph output {} is given by no node, input or initializer",
                                     quotedName(graph.value(id).name)),
                         "connect the output or remove it");
}

void checkNode(const Node& node, ProblemList& problems)
{
    if (node.opType.empty())
        problems.add(Severity::Error, &node, "it has no operator type", "set its operator");
    std::unordered_set<std::string_view> names;
    for (const Attribute& attribute : node.attributes)
        if (!names.insert(attribute.name).second)
            problems.add(Severity::Error, &node,
                         fmt::format("it has attribute {} twice", quotedName(attribute.name)),
                         "remove one of them");
}

void checkSources(const Graph& graph, const Region& region, ProblemList& problems)
{
    std::unordered_set<ValueId> inputs;
    for (ValueId id : region.inputs) {
        const Value& value = graph.value(id);
        if (!inputs.insert(id).second)
            problems.add(Severity::Error, nullptr,
                         fmt::format("graph input {} is listed twice", quotedName(value.name)),
                         "remove one of them");
        if (value.producer.valid())
            problems.add(Severity::Error, &graph.node(value.producer),
                         fmt::format("it makes {}, which is a graph input", quotedName(value.name)),
                         "give the output another name");
    }
    for (ValueId id : region.initializers)
        if (graph.value(id).producer.valid())
            problems.add(
                Severity::Error, &graph.node(graph.value(id).producer),
                fmt::format("it makes {}, which is an initializer", quotedName(graph.value(id).name)),
                "give the output another name");
}

void checkInitializer(const Graph& graph, ValueId id, ProblemList& problems)
{
    const Value& value = graph.value(id);
    if (!value.initializer) {
        problems.add(Severity::Error, nullptr,
                     fmt::format("{} is listed as an initializer and has no tensor", quotedName(value.name)),
                     "undo the last change");
        return;
    }
    const Tensor& tensor = value.initializer->tensor;
    if (!tensor.defined())
        return; // the reader has said so
    if (tensor.type() != DataType::String && tensor.bytes() == nullptr && tensor.byteSize() > 0 &&
        !value.initializer->external)
        problems.add(Severity::Error, nullptr,
                     fmt::format("initializer {} needs {} bytes and has none", quotedName(value.name),
                                 tensor.byteSize()),
                     "load its data");
    const ValueType& type = value.type;
    bool typeDiffers =
        type.kind != TypeKind::Unknown && (type.kind != TypeKind::Tensor || type.element != tensor.type());
    bool shapeDiffers = type.shape && type.shape->rank() != tensor.rank();
    for (std::size_t i = 0; type.shape && !shapeDiffers && i < tensor.rank(); ++i)
        shapeDiffers = type.shape->dims[i].isKnown() && type.shape->dims[i].value() != tensor.dims()[i];
    if (typeDiffers || shapeDiffers)
        problems.add(Severity::Error, nullptr,
                     fmt::format("initializer {} is declared as {}, found {} {}", quotedName(value.name),
                                 displayText(type.text(), 200), name(tensor.type()), dimsText(tensor.dims())),
                     "correct the declaration");
}

void addNameTwice(const Graph& graph, const Value& value, ProblemList& problems)
{
    problems.add(Severity::Warning, value.producer.valid() ? &graph.node(value.producer) : nullptr,
                 fmt::format("two values of one graph are named {}; readers of the name get the first",
                             quotedName(value.name)),
                 "rename one of them");
}

void addNameHidden(const Graph& graph, const Value& value, ProblemList& problems)
{
    problems.add(Severity::Warning, value.producer.valid() ? &graph.node(value.producer) : nullptr,
                 fmt::format("value {} of a subgraph hides a value of the same name around it",
                             quotedName(value.name)),
                 "rename one of them");
}

void addNodeNameTwice(const Node& node, ProblemList& problems)
{
    problems.add(Severity::Warning, &node,
                 fmt::format("another node is named {}, too", quotedName(node.name)),
                 "rename one of them, so that profiles can be told apart");
}

std::vector<bool> valuesWithSource(const Graph& graph)
{
    std::vector<bool> sources(graph.valueSlots(), false);
    for (std::size_t i = 0; i < graph.valueSlots(); ++i) {
        const Value& value = graph.value(ValueId(i));
        sources[i] = value.alive && (value.producer.valid() || value.initializer.has_value());
    }
    for (std::size_t i = 0; i < graph.regionSlots(); ++i)
        if (graph.region(RegionId(i)).alive)
            for (ValueId id : graph.region(RegionId(i)).inputs)
                sources[id.index()] = true;
    return sources;
}

std::span<const GraphCheck> flowChecks() { return table; }

} // namespace orrery::graph
