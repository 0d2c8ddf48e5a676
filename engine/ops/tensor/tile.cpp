// SPDX-License-Identifier: Apache-2.0
#include "engine/base/checked_math.h"
#include "engine/ops/tensor/arguments.h"

#include <fmt/format.h>

namespace orrery::ops {
namespace {

using graph::Dim;

Result<void> infer(InferContext& context)
{
    std::optional<graph::Shape> output;
    if (const graph::Shape* input = context.inputShape(0)) {
        output = graph::Shape(std::vector<Dim>(input->rank()));
        auto repeats = context.opsetVersion() < 6 ? std::nullopt : elementsOf(context, 1);
        if (repeats && repeats->size() != input->rank())
            return badInput(fmt::format("{} repeats are given for {}", repeats->size(), input->text()));
        for (std::size_t i = 0; repeats && i < repeats->size(); ++i)
            output->dims[i] = input->dims[i] * (*repeats)[i];
    }
    context.setTensor(0, context.inputElement(0), output);
    return {};
}

// Before opset 6 one axis and its count are given, later a count for each axis.
Result<std::vector<std::int64_t>> repeatsOf(KernelContext& context, std::int64_t opset, std::size_t rank)
{
    if (opset >= 6)
        return inputInts(context, 1);
    std::vector<std::int64_t> repeats(rank, 1);
    std::int64_t count = TRY(inputInt(context, 1));
    std::int64_t given = TRY(inputInt(context, 2));
    repeats[static_cast<std::size_t>(TRY(normalizeAxis(given, rank)))] = count;
    return repeats;
}

Result<KernelPtr> kernel(const KernelInfo& info)
{
    return makeKernel([opset = info.opsetVersion](KernelContext& context) -> Result<void> {
        const graph::Tensor* input = TRY(requiredInput(context, 0));
        TRY(slotBytes(input->type()));
        auto repeats = TRY(repeatsOf(context, opset, input->rank()));
        if (repeats.size() != input->rank())
            return runError(fmt::format("{} repeats are given for a tensor {}", repeats.size(),
                                        graph::dimsText(input->dims())));
        graph::Dims dims = input->dims();
        for (std::size_t i = 0; i < dims.size(); ++i) {
            auto dim = repeats[i] < 0 ? std::nullopt : checkedMul(dims[i], repeats[i]);
            if (!dim)
                return runError(
                    fmt::format("axis {} of length {} cannot be repeated {} times", i, dims[i], repeats[i]));
            dims[i] = *dim;
        }
        graph::Tensor* output = TRY(context.output(0, input->type(), dims));
        if (output->elementCount() == 0)
            return {};
        graph::Dims from = rowMajorStrides(input->dims());
        graph::Dims to = rowMajorStrides(dims);
        std::vector<CopyAxis> axes;
        for (std::size_t i = 0; i < dims.size(); ++i) {
            axes.push_back({repeats[i], 0, to[i] * input->dims()[i]});
            axes.push_back({input->dims()[i], from[i], to[i]});
        }
        copyStrided(context, input->type(), slots(*input), slots(*output), std::move(axes));
        return {};
    });
}

} // namespace

OpList tile()
{
    return {{.name = "Tile",
             .firstVersion = 1,
             .lastVersion = newestOpset,
             .doc = "Repeats the whole tensor along each axis (Tile-1, -6, -13).",
             .category = OpCategory::Tensor,
             .minInputs = 2,
             .maxInputs = 3,
             .infer = infer,
             .kernel = kernel,
             .cost = copyCost}};
}

} // namespace orrery::ops
