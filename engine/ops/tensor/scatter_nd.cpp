// SPDX-License-Identifier: Apache-2.0
#include "engine/ops/tensor/scatter.h"

#include <fmt/format.h>

namespace orrery::ops {
namespace {

Result<KernelPtr> kernel(const KernelInfo& info)
{
    Reduction reduction = TRY(reductionOf(info.node));
    return makeKernel([reduction](KernelContext& context) -> Result<void> {
        const graph::Tensor* data = TRY(requiredInput(context, 0));
        const graph::Tensor* indexTensor = TRY(requiredInput(context, 1));
        const graph::Tensor* updates = TRY(requiredInput(context, 2));
        const graph::Dims& at = indexTensor->dims();
        const graph::Dims& dims = data->dims();
        if (at.empty() || at.back() > static_cast<std::int64_t>(dims.size()))
            return runError(fmt::format("index tuples {} are longer than the rank of data {}",
                                        graph::dimsText(at), graph::dimsText(dims)));
        auto tuple = static_cast<std::size_t>(at.back());
        graph::Dims expected = dimsBetween(at, 0, at.size() - 1);
        expected.insert(expected.end(), dims.begin() + static_cast<std::ptrdiff_t>(tuple), dims.end());
        if (updates->dims() != expected)
            return runError(fmt::format("updates are {}, expected {}", graph::dimsText(updates->dims()),
                                        graph::dimsText(expected)));
        auto indices = TRY(indexTensor->toInt64s());
        graph::Dims strides = rowMajorStrides(dims);
        std::int64_t count = productOf(dimsBetween(dims, tuple, dims.size()));
        std::vector<ScatterRun> runs;
        if (updates->elementCount() > 0)
            runs.resize(static_cast<std::size_t>(updates->elementCount() / count));
        for (std::size_t n = 0; n < runs.size(); ++n) {
            runs[n].update = static_cast<std::int64_t>(n) * count;
            for (std::size_t k = 0; k < tuple; ++k) {
                std::int64_t index =
                    TRY(normalizeIndex(indices[n * tuple + k], dims[k], static_cast<std::int64_t>(k)));
                runs[n].target += index * strides[k];
            }
        }
        return scatterRuns(context, *data, *updates, runs, count, reduction);
    });
}

} // namespace

OpList scatter_nd()
{
    return {
        {.name = "ScatterND",
         .firstVersion = 11,
         .lastVersion = newestOpset,
         .doc = "Writes slices at index tuples, or combines them with what is there (ScatterND-11, -13, -16, "
                "-18).",
         .category = OpCategory::Tensor,
         .minInputs = 3,
         .maxInputs = 3,
         .infer = inferLikeData,
         .kernel = kernel,
         .cost = copyCost,
         .inPlace = {{0, 0}}}};
}

} // namespace orrery::ops
