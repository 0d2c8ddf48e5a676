// SPDX-License-Identifier: Apache-2.0
#include "engine/ops/tensor/arguments.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

namespace orrery::ops {
namespace {

Result<std::vector<std::int64_t>> axesOf(const std::optional<std::vector<std::int64_t>>& given,
                                         std::size_t rank)
{
    if (given)
        return normalizeAxes(*given, rank);
    std::vector<std::int64_t> axes(rank);
    std::iota(axes.begin(), axes.end(), 0);
    return axes;
}

std::optional<std::vector<std::int64_t>> givenAxes(const graph::Node& node)
{
    return node.attribute("axes") == nullptr ? std::nullopt : std::optional(node.intsAttribute("axes"));
}

Result<void> infer(InferContext& context)
{
    std::optional<graph::Shape> output;
    if (const graph::Shape* input = context.inputShape(0)) {
        output = *input;
        auto axes = TRY(axesOf(givenAxes(context.node()), input->rank()));
        auto sizes = elementsOf(context, 1);
        if (sizes && sizes->size() != axes.size())
            return badInput(fmt::format("{} sizes are given for {} axes", sizes->size(), axes.size()));
        for (std::size_t i = 0; i < axes.size(); ++i)
            output->dims[static_cast<std::size_t>(axes[i])] = sizes ? (*sizes)[i] : graph::Dim::unknown();
    }
    context.setTensor(0, context.inputElement(0), output);
    return {};
}

Result<KernelPtr> kernel(const KernelInfo& info)
{
    return makeKernel([given = givenAxes(info.node)](KernelContext& context) -> Result<void> {
        const graph::Tensor* input = TRY(requiredInput(context, 0));
        auto slot = static_cast<std::int64_t>(TRY(slotBytes(input->type())));
        auto axes = TRY(axesOf(given, input->rank()));
        auto sizes = TRY(inputInts(context, 1));
        if (sizes.size() != axes.size())
            return runError(fmt::format("{} sizes are given for {} axes", sizes.size(), axes.size()));
        graph::Dims dims = input->dims();
        for (std::size_t i = 0; i < axes.size(); ++i) {
            if (sizes[i] < 0)
                return runError(fmt::format("axis {} would get the length {}", axes[i], sizes[i]));
            dims[static_cast<std::size_t>(axes[i])] = sizes[i];
        }
        graph::Tensor* output = TRY(context.output(0, input->type(), dims));
        if (dims != input->dims())
            clearSlots(input->type(), slots(*output), output->elementCount());
        if (output->elementCount() == 0 || input->elementCount() == 0)
            return {};
        graph::Dims from = rowMajorStrides(input->dims());
        graph::Dims to = rowMajorStrides(dims);
        std::int64_t fromOffset = 0;
        std::int64_t toOffset = 0;
        std::vector<CopyAxis> box;
        for (std::size_t i = 0; i < dims.size(); ++i) {
            std::int64_t length = input->dims()[i];
            fromOffset += std::max<std::int64_t>(0, length - dims[i]) / 2 * from[i];
            toOffset += std::max<std::int64_t>(0, dims[i] - length) / 2 * to[i];
            box.push_back({std::min(length, dims[i]), from[i], to[i]});
        }
        copyStrided(context, input->type(), slots(*input) + fromOffset * slot,
                    slots(*output) + toOffset * slot, std::move(box));
        return {};
    });
}

} // namespace

OpList center_crop_pad()
{
    return {
        {.name = "CenterCropPad",
         .firstVersion = 18,
         .lastVersion = newestOpset,
         .doc =
             "Crops axes around their centre, or pads them with zeros, to given lengths (CenterCropPad-18).",
         .category = OpCategory::Tensor,
         .minInputs = 2,
         .maxInputs = 2,
         .infer = infer,
         .kernel = kernel,
         .cost = movedCost}};
}

} // namespace orrery::ops
