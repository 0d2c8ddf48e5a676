// SPDX-License-Identifier: Apache-2.0
#include "engine/ops/tensor/arguments.h"

#include <fmt/format.h>

#include <algorithm>

namespace orrery::ops {
namespace {

Result<void> infer(InferContext& context)
{
    const graph::Shape* data = context.inputShape(0);
    const graph::Shape* indices = context.inputShape(1);
    std::int64_t batch = context.node().intAttribute("batch_dims", 0);
    std::optional<graph::Shape> output;
    if (data != nullptr && indices != nullptr && indices->rank() > 0 && indices->dims.back().isKnown()) {
        auto first = batch + indices->dims.back().value(); // of the data dims that are copied whole
        if (batch < 0 || first < 0 || first > static_cast<std::int64_t>(data->rank()))
            return badInput(fmt::format("indices {} with {} batch dims do not fit data {}", indices->text(),
                                        batch, data->text()));
        output = graph::Shape(std::vector<graph::Dim>(indices->dims.begin(), indices->dims.end() - 1));
        output->dims.insert(output->dims.end(), data->dims.begin() + first, data->dims.end());
    }
    context.setTensor(0, context.inputElement(0), output);
    return {};
}

Result<KernelPtr> kernel(const KernelInfo& info)
{
    std::int64_t batchDims = info.node.intAttribute("batch_dims", 0);
    return makeKernel([batchDims](KernelContext& context) -> Result<void> {
        const graph::Tensor* data = TRY(requiredInput(context, 0));
        const graph::Tensor* indexTensor = TRY(requiredInput(context, 1));
        auto slot = static_cast<std::int64_t>(TRY(slotBytes(data->type())));
        const graph::Dims& from = data->dims();
        const graph::Dims& at = indexTensor->dims();
        auto rank = static_cast<std::int64_t>(data->rank());
        auto indexRank = static_cast<std::int64_t>(at.size());
        bool fits = indexRank > 0 && batchDims >= 0 && batchDims < std::min(rank + 1, indexRank) &&
                    at.back() <= rank - batchDims;
        auto batches = static_cast<std::size_t>(fits ? batchDims : 0);
        fits = fits && dimsBetween(from, 0, batches) == dimsBetween(at, 0, batches);
        if (!fits)
            return runError(fmt::format("indices {} with {} batch dims do not fit data {}",
                                        graph::dimsText(at), batchDims, graph::dimsText(from)));
        auto tuple = static_cast<std::size_t>(at.back());
        graph::Dims dims = dimsBetween(at, 0, at.size() - 1);
        dims.insert(dims.end(), from.begin() + static_cast<std::ptrdiff_t>(batches + tuple), from.end());
        graph::Tensor* output = TRY(context.output(0, data->type(), dims));
        if (output->elementCount() == 0)
            return {};
        auto indices = TRY(indexTensor->toInt64s());
        graph::Dims strides = rowMajorStrides(from);
        std::int64_t run = productOf(dimsBetween(from, batches + tuple, from.size()));
        std::int64_t tuples = output->elementCount() / run;
        std::int64_t tuplesPerBatch = tuples / productOf(dimsBetween(from, 0, batches));
        std::int64_t batchStride = productOf(dimsBetween(from, batches, from.size()));
        std::vector<std::int64_t> offsets(static_cast<std::size_t>(tuples));
        for (std::size_t n = 0; n < offsets.size(); ++n) {
            offsets[n] = static_cast<std::int64_t>(n) / tuplesPerBatch * batchStride;
            for (std::size_t k = 0; k < tuple; ++k) {
                std::size_t axis = batches + k;
                std::int64_t index =
                    TRY(normalizeIndex(indices[n * tuple + k], from[axis], static_cast<std::int64_t>(axis)));
                offsets[n] += index * strides[axis];
            }
        }
        std::int64_t grain = std::max<std::int64_t>(1, 64 * 1024 / (run * slot));
        context.parallelFor(tuples, grain, [&](std::int64_t begin, std::int64_t end) {
            for (std::int64_t n = begin; n < end; ++n)
                copySlots(data->type(), slots(*data) + offsets[static_cast<std::size_t>(n)] * slot,
                          slots(*output) + n * run * slot, run);
        });
        return {};
    });
}

} // namespace

OpList gather_nd()
{
    return {{.name = "GatherND",
             .firstVersion = 11,
             .lastVersion = newestOpset,
             .doc = "Picks slices by index tuples (GatherND-11, -12, -13).",
             .category = OpCategory::Tensor,
             .minInputs = 2,
             .maxInputs = 2,
             .infer = infer,
             .kernel = kernel,
             .cost = movedCost}};
}

} // namespace orrery::ops
