// SPDX-License-Identifier: Apache-2.0
//
// Scan runs its body once for each element of its scan inputs along an axis. Since version 9: without the
// batch dimension and the sequence lengths of Scan-8.
#include "engine/ops/control/loop_types.h"
#include "engine/ops/op_spec.h"

#include <fmt/format.h>

namespace orrery::ops {
namespace {

using graph::ValueType;

std::int64_t at(const std::vector<std::int64_t>& list, std::size_t i)
{
    return i < list.size() ? list[i] : 0;
}

Result<void> infer(InferContext& context)
{
    const graph::Node& node = context.node();
    RegionId body = node.regionAttribute("body");
    if (!body.valid())
        return badInput("the attribute body with a graph is missing");
    std::int64_t scanned = node.intAttribute("num_scan_inputs", 0);
    if (scanned < 1 || scanned > static_cast<std::int64_t>(context.inputCount()))
        return badInput(fmt::format("num_scan_inputs is {} with {} inputs", scanned, context.inputCount()));
    std::size_t states = context.inputCount() - static_cast<std::size_t>(scanned);
    auto inputAxes = node.intsAttribute("scan_input_axes");
    auto outputAxes = node.intsAttribute("scan_output_axes");
    graph::Dim length = graph::Dim::unknown();
    std::vector<ValueType> inputs;
    for (std::size_t i = 0; i < context.inputCount(); ++i) {
        const ValueType* type = context.inputType(i);
        ValueType& inner = inputs.emplace_back(type == nullptr ? ValueType() : *type);
        if (i < states || !inner.shape)
            continue;
        auto axis =
            static_cast<std::size_t>(TRY(normalizeAxis(at(inputAxes, i - states), inner.shape->rank())));
        if (length.isUnknown())
            length = inner.shape->dims[axis];
        inner.shape->dims.erase(inner.shape->dims.begin() + static_cast<std::ptrdiff_t>(axis));
    }
    auto outputs = TRY(inferLoopBody(context, body, std::move(inputs), 0, 0, states));
    if (outputs.size() != context.outputCount())
        return badInput(
            fmt::format("the body gives {} outputs, the node {}", outputs.size(), context.outputCount()));
    for (std::size_t i = 0; i < outputs.size(); ++i)
        context.setOutput(i,
                          i < states ? outputs[i] : withAxis(outputs[i], at(outputAxes, i - states), length));
    return {};
}

// The body's operators have their own costs.
Cost cost(const graph::Node&, std::span<const TensorSize>, std::span<const TensorSize>) { return {}; }

} // namespace

OpList scan()
{
    return {{.name = "Scan",
             .firstVersion = 9,
             .lastVersion = 24,
             .doc =
                 "Runs a body over the elements of tensors along an axis (Scan-9, -11, -16, -19, -21, -23, "
                 "-24).",
             .category = OpCategory::Control,
             .minInputs = 1,
             .maxInputs = OpSpec::any,
             .minOutputs = 1,
             .maxOutputs = OpSpec::any,
             .infer = infer,
             .cost = cost,
             .control = Control::Scan}};
}

} // namespace orrery::ops
