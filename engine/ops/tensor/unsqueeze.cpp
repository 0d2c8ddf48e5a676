// SPDX-License-Identifier: Apache-2.0
#include "engine/ops/tensor/arguments.h"

namespace orrery::ops {
namespace {

IntsArgument axesOf(const graph::Node& node, std::int64_t opset) { return {node, opset, "axes", 1, 13}; }

// Which dims of the output are the new ones.
Result<std::vector<bool>> insertedAxes(std::span<const std::int64_t> axes, std::size_t inputRank)
{
    std::vector<bool> inserted(inputRank + axes.size(), false);
    for (std::int64_t axis : TRY(normalizeAxes(axes, inserted.size())))
        inserted[static_cast<std::size_t>(axis)] = true;
    return inserted;
}

template<class D>
std::vector<D> withOnes(const std::vector<D>& dims, const std::vector<bool>& inserted)
{
    std::vector<D> result;
    std::size_t next = 0;
    for (bool isNew : inserted)
        result.push_back(isNew ? D(1) : dims[next++]);
    return result;
}

Result<void> infer(InferContext& context)
{
    std::optional<graph::Shape> output;
    auto axes = axesOf(context.node(), context.opsetVersion()).inferred(context);
    const graph::Shape* input = context.inputShape(0);
    if (axes && input != nullptr)
        output = graph::Shape(withOnes(input->dims, TRY(insertedAxes(*axes, input->rank()))));
    context.setTensor(0, context.inputElement(0), output);
    passShapeValue(context, output);
    return {};
}

Result<KernelPtr> kernel(const KernelInfo& info)
{
    IntsArgument argument = axesOf(info.node, info.opsetVersion);
    return makeKernel([argument](KernelContext& context) -> Result<void> {
        const graph::Tensor* input = TRY(requiredInput(context, 0));
        auto axes = TRY(argument.value(context));
        auto inserted = TRY(insertedAxes(axes, input->rank()));
        return copyReshaped(context, *input, withOnes(input->dims(), inserted));
    });
}

} // namespace

OpList unsqueeze()
{
    return {
        {.name = "Unsqueeze",
         .firstVersion = 1,
         .lastVersion = newestOpset,
         .doc = "Inserts dims of length one at the given axes of the output (Unsqueeze-1, -11, -13, -21).",
         .category = OpCategory::Tensor,
         .minInputs = 1,
         .maxInputs = 2,
         .infer = infer,
         .kernel = kernel,
         .cost = viewCost,
         .inPlace = {{0, 0}}}};
}

} // namespace orrery::ops
