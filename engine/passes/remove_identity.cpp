// SPDX-License-Identifier: Apache-2.0
//
// y = Identity(x)                                 →  x
// y = Dropout(x), not training, mask not read     →  x
// y = Cast(x) to the type x has                   →  x
// y = Transpose(x) with perm 0, 1, 2 …            →  x
// y = Concat(x), Sum(x), Mean(x), Max(x), Min(x) of one input  →  x
// y = Pad(x) by nothing, Slice(x) of all, Tile(x) once         →  x
// y = Reshape, Flatten, Squeeze, Unsqueeze, Expand(x) to the shape x has  →  x
// y = x + 0, x - 0, x * 1, x / 1, where broadcasting leaves x its shape   →  x
// A node between an input and an output of the graph stays: the two keep their names.
#include "engine/passes/no_op.h"
#include "engine/passes/pass.h"
#include "engine/passes/rewrite.h"

#include <algorithm>
#include <unordered_set>

namespace orrery::passes {
namespace {

using Values = std::unordered_set<ValueId>;

void addOriginsToReadersOf(graph::Graph& graph, ValueId value, const std::vector<NodeId>& origins)
{
    for (NodeId id : graph.liveNodes())
        if (auto& node = graph.node(id);
            std::find(node.inputs.begin(), node.inputs.end(), value) != node.inputs.end())
            mergeOrigins(node.origins, origins);
}

// Removes the node if names allow; its origins go to the producer of x, or to the readers of y where x has
// none.
bool bypass(graph::Graph& graph, const Values& outputs, NodeId id, std::size_t input)
{
    ValueId x = graph.node(id).inputs[input];
    ValueId y = graph.node(id).outputs[0];
    NodeId producer = graph.value(x).producer;
    const std::vector<NodeId> origins = graph.node(id).origins;
    if (outputs.contains(y)) {
        bool movable = graph.contains(producer) && graph.node(producer).region == graph.node(id).region &&
                       !outputs.contains(x);
        if (!movable)
            return false;
        // The output keeps its name: the producer writes y directly.
        graph.removeNode(id);
        graph.replaceUses(x, y);
        auto& made = graph.node(producer).outputs;
        std::replace(made.begin(), made.end(), x, y);
        graph.value(y).producer = producer;
        mergeOrigins(graph.node(producer).origins, origins);
        graph.removeValue(x);
        return true;
    }
    graph.removeNode(id);
    if (graph.contains(producer))
        mergeOrigins(graph.node(producer).origins, origins);
    else
        addOriginsToReadersOf(graph, y, origins);
    graph.replaceUses(y, x);
    graph.removeValue(y);
    return true;
}

Result<std::size_t> run(graph::Model& model, PassContext& context)
{
    graph::Graph& graph = model.graph;
    const Values outputs = listedOutputs(graph);
    std::vector<std::pair<NodeId, std::size_t>> candidates;
    {
        graph::UseIndex uses(graph);
        for (NodeId id : graph.liveNodes()) {
            const graph::Node& node = graph.node(id);
            const bool maskRead =
                node.outputs.size() > 1 && node.outputs[1].valid() && !uses.uses(node.outputs[1]).empty();
            if (auto input = inputHandedOn(model, node, maskRead); input && context.mayTouch(node))
                candidates.emplace_back(id, *input);
        }
    }
    std::size_t removed = 0;
    for (auto [id, input] : candidates)
        removed += bypass(graph, outputs, id, input) ? 1 : 0;
    return removed;
}

} // namespace

PassSpec remove_identity()
{
    return {"remove_identity", "Removes nodes that hand their input on unchanged.", PassLevel::Basic, run,
            true};
}

} // namespace orrery::passes
