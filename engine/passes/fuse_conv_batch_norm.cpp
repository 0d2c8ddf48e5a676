// SPDX-License-Identifier: Apache-2.0
//
// y = BatchNormalization(Conv(x, W, b), scale, B, mean, var)   with constants, Conv read by nobody else
//   →  y = Conv(x, W · k, (b − mean) · k + B)    where k = scale / sqrt(var + epsilon), per output channel
// The products are made in double and rounded once.
#include "engine/passes/pass.h"
#include "engine/passes/rewrite.h"

#include <cmath>

namespace orrery::passes {
namespace {

using graph::Tensor;

bool isOnnx(const graph::Node& node, std::string_view type)
{
    return node.opType == type && (node.domain.empty() || node.domain == "ai.onnx");
}

const Tensor* floatVector(const graph::Graph& graph, ValueId id, std::int64_t length)
{
    const Tensor* tensor = constantTensor(graph, id);
    bool fits = tensor != nullptr && tensor->type() == graph::DataType::Float32 && tensor->rank() == 1 &&
                tensor->elementCount() == length;
    return fits ? tensor : nullptr;
}

bool fuse(graph::Graph& graph, const graph::UseIndex& uses, NodeId convId, const PassContext& context)
{
    const graph::Node& conv = graph.node(convId);
    if (conv.inputs.size() < 2 || conv.outputs.size() != 1 || !conv.outputs[0].valid())
        return false;
    NodeId normId = soleReader(graph, uses, conv.outputs[0]);
    if (!normId.valid())
        return false;
    const graph::Node& norm = graph.node(normId);
    if (!isOnnx(norm, "BatchNormalization") || norm.inputs.size() < 5 || norm.inputs[0] != conv.outputs[0] ||
        norm.intAttribute("training_mode", 0) != 0 || !context.mayTouch(conv) || !context.mayTouch(norm))
        return false;
    for (std::size_t i = 1; i < norm.outputs.size(); ++i)
        if (norm.outputs[i].valid() && !uses.uses(norm.outputs[i]).empty())
            return false;
    const Tensor* weight = constantTensor(graph, conv.inputs[1]);
    if (weight == nullptr || weight->type() != graph::DataType::Float32 || weight->rank() < 3 ||
        weight->elementCount() == 0)
        return false;
    std::int64_t channels = weight->dims()[0];
    const Tensor* scale = floatVector(graph, norm.inputs[1], channels);
    const Tensor* shift = floatVector(graph, norm.inputs[2], channels);
    const Tensor* mean = floatVector(graph, norm.inputs[3], channels);
    const Tensor* variance = floatVector(graph, norm.inputs[4], channels);
    bool hasBias = conv.inputs.size() > 2 && conv.inputs[2].valid();
    const Tensor* bias = hasBias ? floatVector(graph, conv.inputs[2], channels) : nullptr;
    if (scale == nullptr || shift == nullptr || mean == nullptr || variance == nullptr ||
        (hasBias && bias == nullptr))
        return false;

    auto newWeight = Tensor::allocate(weight->type(), weight->dims());
    auto newBias = Tensor::allocate(weight->type(), {channels});
    if (!newWeight.ok() || !newBias.ok())
        return false;
    std::int64_t perChannel = weight->elementCount() / channels;
    double epsilon = norm.floatAttribute("epsilon", 1e-5f);
    for (std::int64_t c = 0; c < channels; ++c) {
        double k =
            scale->data<float>()[c] / std::sqrt(static_cast<double>(variance->data<float>()[c]) + epsilon);
        for (std::int64_t i = c * perChannel; i < (c + 1) * perChannel; ++i)
            newWeight->mutableData<float>()[i] = static_cast<float>(weight->data<float>()[i] * k);
        double b = bias == nullptr ? 0 : bias->data<float>()[c];
        newBias->mutableData<float>()[c] =
            static_cast<float>((b - mean->data<float>()[c]) * k + shift->data<float>()[c]);
    }

    ValueId output = norm.outputs[0];
    ValueId between = conv.outputs[0];
    RegionId region = conv.region;
    std::string weightName = graph.value(conv.inputs[1]).name;
    std::vector<NodeId> origins = norm.origins;
    ValueId weightId = graph.addConstant(region, weightName + ".normalized", newWeight.releaseValue());
    ValueId biasId = graph.addConstant(region, weightName + ".normalized_bias", newBias.releaseValue());
    graph.removeNode(normId);
    graph::Node& fused = graph.node(convId);
    fused.inputs.resize(3);
    fused.inputs[1] = weightId;
    fused.inputs[2] = biasId;
    fused.outputs[0] = output;
    mergeOrigins(fused.origins, origins);
    graph.value(output).producer = convId;
    graph.removeValue(between);
    return true;
}

Result<std::size_t> run(graph::Model& model, PassContext& context)
{
    graph::UseIndex uses(model.graph);
    std::size_t fused = 0;
    for (NodeId id : model.graph.liveNodes())
        if (model.graph.contains(id) && isOnnx(model.graph.node(id), "Conv"))
            fused += fuse(model.graph, uses, id, context) ? 1 : 0;
    return fused;
}

} // namespace

PassSpec fuse_conv_batch_norm()
{
    return {"fuse_conv_batch_norm", "Folds a BatchNormalization into the weights of the Conv before it.",
            PassLevel::All, run, true};
}

} // namespace orrery::passes
