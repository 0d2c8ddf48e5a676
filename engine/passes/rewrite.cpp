// SPDX-License-Identifier: Apache-2.0
#include "engine/passes/rewrite.h"

#include <algorithm>

namespace orrery::passes {

void mergeOrigins(std::vector<NodeId>& into, const std::vector<NodeId>& from)
{
    std::vector<NodeId> merged;
    std::set_union(into.begin(), into.end(), from.begin(), from.end(), std::back_inserter(merged));
    into = std::move(merged);
}

NodeId soleReader(const graph::Graph& graph, const graph::UseIndex& uses, ValueId value)
{
    const auto& readers = uses.uses(value);
    if (readers.size() != 1 || !readers.front().node.valid() ||
        readers.front().region != graph.value(value).region)
        return {};
    return graph.contains(readers.front().node) ? readers.front().node : NodeId();
}

bool isRegionOutput(const graph::UseIndex& uses, ValueId value)
{
    const auto& readers = uses.uses(value);
    return std::any_of(readers.begin(), readers.end(),
                       [](const graph::Use& use) { return !use.node.valid(); });
}

std::unordered_set<ValueId> listedOutputs(const graph::Graph& graph)
{
    std::unordered_set<ValueId> outputs;
    for (std::size_t i = 0; i < graph.regionSlots(); ++i)
        if (const graph::Region& region = graph.region(RegionId(i)); region.alive)
            outputs.insert(region.outputs.begin(), region.outputs.end());
    for (const graph::Root& root : graph.roots())
        outputs.insert(root.outputs.begin(), root.outputs.end());
    return outputs;
}

void addOriginsToReaders(graph::Graph& graph, const graph::UseIndex& uses, ValueId value,
                         const std::vector<NodeId>& origins)
{
    for (const graph::Use& use : uses.uses(value))
        if (graph.contains(use.node))
            mergeOrigins(graph.node(use.node).origins, origins);
}

const graph::Tensor* constantTensor(const graph::Graph& graph, ValueId value)
{
    if (!value.valid() || !graph.value(value).initializer)
        return nullptr;
    const graph::Tensor& tensor = graph.value(value).initializer->tensor;
    return tensor.bytes() != nullptr || tensor.type() == graph::DataType::String ? &tensor : nullptr;
}

} // namespace orrery::passes
