// SPDX-License-Identifier: Apache-2.0
#include "engine/ops/tensor/arguments.h"

#include <fmt/format.h>

namespace orrery::ops {
namespace {

// In [0, rank]: unlike other axes, this one may point behind the last dim.
Result<std::size_t> splitAt(const graph::Node& node, std::size_t rank)
{
    std::int64_t axis = node.intAttribute("axis", 1);
    auto limit = static_cast<std::int64_t>(rank);
    if (axis < -limit || axis > limit)
        return badInput(fmt::format("axis {} is outside of a tensor of rank {}", axis, rank));
    return static_cast<std::size_t>(axis < 0 ? axis + limit : axis);
}

Result<void> infer(InferContext& context)
{
    graph::Shape output({graph::Dim::unknown(), graph::Dim::unknown()});
    if (const graph::Shape* input = context.inputShape(0)) {
        auto at = static_cast<std::ptrdiff_t>(TRY(splitAt(context.node(), input->rank())));
        graph::Shape left(std::vector<graph::Dim>(input->dims.begin(), input->dims.begin() + at));
        graph::Shape right(std::vector<graph::Dim>(input->dims.begin() + at, input->dims.end()));
        output.dims = {left.elementCount(), right.elementCount()};
    }
    context.setTensor(0, context.inputElement(0), output);
    return {};
}

Result<KernelPtr> kernel(const KernelInfo& info)
{
    graph::Node node;
    node.attributes = info.node.attributes;
    return makeKernel([node](KernelContext& context) -> Result<void> {
        const graph::Tensor* input = TRY(requiredInput(context, 0));
        std::size_t at = TRY(splitAt(node, input->rank()));
        const graph::Dims& dims = input->dims();
        std::int64_t sides[] = {productOf(dimsBetween(dims, 0, at)),
                                productOf(dimsBetween(dims, at, dims.size()))};
        return copyReshaped(context, *input, sides);
    });
}

} // namespace

OpList flatten()
{
    return {
        {.name = "Flatten",
         .firstVersion = 1,
         .lastVersion = newestOpset,
         .doc =
             "The same elements as a matrix: the dims before an axis, and those from it on (Flatten-1, -9, "
             "-11, -13, -21).",
         .category = OpCategory::Tensor,
         .minInputs = 1,
         .maxInputs = 1,
         .infer = infer,
         .kernel = kernel,
         .cost = viewCost,
         .inPlace = {{0, 0}}}};
}

} // namespace orrery::ops
