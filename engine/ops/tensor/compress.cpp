// SPDX-License-Identifier: Apache-2.0
#include "engine/ops/tensor/arguments.h"

#include <fmt/format.h>

namespace orrery::ops {
namespace {

Result<void> infer(InferContext& context)
{
    const graph::Shape* input = context.inputShape(0);
    std::optional<graph::Shape> output;
    if (context.node().attribute("axis") == nullptr) {
        output = graph::Shape({graph::Dim::unknown()});
    } else if (input != nullptr) {
        output = *input;
        std::int64_t axis = TRY(normalizeAxis(context.node().intAttribute("axis", 0), input->rank()));
        output->dims[static_cast<std::size_t>(axis)] = graph::Dim::unknown();
    }
    context.setTensor(0, context.inputElement(0), output);
    return {};
}

Result<KernelPtr> kernel(const KernelInfo& info)
{
    std::optional<std::int64_t> givenAxis;
    if (info.node.attribute("axis") != nullptr)
        givenAxis = info.node.intAttribute("axis", 0);
    return makeKernel([givenAxis](KernelContext& context) -> Result<void> {
        const graph::Tensor* input = TRY(requiredInput(context, 0));
        auto slot = static_cast<std::int64_t>(TRY(slotBytes(input->type())));
        auto condition = TRY(inputInts(context, 1));
        graph::Dims dims = givenAxis ? input->dims() : graph::Dims{input->elementCount()};
        auto axis = static_cast<std::size_t>(TRY(normalizeAxis(givenAxis.value_or(0), dims.size())));
        std::int64_t length = dims[axis];
        std::vector<std::int64_t> kept;
        for (std::size_t i = 0; i < condition.size(); ++i) {
            auto at = static_cast<std::int64_t>(i);
            if (condition[i] == 0)
                continue;
            if (at >= length)
                return runError(
                    fmt::format("the condition selects index {} of an axis of length {}", at, length));
            kept.push_back(at);
        }
        dims[axis] = static_cast<std::int64_t>(kept.size());
        graph::Tensor* output = TRY(context.output(0, input->type(), dims));
        if (output->elementCount() == 0)
            return {};
        std::int64_t run = productOf(dimsBetween(dims, axis + 1, dims.size()));
        std::int64_t outer = productOf(dimsBetween(dims, 0, axis));
        std::byte* to = slots(*output);
        for (std::int64_t o = 0; o < outer; ++o) {
            for (std::int64_t index : kept) {
                copySlots(input->type(), slots(*input) + (o * length + index) * run * slot, to, run);
                to += run * slot;
            }
        }
        return {};
    });
}

} // namespace

OpList compress()
{
    return {
        {.name = "Compress",
         .firstVersion = 9,
         .lastVersion = newestOpset,
         .doc =
             "Keeps the slices of an axis, or the elements, for which a condition is true (Compress-9, -11).",
         .category = OpCategory::Tensor,
         .minInputs = 2,
         .maxInputs = 2,
         .infer = infer,
         .kernel = kernel,
         .cost = movedCost}};
}

} // namespace orrery::ops
