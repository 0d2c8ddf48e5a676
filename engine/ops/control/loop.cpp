// SPDX-License-Identifier: Apache-2.0
//
// The executor carries out a Loop by entering its body once for each iteration; what is known here is what
// holds of the values in all of them.
#include "engine/ops/control/loop_types.h"
#include "engine/ops/op_spec.h"

#include <fmt/format.h>

namespace orrery::ops {
namespace {

using graph::DataType;
using graph::Shape;
using graph::ValueType;

Result<void> infer(InferContext& context)
{
    RegionId body = context.node().regionAttribute("body");
    if (!body.valid())
        return badInput("the attribute body with a graph is missing");
    if (context.inputCount() < 2)
        return badInput("Loop takes a trip count and a condition; either may be left out, not its place");
    std::size_t carried = context.inputCount() - 2;
    std::vector<ValueType> inputs{ValueType::tensor(DataType::Int64, Shape::of({})),
                                  ValueType::tensor(DataType::Bool, Shape::of({}))};
    for (std::size_t i = 0; i < carried; ++i) {
        const ValueType* type = context.inputType(2 + i);
        inputs.push_back(type == nullptr ? ValueType() : *type);
    }
    auto outputs = TRY(inferLoopBody(context, body, std::move(inputs), 2, 1, carried));
    if (outputs.size() != 1 + context.outputCount() || context.outputCount() < carried)
        return badInput(fmt::format("the body gives {} outputs beside its condition, the node {}",
                                    outputs.empty() ? 0 : outputs.size() - 1, context.outputCount()));
    for (std::size_t i = 0; i < context.outputCount(); ++i)
        context.setOutput(i,
                          i < carried ? outputs[1 + i] : withAxis(outputs[1 + i], 0, graph::Dim::unknown()));
    return {};
}

// The body's operators have their own costs.
Cost cost(const graph::Node&, std::span<const TensorSize>, std::span<const TensorSize>) { return {}; }

} // namespace

OpList loop()
{
    return {{.name = "Loop",
             .firstVersion = 1,
             .lastVersion = 24,
             .doc =
                 "Runs a body again and again, up to a trip count and while a condition holds (Loop-1, -11, "
                 "-13, -16, -19, -21, -23, -24).",
             .category = OpCategory::Control,
             .minInputs = 0, // two, which may be left out
             .maxInputs = OpSpec::any,
             .minOutputs = 0,
             .maxOutputs = OpSpec::any,
             .infer = infer,
             .cost = cost,
             .control = Control::Loop}};
}

} // namespace orrery::ops
