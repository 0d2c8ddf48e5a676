// SPDX-License-Identifier: Apache-2.0
//
// y = op(constants…)           →  y is a constant
// y = Shape-like(x), known     →  y is a constant
// for pure operators whose result is small enough. The origins of a folded node go to the nodes that read its
// result.
#include "engine/graph/order.h"
#include "engine/passes/evaluate.h"
#include "engine/passes/infer.h"
#include "engine/passes/pass.h"
#include "engine/passes/rewrite.h"

#include <algorithm>

namespace orrery::passes {
namespace {

using graph::Tensor;

constexpr std::int64_t growthAllowed = std::int64_t(1)
                                       << 20; // a fold may add this much to the constants it replaces

// The node's results when they are known; empty when it cannot be folded.
std::vector<Tensor> results(const graph::Model& model, const graph::Node& node, const Inference& inference,
                            const ops::OpRegistry& registry)
{
    std::vector<Tensor> known(node.outputs.size());
    bool allKnown = true;
    for (std::size_t i = 0; i < node.outputs.size(); ++i)
        if (node.outputs[i].valid()) {
            known[i] = inference.known[node.outputs[i].index()];
            allKnown = allKnown && known[i].defined();
        }
    auto spec = ops::findOp(registry, node, model.opsetVersion(node));
    if (!spec.ok() || (*spec)->kernel == nullptr || (*spec)->purity != ops::Purity::Pure)
        return {};
    if (allKnown)
        return known;
    std::vector<const Tensor*> inputs;
    std::int64_t inputBytes = 0;
    for (ValueId input : node.inputs) {
        const Tensor* tensor = constantTensor(model.graph, input);
        if (input.valid() && tensor == nullptr)
            return {};
        inputs.push_back(tensor);
        inputBytes += tensor == nullptr ? 0 : static_cast<std::int64_t>(tensor->byteSize());
    }
    auto outputs = evaluateNode(node, model.opsetVersion(node), **spec, inputs,
                                EvaluationLimits{inputBytes * 2 + growthAllowed});
    return outputs.ok() ? outputs.releaseValue() : std::vector<Tensor>();
}

Result<std::size_t> foldRegion(graph::Model& model, RegionId region, const Inference& inference,
                               const graph::UseIndex& uses, const PassContext& context)
{
    graph::Graph& graph = model.graph;
    std::size_t folded = 0;
    for (NodeId id : TRY(graph::topologicalOrder(graph, region))) {
        const std::vector<RegionId> bodies = graph.node(id).regions();
        if (bodies.empty()) {
            std::vector<Tensor> values = results(model, graph.node(id), inference, context.ops);
            const auto outputs = graph.node(id).outputs;
            bool isOutput = std::any_of(outputs.begin(), outputs.end(),
                                        [&](ValueId v) { return v.valid() && isRegionOutput(uses, v); });
            if (values.empty() || isOutput || !context.mayTouch(graph.node(id)))
                continue;
            const std::vector<NodeId> origins = graph.node(id).origins;
            graph.removeNode(id);
            for (std::size_t i = 0; i < outputs.size(); ++i) {
                if (!outputs[i].valid())
                    continue;
                graph::Value& value = graph.value(outputs[i]);
                value.type = graph::ValueType::tensor(values[i].type(), graph::Shape::of(values[i].dims()));
                value.initializer.emplace();
                value.initializer->tensor = std::move(values[i]);
                graph.region(region).initializers.push_back(outputs[i]);
                addOriginsToReaders(graph, uses, outputs[i], origins);
            }
            ++folded;
        } else {
            for (RegionId body : bodies)
                folded += TRY(foldRegion(model, body, inference, uses, context));
        }
    }
    return folded;
}

Result<std::size_t> run(graph::Model& model, PassContext& context)
{
    Inference inference = inferTypes(model, context.ops);
    graph::UseIndex uses(model.graph);
    return foldRegion(model, model.graph.mainRegion(), inference, uses, context);
}

} // namespace

PassSpec fold_constants()
{
    return {"fold_constants", "Computes once what depends on constants alone.", PassLevel::Basic, run, true};
}

} // namespace orrery::passes
