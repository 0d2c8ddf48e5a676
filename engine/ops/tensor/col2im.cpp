// SPDX-License-Identifier: Apache-2.0
#include "engine/base/checked_math.h"
#include "engine/ops/tensor/arguments.h"

#include <fmt/format.h>

#include <algorithm>

namespace orrery::ops {
namespace {

using graph::Dim;
using graph::Dims;
using graph::Tensor;

Result<void> infer(InferContext& context)
{
    const graph::Shape* input = context.inputShape(0);
    auto image = elementsOf(context, 1);
    auto block = elementsOf(context, 2);
    std::optional<graph::Shape> output;
    if (image) {
        output = graph::Shape({Dim::unknown(), Dim::unknown()});
        if (input != nullptr && input->rank() == 3) {
            output->dims[0] = input->dims[0];
            if (block)
                output->dims[1] = floorDiv(input->dims[1], graph::Shape(*block).elementCount());
        }
        output->dims.insert(output->dims.end(), image->begin(), image->end());
    }
    context.setTensor(0, context.inputElement(0), output);
    return {};
}

struct Window { // one spatial axis
    std::int64_t image = 0;
    std::int64_t block = 1;
    std::int64_t dilation = 1;
    std::int64_t pad = 0;
    std::int64_t stride = 1;
    std::int64_t steps = 0; // places of the block along the axis
};

struct Attributes {
    std::vector<std::int64_t> dilations, pads, strides;
};

Result<std::vector<Window>> windowsOf(const Attributes& attributes, const Dims& image, const Dims& block)
{
    std::size_t rank = image.size();
    auto has = [&](const std::vector<std::int64_t>& v, std::size_t n) { return v.empty() || v.size() == n; };
    if (rank == 0 || block.size() != rank || !has(attributes.dilations, rank) ||
        !has(attributes.strides, rank) || !has(attributes.pads, 2 * rank))
        return runError("image_shape, block_shape, dilations, pads and strides differ in length");
    constexpr std::int64_t limit = std::int64_t(1) << 31; // keeps the sums below from overflowing
    std::vector<Window> windows(rank);
    for (std::size_t i = 0; i < rank; ++i) {
        Window& w = windows[i];
        w.image = image[i];
        w.block = block[i];
        w.dilation = attributes.dilations.empty() ? 1 : attributes.dilations[i];
        w.stride = attributes.strides.empty() ? 1 : attributes.strides[i];
        w.pad = attributes.pads.empty() ? 0 : attributes.pads[i];
        std::int64_t padEnd = attributes.pads.empty() ? 0 : attributes.pads[rank + i];
        bool valid = w.image >= 0 && w.image < limit && w.block >= 1 && w.block < limit && w.dilation >= 1 &&
                     w.dilation < (1 << 20) && w.stride >= 1 && w.stride < limit && w.pad >= 0 &&
                     w.pad < limit && padEnd >= 0 && padEnd < limit;
        if (!valid)
            return runError(fmt::format("axis {}: image {}, block {}, dilation {}, stride {}, pads {} and {}",
                                        i, w.image, w.block, w.dilation, w.stride, w.pad, padEnd));
        std::int64_t room = w.image + w.pad + padEnd - w.dilation * (w.block - 1) - 1;
        w.steps = room < 0 ? 0 : room / w.stride + 1;
    }
    return windows;
}

// Adds the columns of one channel to its image. columns: [block elements, steps].
template<class T>
void addColumns(std::span<const Window> windows, const T* columns, std::int64_t blockCount,
                std::int64_t stepCount, T* image)
{
    for (std::int64_t b = 0; b < blockCount; ++b) {
        for (std::int64_t s = 0; s < stepCount; ++s) {
            std::int64_t blockRest = b;
            std::int64_t stepRest = s;
            std::int64_t at = 0;
            std::int64_t stride = 1;
            bool inside = true;
            for (std::size_t i = windows.size(); i-- > 0;) {
                const Window& w = windows[i];
                std::int64_t x = stepRest % w.steps * w.stride + blockRest % w.block * w.dilation - w.pad;
                stepRest /= w.steps;
                blockRest /= w.block;
                inside = inside && x >= 0 && x < w.image;
                at += x * stride;
                stride *= w.image;
            }
            if (inside)
                image[at] += columns[b * stepCount + s];
        }
    }
}

Result<KernelPtr> kernel(const KernelInfo& info)
{
    Attributes attributes{info.node.intsAttribute("dilations"), info.node.intsAttribute("pads"),
                          info.node.intsAttribute("strides")};
    return makeKernel([attributes](KernelContext& context) -> Result<void> {
        const Tensor* input = TRY(requiredInput(context, 0));
        Dims image = TRY(inputInts(context, 1));
        Dims block = TRY(inputInts(context, 2));
        auto windows = TRY(windowsOf(attributes, image, block));
        Dims steps;
        for (const Window& w : windows)
            steps.push_back(w.steps);
        auto blockCount = checkedElementCount(block);
        auto stepCount = checkedElementCount(steps);
        bool fits = input->rank() == 3 && blockCount && stepCount && input->dims()[1] % *blockCount == 0 &&
                    input->dims()[2] == *stepCount;
        if (!fits)
            return runError(fmt::format("columns {} do not fit blocks {} at {} places",
                                        graph::dimsText(input->dims()), graph::dimsText(block),
                                        graph::dimsText(steps)));
        std::int64_t channels = input->dims()[1] / *blockCount;
        Dims dims = {input->dims()[0], channels};
        dims.insert(dims.end(), image.begin(), image.end());
        Tensor* output = TRY(context.output(0, input->type(), dims));
        clearSlots(input->type(), slots(*output), output->elementCount());
        if (output->elementCount() == 0)
            return {};
        return dispatch(NumberTypes(), input->type(), [&]<class T>(TypeTag<T>) -> Result<void> {
            std::int64_t plane = productOf(image);
            context.parallelFor(dims[0] * channels, 1, [&](std::int64_t begin, std::int64_t end) {
                for (std::int64_t n = begin; n < end; ++n)
                    addColumns(std::span<const Window>(windows),
                               input->data<T>() + n * *blockCount * *stepCount, *blockCount, *stepCount,
                               output->mutableData<T>() + n * plane);
            });
            return {};
        });
    });
}

} // namespace

OpList col2im()
{
    return {{.name = "Col2Im",
             .firstVersion = 18,
             .lastVersion = newestOpset,
             .doc = "Adds blocks that were laid out as columns up to an image again (Col2Im-18).",
             .category = OpCategory::Tensor,
             .minInputs = 3,
             .maxInputs = 3,
             .infer = infer,
             .kernel = kernel}};
}

} // namespace orrery::ops
