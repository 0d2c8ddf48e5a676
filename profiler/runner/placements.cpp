// SPDX-License-Identifier: Apache-2.0
#include "profiler/runner/placements.h"

#include <optional>

namespace orrery::runner {

namespace {

std::optional<std::vector<ops::TensorSize>> sizesOf(const std::vector<ValueId>& ids,
                                                    std::span<const graph::ValueType> types)
{
    std::vector<ops::TensorSize> sizes;
    for (ValueId id : ids) {
        if (!id.valid()) {
            sizes.emplace_back();
            continue;
        }
        if (id.index() >= types.size())
            return std::nullopt;
        const graph::ValueType& type = types[id.index()];
        auto dims = type.shape ? type.shape->concrete() : std::nullopt;
        if (type.kind != graph::TypeKind::Tensor || !dims || !graph::byteSizeOf(type.element, *dims))
            return std::nullopt;
        sizes.push_back({type.element, std::move(*dims)});
    }
    return sizes;
}

} // namespace

std::vector<graph::ValueType> typesOf(const graph::Graph& graph)
{
    std::vector<graph::ValueType> types;
    for (std::size_t i = 0; i < graph.valueSlots(); ++i)
        types.push_back(graph.value(ValueId(i)).type);
    return types;
}

std::vector<protocol::Placement> placementsOf(const plan::Plan& plan, std::span<const graph::ValueType> types)
{
    std::vector<protocol::Placement> placements;
    for (const plan::Block& block : plan.blocks()) {
        for (const plan::Instruction& instruction : block.instructions) {
            protocol::Placement placement;
            placement.node = instruction.node;
            placement.backend = instruction.backend;
            placement.kernel = instruction.kernelName;
            const graph::Node& node = plan.graph().node(instruction.node);
            auto inputs = sizesOf(node.inputs, types);
            auto outputs = sizesOf(node.outputs, types);
            if (inputs && outputs && instruction.spec && instruction.spec->cost &&
                instruction.spec->control == ops::Control::None) {
                ops::Cost cost = instruction.spec->cost(node, *inputs, *outputs);
                placement.flops = cost.flops;
                placement.bytesMoved = cost.bytes;
            }
            placements.push_back(std::move(placement));
        }
    }
    return placements;
}

} // namespace orrery::runner
