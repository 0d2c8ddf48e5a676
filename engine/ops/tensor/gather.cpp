// SPDX-License-Identifier: Apache-2.0
#include "engine/ops/tensor/arguments.h"

#include <algorithm>

namespace orrery::ops {
namespace {

using graph::Dim;

void gatherShapeValue(InferContext& context, const graph::Shape& output)
{
    auto elements = output.rank() <= 1 ? elementsOf(context, 0) : std::nullopt;
    auto indices = knownInts(context, 1);
    if (!elements || !indices || indices->size() > 1024)
        return;
    auto length = static_cast<std::int64_t>(elements->size());
    std::vector<Dim> picked;
    for (std::int64_t index : *indices) {
        if (index < -length || index >= length)
            return; // the kernel reports it
        picked.push_back((*elements)[static_cast<std::size_t>(index < 0 ? index + length : index)]);
    }
    context.setOutputShapeValue(0, std::move(picked));
}

Result<void> infer(InferContext& context)
{
    const graph::Shape* data = context.inputShape(0);
    const graph::Shape* indices = context.inputShape(1);
    std::optional<graph::Shape> output;
    if (data != nullptr) {
        std::int64_t axis = TRY(normalizeAxis(context.node().intAttribute("axis", 0), data->rank()));
        if (indices != nullptr) {
            output = *data;
            auto at = output->dims.erase(output->dims.begin() + axis);
            output->dims.insert(at, indices->dims.begin(), indices->dims.end());
        }
    }
    context.setTensor(0, context.inputElement(0), output);
    if (output && mayHoldShapeValue(context, 0))
        gatherShapeValue(context, *output);
    return {};
}

Result<KernelPtr> kernel(const KernelInfo& info)
{
    std::int64_t givenAxis = info.node.intAttribute("axis", 0);
    return makeKernel([givenAxis](KernelContext& context) -> Result<void> {
        const graph::Tensor* data = TRY(requiredInput(context, 0));
        const graph::Tensor* indexTensor = TRY(requiredInput(context, 1));
        auto slot = static_cast<std::int64_t>(TRY(slotBytes(data->type())));
        auto axis = static_cast<std::size_t>(TRY(normalizeAxis(givenAxis, data->rank())));
        const graph::Dims& from = data->dims();
        auto indices = TRY(indexTensor->toInt64s());
        for (std::int64_t& index : indices)
            index = TRY(normalizeIndex(index, from[axis], static_cast<std::int64_t>(axis)));
        graph::Dims dims = dimsBetween(from, 0, axis);
        dims.insert(dims.end(), indexTensor->dims().begin(), indexTensor->dims().end());
        dims.insert(dims.end(), from.begin() + static_cast<std::ptrdiff_t>(axis) + 1, from.end());
        graph::Tensor* output = TRY(context.output(0, data->type(), dims));
        if (output->elementCount() == 0)
            return {};
        auto count = static_cast<std::int64_t>(indices.size());
        std::int64_t run = productOf(dimsBetween(from, axis + 1, from.size()));
        std::int64_t outer = productOf(dimsBetween(from, 0, axis));
        const std::byte* source = slots(*data);
        std::byte* target = slots(*output);
        std::int64_t grain = std::max<std::int64_t>(1, 64 * 1024 / (run * slot));
        auto gather = [&]<class T>(TypeTag<T>) -> Result<void> {
            context.parallelFor(outer * count, grain, [&](std::int64_t begin, std::int64_t end) {
                std::int64_t o = begin / count;
                std::int64_t i = begin % count;
                for (std::int64_t n = begin; n < end; ++n) {
                    std::int64_t at = (o * from[axis] + indices[static_cast<std::size_t>(i)]) * run;
                    if (run == 1)
                        reinterpret_cast<T*>(target)[n] = reinterpret_cast<const T*>(source)[at];
                    else
                        copySlots(data->type(), source + at * slot, target + n * run * slot, run);
                    if (++i == count) {
                        i = 0;
                        ++o;
                    }
                }
            });
            return {};
        };
        return withSlot(data->type(), gather);
    });
}

Cost cost(const graph::Node& node, std::span<const TensorSize> inputs, std::span<const TensorSize> outputs)
{
    Cost cost = movedCost(node, inputs, outputs);
    if (inputs.size() > 1)
        cost.bytes += static_cast<double>(inputs[1].bytes());
    return cost;
}

} // namespace

OpList gather()
{
    return {{.name = "Gather",
             .firstVersion = 1,
             .lastVersion = newestOpset,
             .doc = "Picks slices along one axis by index, as an embedding does (Gather-1, -11, -13).",
             .category = OpCategory::Tensor,
             .minInputs = 2,
             .maxInputs = 2,
             .infer = infer,
             .kernel = kernel,
             .cost = cost}};
}

} // namespace orrery::ops
