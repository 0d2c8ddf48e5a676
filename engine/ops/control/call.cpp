// SPDX-License-Identifier: Apache-2.0
//
// Internal: a call of a function of the model whose body hangs on the node, so that it can be stepped into.
// Made by outline_functions; inputs are captured by the body.
#include "engine/ops/op_spec.h"

#include <fmt/format.h>

namespace orrery::ops {
namespace {

Result<void> infer(InferContext& context)
{
    RegionId body = context.node().regionAttribute("body");
    if (!body.valid())
        return badInput("the attribute body with a graph is missing");
    auto types = TRY(context.inferRegion(body, {}));
    if (types.size() != context.outputCount())
        return badInput(
            fmt::format("the body gives {} outputs, the call {}", types.size(), context.outputCount()));
    for (std::size_t i = 0; i < types.size(); ++i)
        context.setOutput(i, types[i]);
    return {};
}

Cost cost(const graph::Node&, std::span<const TensorSize>, std::span<const TensorSize>) { return {}; }

} // namespace

OpList call()
{
    return {{.domain = "orrery",
             .name = "Call",
             .firstVersion = 1,
             .lastVersion = 1,
             .doc = "Internal: calls a function of the model; the body's operators do the work.",
             .category = OpCategory::Control,
             .minInputs = 0,
             .maxInputs = OpSpec::any,
             .minOutputs = 0,
             .maxOutputs = OpSpec::any,
             .infer = infer,
             .cost = cost,
             .control = Control::Call}};
}

} // namespace orrery::ops
