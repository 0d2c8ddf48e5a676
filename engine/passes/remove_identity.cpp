// SPDX-License-Identifier: Apache-2.0
//
// y = Identity(x)                                 →  x
// y = Dropout(x), not training, mask not read     →  x
// y = Cast(x) to the type x has                   →  x
// y = Transpose(x) with perm 0, 1, 2 …            →  x
// y = Concat(x), Sum(x), Mean(x), Max(x), Min(x) of one input  →  x
// y = Pad(x) by nothing                           →  x
// A node between an input and an output of the graph stays: the two keep their names.
#include "engine/passes/pass.h"
#include "engine/passes/rewrite.h"

#include <algorithm>

namespace orrery::passes {
namespace {

bool allZero(const graph::Tensor* tensor)
{
    if (tensor == nullptr)
        return false;
    auto values = tensor->toInt64s();
    return values.ok() && std::all_of(values->begin(), values->end(), [](std::int64_t v) { return v == 0; });
}

bool isIdentity(const graph::Graph& graph, const graph::UseIndex& uses, const graph::Node& node)
{
    if (!(node.domain.empty() || node.domain == "ai.onnx") || node.inputs.empty() || node.outputs.empty() ||
        !node.inputs[0].valid() || !node.outputs[0].valid())
        return false;
    if (node.opType == "Identity")
        return true;
    if (node.opType == "Dropout") {
        bool maskRead =
            node.outputs.size() > 1 && node.outputs[1].valid() && !uses.uses(node.outputs[1]).empty();
        const graph::Tensor* training =
            node.inputs.size() > 2 ? constantTensor(graph, node.inputs[2]) : nullptr;
        bool canTrain = (node.inputs.size() > 2 && node.inputs[2].valid() && !allZero(training)) ||
                        node.intAttribute("is_test", 1) == 0;
        return !maskRead && !canTrain;
    }
    if (node.opType == "Cast") {
        const graph::ValueType& type = graph.value(node.inputs[0]).type;
        return type.kind == graph::TypeKind::Tensor && type.element != graph::DataType::Undefined &&
               static_cast<std::int64_t>(type.element) == node.intAttribute("to", 0);
    }
    if (node.opType == "Transpose") {
        auto perm = node.intsAttribute("perm");
        bool sorted = !perm.empty();
        for (std::size_t i = 0; i < perm.size(); ++i)
            sorted = sorted && perm[i] == static_cast<std::int64_t>(i);
        return sorted;
    }
    if (node.opType == "Concat" || node.opType == "Sum" || node.opType == "Mean" || node.opType == "Max" ||
        node.opType == "Min")
        return node.inputs.size() == 1;
    if (node.opType == "Pad" && node.inputs.size() > 1 && node.inputs[1].valid())
        return allZero(constantTensor(graph, node.inputs[1]));
    return false;
}

// Removes the node if names allow; its origins go to the producer of x, or to the readers of y where x has
// none.
bool bypass(graph::Graph& graph, const graph::UseIndex& uses, NodeId id)
{
    ValueId x = graph.node(id).inputs[0];
    ValueId y = graph.node(id).outputs[0];
    NodeId producer = graph.value(x).producer;
    const std::vector<NodeId> origins = graph.node(id).origins;
    if (isRegionOutput(uses, y)) {
        bool movable = graph.contains(producer) && graph.node(producer).region == graph.node(id).region &&
                       !isRegionOutput(uses, x);
        if (!movable)
            return false;
        // The output keeps its name: the producer writes y directly.
        graph.removeNode(id);
        graph.replaceUses(x, y);
        auto& outputs = graph.node(producer).outputs;
        std::replace(outputs.begin(), outputs.end(), x, y);
        graph.value(y).producer = producer;
        mergeOrigins(graph.node(producer).origins, origins);
        graph.removeValue(x);
        return true;
    }
    graph.removeNode(id);
    if (graph.contains(producer))
        mergeOrigins(graph.node(producer).origins, origins);
    else
        addOriginsToReaders(graph, uses, y, origins);
    graph.replaceUses(y, x);
    graph.removeValue(y);
    return true;
}

Result<std::size_t> run(graph::Model& model, PassContext&)
{
    graph::Graph& graph = model.graph;
    std::vector<NodeId> candidates;
    {
        graph::UseIndex uses(graph);
        for (NodeId id : graph.liveNodes())
            if (isIdentity(graph, uses, graph.node(id)))
                candidates.push_back(id);
    }
    std::size_t removed = 0;
    for (NodeId id : candidates) {
        graph::UseIndex uses(graph);
        removed += bypass(graph, uses, id) ? 1 : 0;
    }
    return removed;
}

} // namespace

PassSpec remove_identity()
{
    return {"remove_identity", "Removes nodes that hand their input on unchanged.", PassLevel::Basic, run};
}

} // namespace orrery::passes
