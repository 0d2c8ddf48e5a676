// SPDX-License-Identifier: Apache-2.0
#include "engine/ops/tensor/arguments.h"

#include <fmt/format.h>

#include <algorithm>

namespace orrery::ops {
namespace {

using graph::Dim;

Result<void> infer(InferContext& context)
{
    std::optional<graph::Shape> output;
    if (auto target = elementsOf(context, 1)) {
        graph::Shape shape(std::move(*target));
        output = TRY(broadcastShapes(context.inputShape(0), &shape));
    } else {
        const graph::Shape* input = context.inputShape(0);
        const graph::Shape* length = context.inputShape(1);
        if (input != nullptr && length != nullptr && length->rank() == 1 && length->dims[0].isKnown() &&
            length->dims[0].value() <= 64)
            output = graph::Shape(
                std::vector<Dim>(std::max(input->rank(), static_cast<std::size_t>(length->dims[0].value()))));
    }
    context.setTensor(0, context.inputElement(0), output);
    auto elements = elementsOf(context, 0);
    if (elements && elements->size() == 1 && output && output->rank() == 1 && output->dims[0].isKnown() &&
        output->dims[0].value() <= 64)
        context.setOutputShapeValue(
            0, std::vector<Dim>(static_cast<std::size_t>(output->dims[0].value()), elements->front()));
    return {};
}

Result<KernelPtr> kernel(const KernelInfo&)
{
    return makeKernel([](KernelContext& context) -> Result<void> {
        const graph::Tensor* input = TRY(requiredInput(context, 0));
        graph::Dims target = TRY(inputInts(context, 1));
        TRY(slotBytes(input->type()));
        std::size_t rank = std::max(target.size(), input->rank());
        graph::Dims dims(rank, 1);
        graph::Dims strides(rank, 0);
        graph::Dims from = rowMajorStrides(input->dims());
        std::copy(target.rbegin(), target.rend(), dims.rbegin());
        for (std::size_t i = 0; i < input->rank(); ++i) {
            std::int64_t& dim = dims[rank - 1 - i];
            std::int64_t have = input->dims()[input->rank() - 1 - i];
            if (dim != have && dim != 1 && have != 1)
                return runError(fmt::format("a tensor {} cannot be expanded to {}",
                                            graph::dimsText(input->dims()), graph::dimsText(target)));
            if (have != 1) {
                dim = have;
                strides[rank - 1 - i] = from[input->rank() - 1 - i];
            }
        }
        graph::Tensor* output = TRY(context.output(0, input->type(), dims));
        if (output->elementCount() == 0)
            return {};
        graph::Dims to = rowMajorStrides(dims);
        std::vector<CopyAxis> axes;
        for (std::size_t i = 0; i < rank; ++i)
            axes.push_back({dims[i], strides[i], to[i]});
        copyStrided(context, input->type(), slots(*input), slots(*output), std::move(axes));
        return {};
    });
}

} // namespace

OpList expand()
{
    return {
        {.name = "Expand",
         .firstVersion = 8,
         .lastVersion = newestOpset,
         .doc =
             "Repeats dims of length one until the tensor fits a shape, by the broadcasting rule (Expand-8, "
             "-13).",
         .category = OpCategory::Tensor,
         .minInputs = 2,
         .maxInputs = 2,
         .infer = infer,
         .kernel = kernel,
         .cost = copyCost}};
}

} // namespace orrery::ops
