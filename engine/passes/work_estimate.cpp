// SPDX-License-Identifier: Apache-2.0
#include "engine/passes/work_estimate.h"

#include "engine/passes/infer.h"

#include <optional>

namespace orrery::passes {
namespace {

std::optional<std::vector<ops::TensorSize>> sizesOf(const std::vector<ValueId>& values,
                                                    const std::vector<graph::ValueType>& types)
{
    std::vector<ops::TensorSize> sizes;
    for (ValueId value : values) {
        ops::TensorSize& size = sizes.emplace_back();
        if (!value.valid())
            continue;
        const graph::ValueType& type = types[value.index()];
        auto dims = type.shape ? type.shape->concrete() : std::nullopt;
        if (type.kind != graph::TypeKind::Tensor || !dims || !graph::byteSizeOf(type.element, *dims))
            return std::nullopt;
        size = {type.element, std::move(*dims)};
    }
    return sizes;
}

void addUp(const graph::Model& model, const ops::OpRegistry& ops, RegionId region,
           const std::vector<graph::ValueType>& types, WorkEstimate& sum)
{
    for (NodeId id : model.graph.region(region).nodes) {
        const graph::Node& node = model.graph.node(id);
        for (RegionId body : node.regions())
            addUp(model, ops, body, types, sum);
        const auto spec = ops::findOp(ops, node, model.opsetVersion(node));
        if (spec.ok() && (*spec)->control != ops::Control::None)
            continue; // its bodies are what it takes
        const auto inputs = sizesOf(node.inputs, types), outputs = sizesOf(node.outputs, types);
        if (spec.ok() && (*spec)->cost && inputs && outputs)
            sum.flops += (*spec)->cost(node, *inputs, *outputs).flops;
        else
            ++sum.nodesWithout;
    }
}

} // namespace

WorkEstimate estimateWork(const graph::Model& model, const ops::OpRegistry& ops,
                          const std::map<ValueId, graph::ValueType>& inputTypes)
{
    WorkEstimate sum;
    addUp(model, ops, model.graph.mainRegion(), inferTypes(model, ops, inputTypes).types, sum);
    return sum;
}

} // namespace orrery::passes
