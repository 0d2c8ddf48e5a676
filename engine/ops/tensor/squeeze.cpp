// SPDX-License-Identifier: Apache-2.0
#include "engine/ops/tensor/arguments.h"

#include <fmt/format.h>

namespace orrery::ops {
namespace {

using graph::Dim;

IntsArgument axesOf(const graph::Node& node, std::int64_t opset) { return {node, opset, "axes", 1, 13}; }

std::optional<graph::Shape> withoutOnes(const graph::Shape& input)
{
    graph::Shape output;
    for (const Dim& dim : input.dims) {
        if (!dim.isKnown())
            return std::nullopt; // it goes when it is one: even the rank is open
        if (dim.value() != 1)
            output.dims.push_back(dim);
    }
    return output;
}

Result<graph::Shape> without(const graph::Shape& input, std::span<const std::int64_t> axes)
{
    std::vector<bool> drop(input.rank(), false);
    for (std::int64_t axis : TRY(normalizeAxes(axes, input.rank()))) {
        const Dim& dim = input.dims[static_cast<std::size_t>(axis)];
        if (dim.isKnown() && dim.value() != 1)
            return badInput(
                fmt::format("axis {} of {} has length {}, expected 1", axis, input.text(), dim.value()));
        drop[static_cast<std::size_t>(axis)] = true;
    }
    graph::Shape output;
    for (std::size_t i = 0; i < input.rank(); ++i)
        if (!drop[i])
            output.dims.push_back(input.dims[i]);
    return output;
}

Result<void> infer(InferContext& context)
{
    IntsArgument argument = axesOf(context.node(), context.opsetVersion());
    std::optional<graph::Shape> output;
    if (const graph::Shape* input = context.inputShape(0)) {
        if (!argument.given())
            output = withoutOnes(*input);
        else if (auto axes = argument.inferred(context))
            output = TRY(without(*input, *axes));
    }
    context.setTensor(0, context.inputElement(0), output);
    passShapeValue(context, output);
    return {};
}

Result<KernelPtr> kernel(const KernelInfo& info)
{
    IntsArgument argument = axesOf(info.node, info.opsetVersion);
    return makeKernel([argument](KernelContext& context) -> Result<void> {
        const graph::Tensor* input = TRY(requiredInput(context, 0));
        graph::Shape shape = graph::Shape::of(input->dims());
        if (!argument.given())
            return copyReshaped(context, *input, *withoutOnes(shape)->concrete());
        auto axes = TRY(argument.value(context));
        graph::Shape output = TRY(without(shape, axes));
        return copyReshaped(context, *input, *output.concrete());
    });
}

} // namespace

OpList squeeze()
{
    return {
        {.name = "Squeeze",
         .firstVersion = 1,
         .lastVersion = newestOpset,
         .doc =
             "Drops dims of length one, all of them or those of the given axes (Squeeze-1, -11, -13, -21).",
         .category = OpCategory::Tensor,
         .minInputs = 1,
         .maxInputs = 2,
         .infer = infer,
         .kernel = kernel,
         .cost = viewCost,
         .inPlace = {{0, 0}}}};
}

} // namespace orrery::ops
