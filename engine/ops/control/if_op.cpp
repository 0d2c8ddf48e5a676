// SPDX-License-Identifier: Apache-2.0
//
// The executor carries out an If by entering one of its bodies; what is known here is what both bodies agree
// on.
#include "engine/ops/control/loop_types.h"
#include "engine/ops/op_spec.h"

#include <fmt/format.h>

namespace orrery::ops {
namespace {

using graph::ValueType;

Result<std::vector<ValueType>> branchTypes(InferContext& context, std::string_view attribute)
{
    RegionId region = context.node().regionAttribute(attribute);
    if (!region.valid())
        return badInput(fmt::format("the attribute {} with a graph is missing", attribute));
    auto types = TRY(context.inferRegion(region, {}));
    if (types.size() != context.outputCount())
        return badInput(
            fmt::format("{} has {} outputs, the node {}", attribute, types.size(), context.outputCount()));
    return types;
}

Result<void> infer(InferContext& context)
{
    auto thenTypes = TRY(branchTypes(context, "then_branch"));
    auto elseTypes = TRY(branchTypes(context, "else_branch"));
    for (std::size_t i = 0; i < thenTypes.size(); ++i)
        context.setOutput(i, commonType(thenTypes[i], elseTypes[i]));
    return {};
}

// The bodies' operators have their own costs.
Cost cost(const graph::Node&, std::span<const TensorSize>, std::span<const TensorSize>) { return {}; }

} // namespace

OpList if_op()
{
    return {{.name = "If",
             .firstVersion = 1,
             .lastVersion = 24,
             .doc = "Runs one of two bodies, by a condition (If-1, -11, -13, -16, -19, -21).",
             .category = OpCategory::Control,
             .minInputs = 1,
             .maxInputs = 1,
             .minOutputs = 1,
             .maxOutputs = OpSpec::any,
             .infer = infer,
             .cost = cost,
             .control = Control::If}};
}

} // namespace orrery::ops
