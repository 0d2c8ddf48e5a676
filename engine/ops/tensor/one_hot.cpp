// SPDX-License-Identifier: Apache-2.0
#include "engine/ops/tensor/arguments.h"

#include <fmt/format.h>

#include <cmath>

namespace orrery::ops {
namespace {

using graph::Dim;
using graph::Tensor;

Result<void> infer(InferContext& context)
{
    const graph::Shape* indices = context.inputShape(0);
    std::optional<graph::Shape> output;
    if (indices != nullptr) {
        std::int64_t axis = TRY(normalizeAxis(context.node().intAttribute("axis", -1), indices->rank() + 1));
        auto depth = elementsOf(context, 1);
        output = *indices;
        output->dims.insert(output->dims.begin() + axis,
                            depth && depth->size() == 1 ? depth->front() : Dim::unknown());
    }
    context.setTensor(0, context.inputElement(2), output);
    return {};
}

// Whole numbers of a tensor of any number type; -1 stands for what no class can match.
Result<std::vector<std::int64_t>> wholeNumbers(const Tensor& tensor, std::int64_t other)
{
    if (!graph::isFloatingPoint(tensor.type()))
        return tensor.toInt64s();
    std::vector<std::int64_t> result;
    for (double v : TRY(tensor.toDoubles()))
        result.push_back(std::abs(v) < 9e15 ? static_cast<std::int64_t>(v) : other);
    return result;
}

Result<KernelPtr> kernel(const KernelInfo& info)
{
    std::int64_t givenAxis = info.node.intAttribute("axis", -1);
    return makeKernel([givenAxis](KernelContext& context) -> Result<void> {
        const Tensor* indexTensor = TRY(requiredInput(context, 0));
        const Tensor* depthTensor = TRY(requiredInput(context, 1));
        const Tensor* values = TRY(requiredInput(context, 2));
        auto slot = static_cast<std::int64_t>(TRY(slotBytes(values->type())));
        if (values->elementCount() != 2 || depthTensor->elementCount() != 1)
            return runError(fmt::format("depth has {} elements and values {}, expected 1 and 2",
                                        depthTensor->elementCount(), values->elementCount()));
        std::int64_t depth = TRY(wholeNumbers(*depthTensor, -1)).front();
        if (depth < 0)
            return runError(fmt::format("depth is {}", depth));
        graph::Dims dims = indexTensor->dims();
        auto axis = TRY(normalizeAxis(givenAxis, dims.size() + 1));
        std::int64_t inner = productOf(dimsBetween(dims, static_cast<std::size_t>(axis), dims.size()));
        dims.insert(dims.begin() + axis, depth);
        Tensor* output = TRY(context.output(0, values->type(), dims));
        auto indices = TRY(wholeNumbers(*indexTensor, depth));
        std::byte* to = slots(*output);
        const std::byte* off = slots(*values);
        const std::byte* on = off + slot;
        context.parallelFor(output->elementCount(), 64 * 1024, [&](std::int64_t begin, std::int64_t end) {
            fillSlots(values->type(), off, to + begin * slot, end - begin);
        });
        for (std::size_t n = 0; n < indices.size(); ++n) {
            std::int64_t hot = indices[n];
            if (hot < -depth || hot >= depth)
                continue; // no class: the row stays off
            hot += hot < 0 ? depth : 0;
            auto at = static_cast<std::int64_t>(n);
            copySlots(values->type(), on, to + ((at / inner * depth + hot) * inner + at % inner) * slot, 1);
        }
        return {};
    });
}

} // namespace

OpList one_hot()
{
    return {{.name = "OneHot",
             .firstVersion = 9,
             .lastVersion = newestOpset,
             .doc = "For each index a row that is on at that place and off elsewhere (OneHot-9, -11).",
             .category = OpCategory::Tensor,
             .minInputs = 3,
             .maxInputs = 3,
             .infer = infer,
             .kernel = kernel,
             .cost = copyCost}};
}

} // namespace orrery::ops
