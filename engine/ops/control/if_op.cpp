// SPDX-License-Identifier: Apache-2.0
//
// The executor carries out an If by entering one of its bodies; what is known here is what both bodies agree
// on.
#include "engine/ops/op_spec.h"

#include <fmt/format.h>

namespace orrery::ops {
namespace {

using graph::ValueType;

// What holds of a value that is either of the two.
ValueType merged(const ValueType& a, const ValueType& b)
{
    if (a == b)
        return a;
    if (a.kind != b.kind)
        return {};
    ValueType result;
    result.kind = a.kind;
    if (a.element == b.element)
        result.element = a.element;
    for (std::size_t i = 0; i < a.inner.size() && a.inner.size() == b.inner.size(); ++i)
        result.inner.push_back(merged(a.inner[i], b.inner[i]));
    if (a.shape && b.shape && a.shape->rank() == b.shape->rank()) {
        result.shape = a.shape;
        for (std::size_t i = 0; i < result.shape->dims.size(); ++i)
            if (result.shape->dims[i] != b.shape->dims[i])
                result.shape->dims[i] = graph::Dim::unknown();
    }
    return result;
}

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
        context.setOutput(i, merged(thenTypes[i], elseTypes[i]));
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
