// SPDX-License-Identifier: Apache-2.0
#include "engine/passes/slice_chain.h"

#include <fmt/format.h>

namespace orrery::passes {
namespace {

Error notAChain(std::string why) { return Error{ErrorCode::Unsupported, std::move(why), {}}; }

// What comes from inside the chain has to come in slices of the same axis.
bool fitsInside(const SliceChain& chain, const graph::Node& node, const std::vector<std::int64_t>& axes)
{
    for (std::size_t slot = 0; slot < axes.size(); ++slot)
        if (chain.made.contains(node.inputs[slot]) && axes[slot] != chain.axis)
            return false;
    return true;
}

// The output of `node` that is read elsewhere, by number of readers inside.
Result<void> nothingElseLeaves(const graph::Graph& graph, const SliceChain& chain, const UseCount& useCount)
{
    std::unordered_map<ValueId, std::size_t> inside;
    for (NodeId id : chain.nodes)
        for (ValueId input : graph.node(id).inputs)
            if (chain.made.contains(input))
                ++inside[input];
    const ValueId result = soleOutput(graph.node(chain.nodes.back()));
    for (const auto& [value, node] : chain.made)
        if (value != result && (inside[value] == 0 || inside[value] != useCount(value)))
            return notAChain(fmt::format("the result of {} is needed outside of the chain",
                                         graph.node(node).displayName()));
    return inside[result] == 0 ? Result<void>() : notAChain("the last node of the chain feeds one before it");
}

} // namespace

Result<SliceChain> sliceChain(const graph::Graph& graph, const std::vector<NodeId>& nodes, std::int64_t axis,
                              const TypeOf& typeOf, const UseCount& useCount)
{
    if (nodes.empty())
        return notAChain("it names no nodes");
    const ValueId result = soleOutput(graph.node(nodes.back()));
    const graph::ValueType* type = result.valid() ? &typeOf(result) : nullptr;
    if (type == nullptr || !type->shape)
        return notAChain(fmt::format("the result of {} has no shape that is known",
                                     graph.node(nodes.back()).displayName()));
    SliceChain chain;
    chain.nodes = nodes;
    const auto rank = static_cast<std::int64_t>(type->shape->rank());
    chain.axis = axis < 0 ? axis + rank : axis;
    chain.length = lengthOf(*type, chain.axis);
    if (chain.length < 0)
        return notAChain(fmt::format("axis {} of {} has no length that is known", axis, type->text()));
    for (NodeId id : nodes) {
        const graph::Node& node = graph.node(id);
        auto axes = sliceAxes({graph, node, typeOf, chain.axis});
        const ValueId output = soleOutput(node);
        if (!axes || !fitsInside(chain, node, *axes) || node.region != graph.node(nodes.front()).region ||
            lengthOf(typeOf(output), chain.axis) != chain.length ||
            typeOf(output).shape->rank() != type->shape->rank())
            return notAChain(fmt::format("{} ({}) does not treat slices along axis {} apart",
                                         node.displayName(), node.opType, chain.axis));
        for (ValueId input : node.inputs)
            if (input == output)
                return notAChain("a node reads itself");
        if (!chain.made.emplace(output, id).second)
            return notAChain(fmt::format("{} is named twice", node.displayName()));
        chain.axes.push_back(std::move(*axes));
    }
    // A node that is named before what it reads would see the whole of it.
    std::unordered_map<ValueId, bool> seen;
    for (NodeId id : nodes) {
        for (ValueId input : graph.node(id).inputs)
            if (chain.made.contains(input) && !seen.contains(input))
                return notAChain(fmt::format("{} stands before what it reads", graph.node(id).displayName()));
        seen[soleOutput(graph.node(id))] = true;
    }
    TRY(nothingElseLeaves(graph, chain, useCount));
    return chain;
}

} // namespace orrery::passes
