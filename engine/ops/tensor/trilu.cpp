// SPDX-License-Identifier: Apache-2.0
#include "engine/ops/tensor/arguments.h"

#include <fmt/format.h>

#include <algorithm>

namespace orrery::ops {
namespace {

Result<void> infer(InferContext& context)
{
    context.setSameAsInput(0, 0);
    return {};
}

Result<KernelPtr> kernel(const KernelInfo& info)
{
    bool upper = info.node.intAttribute("upper", 1) != 0;
    bool diagonalGiven = info.hasInput(1);
    return makeKernel([upper, diagonalGiven](KernelContext& context) -> Result<void> {
        const graph::Tensor* input = TRY(requiredInput(context, 0));
        auto slot = static_cast<std::int64_t>(TRY(slotBytes(input->type())));
        if (input->rank() < 2)
            return runError(
                fmt::format("the input is {}, expected matrices", graph::dimsText(input->dims())));
        std::int64_t diagonal = diagonalGiven ? TRY(inputInt(context, 1)) : 0;
        std::int64_t rows = input->dims()[input->rank() - 2];
        std::int64_t columns = input->dims().back();
        diagonal = std::clamp(diagonal, -rows - 1, columns + 1);
        graph::Tensor* output = TRY(context.output(0, input->type(), input->dims()));
        if (output->elementCount() == 0)
            return {};
        const std::byte* from = slots(*input);
        std::byte* to = slots(*output);
        auto move = [&](std::int64_t at, std::int64_t count) {
            if (from != to)
                copySlots(input->type(), from + at * slot, to + at * slot, count);
        };
        std::int64_t grain = std::max<std::int64_t>(1, 16 * 1024 / columns);
        context.parallelFor(output->elementCount() / columns, grain,
                            [&](std::int64_t begin, std::int64_t end) {
                                for (std::int64_t row = begin; row < end; ++row) {
                                    // Columns from here on are on the diagonal or above it (upper), or above
                                    // it (lower).
                                    std::int64_t cut = row % rows + diagonal + (upper ? 0 : 1);
                                    cut = std::clamp<std::int64_t>(cut, 0, columns);
                                    std::int64_t at = row * columns;
                                    if (upper) {
                                        clearSlots(input->type(), to + at * slot, cut);
                                        move(at + cut, columns - cut);
                                    } else {
                                        move(at, cut);
                                        clearSlots(input->type(), to + (at + cut) * slot, columns - cut);
                                    }
                                }
                            });
        return {};
    });
}

} // namespace

OpList trilu()
{
    return {{.name = "Trilu",
             .firstVersion = 14,
             .lastVersion = newestOpset,
             .doc = "The upper or lower triangle of matrices, zeros elsewhere (Trilu-14).",
             .category = OpCategory::Tensor,
             .minInputs = 1,
             .maxInputs = 2,
             .infer = infer,
             .kernel = kernel,
             .cost = copyCost,
             .inPlace = {{0, 0}}}};
}

} // namespace orrery::ops
