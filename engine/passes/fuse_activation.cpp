// SPDX-License-Identifier: Apache-2.0
//
// y = act(Conv(…)) | act(Gemm(…)) | act(Add(…))   with the inner result read by act alone, in float
//   →  y = orrery.FusedConv(…) | orrery.FusedGemm(…) | orrery.FusedAdd(…)  {activation, activation_params}
// act: Relu, LeakyRelu, Clip with constant bounds, Sigmoid, Tanh, HardSigmoid, HardSwish. Parameters are
// those of ONNX, in its order: LeakyRelu alpha; Clip min, max; HardSigmoid alpha, beta.
#include "engine/passes/pass.h"
#include "engine/passes/rewrite.h"

#include <limits>
#include <optional>

namespace orrery::passes {
namespace {

constexpr std::string_view fusedDomain = "orrery";

bool isOnnx(const graph::Node& node) { return node.domain.empty() || node.domain == "ai.onnx"; }

std::string fusedType(const graph::Node& node)
{
    if (!isOnnx(node))
        return {};
    return node.opType == "Conv" || node.opType == "Gemm" || node.opType == "Add" ? "Fused" + node.opType
                                                                                  : std::string();
}

std::optional<float> bound(const graph::Graph& graph, const graph::Node& clip, std::size_t input,
                           const char* attribute, float fallback)
{
    if (clip.attribute(attribute) != nullptr)
        return clip.floatAttribute(attribute, fallback);
    if (clip.inputs.size() <= input || !clip.inputs[input].valid())
        return fallback;
    const graph::Tensor* tensor = constantTensor(graph, clip.inputs[input]);
    if (tensor == nullptr || tensor->type() != graph::DataType::Float32 || tensor->elementCount() != 1)
        return std::nullopt;
    return tensor->data<float>()[0];
}

// The activation's parameters; nullopt when the node is no activation that can be fused.
std::optional<std::vector<float>> activationParams(const graph::Graph& graph, const graph::Node& node)
{
    if (!isOnnx(node) || node.inputs.empty() || node.outputs.size() != 1)
        return std::nullopt;
    if (node.opType == "Relu" || node.opType == "Sigmoid" || node.opType == "Tanh" ||
        node.opType == "HardSwish")
        return std::vector<float>();
    if (node.opType == "LeakyRelu")
        return std::vector<float>{node.floatAttribute("alpha", 0.01f)};
    if (node.opType == "HardSigmoid")
        return std::vector<float>{node.floatAttribute("alpha", 0.2f), node.floatAttribute("beta", 0.5f)};
    if (node.opType == "Clip") {
        auto low = bound(graph, node, 1, "min", std::numeric_limits<float>::lowest());
        auto high = bound(graph, node, 2, "max", std::numeric_limits<float>::max());
        if (low && high)
            return std::vector<float>{*low, *high};
    }
    return std::nullopt;
}

bool fuse(graph::Graph& graph, const graph::UseIndex& uses, NodeId id, const PassContext& context)
{
    std::string type = fusedType(graph.node(id));
    if (type.empty() || graph.node(id).outputs.size() != 1 || !graph.node(id).outputs[0].valid())
        return false;
    ValueId between = graph.node(id).outputs[0];
    if (graph.value(between).type.element != graph::DataType::Float32)
        return false;
    NodeId activationId = soleReader(graph, uses, between);
    if (!activationId.valid() || graph.node(activationId).inputs[0] != between ||
        !context.mayTouch(graph.node(id)) || !context.mayTouch(graph.node(activationId)))
        return false;
    auto params = activationParams(graph, graph.node(activationId));
    if (!params)
        return false;
    ValueId output = graph.node(activationId).outputs[0];
    std::string activation = graph.node(activationId).opType;
    std::vector<NodeId> origins = graph.node(activationId).origins;
    graph.removeNode(activationId);
    graph::Node& fused = graph.node(id);
    fused.opType = type;
    fused.domain = fusedDomain;
    fused.opsetVersion = 1;
    fused.setAttribute("activation", activation);
    if (!params->empty())
        fused.setAttribute("activation_params", *params);
    fused.outputs[0] = output;
    mergeOrigins(fused.origins, origins);
    graph.value(output).producer = id;
    graph.removeValue(between);
    return true;
}

Result<std::size_t> run(graph::Model& model, PassContext& context)
{
    graph::UseIndex uses(model.graph);
    std::size_t fused = 0;
    for (NodeId id : model.graph.liveNodes())
        if (model.graph.contains(id))
            fused += fuse(model.graph, uses, id, context) ? 1 : 0;
    if (fused > 0 && model.opsetVersion(fusedDomain) == 0)
        model.opsets.push_back({std::string(fusedDomain), 1});
    return fused;
}

} // namespace

PassSpec fuse_activation()
{
    return {"fuse_activation",
            "Lets Conv, Gemm and Add apply the activation behind them while the result is in cache.",
            PassLevel::All, run, true};
}

} // namespace orrery::passes
