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
    std::int64_t batchAxis = info.node.intAttribute("batch_axis", 1);
    std::int64_t timeAxis = info.node.intAttribute("time_axis", 0);
    if (std::min(batchAxis, timeAxis) != 0 || std::max(batchAxis, timeAxis) != 1)
        return badInput(fmt::format("batch_axis is {} and time_axis {}, expected 0 and 1 or 1 and 0",
                                    batchAxis, timeAxis));
    return makeKernel([timeFirst = timeAxis == 0](KernelContext& context) -> Result<void> {
        const graph::Tensor* input = TRY(requiredInput(context, 0));
        auto slot = static_cast<std::int64_t>(TRY(slotBytes(input->type())));
        auto lengths = TRY(inputInts(context, 1));
        const graph::Dims& dims = input->dims();
        if (dims.size() < 2)
            return runError(
                fmt::format("the input is {}, expected a rank of 2 or more", graph::dimsText(dims)));
        std::int64_t times = dims[timeFirst ? 0 : 1];
        std::int64_t batches = dims[timeFirst ? 1 : 0];
        if (static_cast<std::int64_t>(lengths.size()) != batches)
            return runError(
                fmt::format("{} sequence lengths are given for {} sequences", lengths.size(), batches));
        for (std::int64_t length : lengths)
            if (length < 0 || length > times)
                return runError(fmt::format("a sequence length is {}, the time axis has {}", length, times));
        graph::Tensor* output = TRY(context.output(0, input->type(), dims));
        if (output->elementCount() == 0)
            return {};
        std::int64_t run = productOf(dimsBetween(dims, 2, dims.size()));
        std::int64_t grain = std::max<std::int64_t>(1, 64 * 1024 / (run * slot));
        context.parallelFor(times * batches, grain, [&](std::int64_t begin, std::int64_t end) {
            for (std::int64_t n = begin; n < end; ++n) {
                std::int64_t time = timeFirst ? n / batches : n % times;
                std::int64_t batch = timeFirst ? n % batches : n / times;
                std::int64_t length = lengths[static_cast<std::size_t>(batch)];
                std::int64_t source = time < length ? length - 1 - time : time;
                std::int64_t at = timeFirst ? source * batches + batch : batch * times + source;
                copySlots(input->type(), slots(*input) + at * run * slot, slots(*output) + n * run * slot,
                          run);
            }
        });
        return {};
    });
}

} // namespace

OpList reverse_sequence()
{
    return {{.name = "ReverseSequence",
             .firstVersion = 10,
             .lastVersion = newestOpset,
             .doc = "Reverses the first elements of each sequence of a batch (ReverseSequence-10).",
             .category = OpCategory::Tensor,
             .minInputs = 2,
             .maxInputs = 2,
             .infer = infer,
             .kernel = kernel,
             .cost = movedCost}};
}

} // namespace orrery::ops
