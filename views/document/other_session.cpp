// SPDX-License-Identifier: Apache-2.0
#include "views/document/other_session.h"

namespace orrery::document {
namespace {

const std::string* firstOutput(const graph::Graph& graph, NodeId node)
{
    const auto& outputs = graph.node(node).outputs;
    return outputs.empty() || !graph.contains(outputs.front()) ? nullptr : &graph.value(outputs.front()).name;
}

} // namespace

CurrentNode nodeFrom(const Document& document, const graph::Graph& other, NodeId node)
{
    if (!other.contains(node))
        return {};
    const std::string* name = firstOutput(other, node);
    const auto compute = document.stageGraph(GraphStage::Compute).graph;
    if (compute && name != nullptr)
        for (NodeId own : compute->liveNodes())
            if (const std::string* ownName = firstOutput(*compute, own); ownName && *ownName == *name)
                return {GraphStage::Compute, own.value};
    const auto& origins = other.node(node).origins;
    return origins.empty() ? CurrentNode() : CurrentNode{GraphStage::Dataflow, origins.front().value};
}

CurrentNode inputFrom(const Document& document, const graph::Graph& other, ValueId input)
{
    const auto dataflow = document.stageGraph(GraphStage::Dataflow).graph;
    if (!dataflow || !other.contains(input))
        return {};
    const auto& inputs = dataflow->main().inputs;
    for (std::size_t i = 0; i < inputs.size(); ++i)
        if (dataflow->value(inputs[i]).name == other.value(input).name)
            return {GraphStage::Dataflow, canvas::inputKey(i)};
    return {};
}

} // namespace orrery::document
