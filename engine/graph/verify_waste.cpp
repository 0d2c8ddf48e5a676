// SPDX-License-Identifier: Apache-2.0
//
// Work that nobody needs. Only told, never an error: dead and duplicated nodes, constants without readers.
#include "engine/base/text.h"
#include "engine/graph/order.h"
#include "engine/graph/verify_checks.h"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>

namespace orrery::graph {
namespace {

// Backwards from the outputs of the main graph; a needed node needs all of its subgraphs' outputs.
std::vector<bool> neededNodes(const Graph& graph)
{
    std::vector<bool> needed(graph.nodeSlots(), false);
    std::vector<ValueId> pending;
    auto addRegion = [&](const Region& region) {
        pending.insert(pending.end(), region.outputs.begin(), region.outputs.end());
    };
    addRegion(graph.main());
    for (const Root& root : graph.roots())
        pending.insert(pending.end(), root.outputs.begin(), root.outputs.end());
    while (!pending.empty()) {
        ValueId id = pending.back();
        pending.pop_back();
        if (!graph.contains(id))
            continue;
        NodeId producer = graph.value(id).producer;
        if (!producer.valid() || needed[producer.index()])
            continue;
        needed[producer.index()] = true;
        const Node& node = graph.node(producer);
        pending.insert(pending.end(), node.inputs.begin(), node.inputs.end());
        for (RegionId region : node.regions())
            addRegion(graph.region(region));
    }
    return needed;
}

void deadNodes(const Graph& graph, ProblemList& problems)
{
    if (graph.main().outputs.empty())
        return; // everything would be dead; another check says why
    auto needed = neededNodes(graph);
    for (std::size_t i = 0; i < graph.nodeSlots(); ++i) {
        const Node& node = graph.node(NodeId(i));
        if (node.alive && !needed[i])
            problems.add(Severity::Info, &node, "nothing that reaches a graph output reads it",
                         "remove the node; the pass remove_dead skips it when running");
    }
}

// Operators whose result differs from call to call.
bool isRandom(const Node& node)
{
    return node.opType.starts_with("Random") || node.opType == "Bernoulli" || node.opType == "Multinomial" ||
           node.opType == "Dropout";
}

bool sameValue(const AttributeValue& a, const AttributeValue& b)
{
    if (a.index() != b.index())
        return false;
    if (auto* tensor = std::get_if<Tensor>(&a)) {
        const Tensor& other = std::get<Tensor>(b);
        return tensor->defined() && tensor->type() == other.type() && tensor->dims() == other.dims() &&
               (tensor->type() == DataType::String || tensor->bytes() != nullptr) &&
               tensor->identicalTo(other);
    }
    if (auto* ints = std::get_if<std::vector<std::int64_t>>(&a))
        return *ints == std::get<std::vector<std::int64_t>>(b);
    if (auto* floats = std::get_if<std::vector<float>>(&a))
        return *floats == std::get<std::vector<float>>(b);
    if (auto* texts = std::get_if<std::vector<std::string>>(&a))
        return *texts == std::get<std::vector<std::string>>(b);
    if (auto* number = std::get_if<std::int64_t>(&a))
        return *number == std::get<std::int64_t>(b);
    if (auto* real = std::get_if<float>(&a))
        return *real == std::get<float>(b);
    if (auto* text = std::get_if<std::string>(&a))
        return *text == std::get<std::string>(b);
    return false; // subgraphs and what is not understood: never taken for equal
}

bool sameWork(const Node& a, const Node& b)
{
    auto sameAttribute = [](const Attribute& x, const Attribute& y) {
        return x.name == y.name && x.reference == y.reference &&
               (!x.reference.empty() || sameValue(x.value, y.value));
    };
    return a.opType == b.opType && a.domain == b.domain && a.overload == b.overload && a.inputs == b.inputs &&
           a.outputs.size() == b.outputs.size() &&
           std::equal(a.attributes.begin(), a.attributes.end(), b.attributes.begin(), b.attributes.end(),
                      sameAttribute);
}

void duplicatedNodes(const Graph& graph, ProblemList& problems)
{
    std::unordered_map<std::size_t, std::vector<NodeId>> buckets;
    for (std::size_t i = 0; i < graph.nodeSlots(); ++i) {
        const Node& node = graph.node(NodeId(i));
        if (!node.alive || isRandom(node))
            continue;
        std::size_t hash = std::hash<std::string>()(node.opType) * 31 + node.region.value;
        for (ValueId input : node.inputs)
            hash = hash * 1'000'003 + input.value;
        for (const Attribute& attribute : node.attributes) {
            hash = hash * 31 + attribute.value.index();
            if (auto* tensor = std::get_if<Tensor>(&attribute.value))
                hash = hash * 31 + tensor->byteSize();
            else if (auto* number = std::get_if<std::int64_t>(&attribute.value))
                hash = hash * 31 + static_cast<std::size_t>(*number);
        }
        auto& bucket = buckets[hash];
        auto first = std::find_if(bucket.begin(), bucket.end(),
                                  [&](NodeId other) { return sameWork(graph.node(other), node); });
        if (first == bucket.end()) {
            if (bucket.size() < 64) // a bound on what crafted hashes can cost
                bucket.push_back(node.id);
            continue;
        }
        problems.add(Severity::Info, &node,
                     fmt::format("it computes the same as {}", graph.node(*first).displayName()),
                     "use that node's outputs instead");
    }
}

void unusedInitializers(const Graph& graph, ProblemList& problems)
{
    UseIndex uses(graph);
    for (std::size_t i = 0; i < graph.regionSlots(); ++i) {
        const Region& region = graph.region(RegionId(i));
        if (!region.alive)
            continue;
        for (ValueId id : region.initializers)
            if (uses.uses(id).empty())
                problems.add(Severity::Info, nullptr,
                             fmt::format("initializer {} is not used", quotedName(graph.value(id).name)),
                             "remove it to make the file smaller");
    }
}

constexpr GraphCheck table[] = {
    {"dead-node", "Every node contributes to an output.", deadNodes},
    {"duplicated-node", "No two nodes compute the same from the same.", duplicatedNodes},
    {"unused-initializer", "Every initializer is read.", unusedInitializers},
};

} // namespace

std::span<const GraphCheck> wasteChecks() { return table; }

} // namespace orrery::graph
