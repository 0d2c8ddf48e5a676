// SPDX-License-Identifier: Apache-2.0
#include "engine/ops/tensor/scatter.h"

#include <fmt/format.h>

namespace orrery::ops {
namespace {

Result<KernelPtr> kernel(const KernelInfo& info)
{
    std::int64_t givenAxis = info.node.intAttribute("axis", 0);
    Reduction reduction = TRY(reductionOf(info.node));
    return makeKernel([givenAxis, reduction](KernelContext& context) -> Result<void> {
        const graph::Tensor* data = TRY(requiredInput(context, 0));
        const graph::Tensor* indexTensor = TRY(requiredInput(context, 1));
        const graph::Tensor* updates = TRY(requiredInput(context, 2));
        auto axis = static_cast<std::size_t>(TRY(normalizeAxis(givenAxis, data->rank())));
        const graph::Dims& dims = indexTensor->dims();
        bool fits = dims.size() == data->rank() && updates->dims() == dims;
        for (std::size_t i = 0; fits && i < dims.size(); ++i)
            fits = i == axis || dims[i] <= data->dims()[i];
        if (!fits)
            return runError(fmt::format("indices {} and updates {} do not fit data {} on axis {}",
                                        graph::dimsText(dims), graph::dimsText(updates->dims()),
                                        graph::dimsText(data->dims()), axis));
        auto indices = TRY(indexTensor->toInt64s());
        graph::Dims strides = rowMajorStrides(data->dims());
        std::vector<ScatterRun> runs(indices.size());
        for (std::size_t n = 0; n < indices.size(); ++n) {
            std::int64_t index =
                TRY(normalizeIndex(indices[n], data->dims()[axis], static_cast<std::int64_t>(axis)));
            runs[n] = {index * strides[axis], static_cast<std::int64_t>(n)};
            auto rest = static_cast<std::int64_t>(n);
            for (std::size_t i = dims.size(); i-- > 0;) {
                runs[n].target += i == axis ? 0 : rest % dims[i] * strides[i];
                rest /= dims[i];
            }
        }
        return scatterRuns(context, *data, *updates, runs, 1, reduction);
    });
}

OpSpec spec(std::string_view name, int first, int last, std::string_view doc)
{
    return {.name = name,
            .firstVersion = first,
            .lastVersion = last,
            .doc = doc,
            .category = OpCategory::Tensor,
            .minInputs = 3,
            .maxInputs = 3,
            .infer = inferLikeData,
            .kernel = kernel,
            .cost = copyCost,
            .inPlace = {{0, 0}}};
}

} // namespace

OpList scatter_elements()
{
    return {spec("ScatterElements", 11, newestOpset,
                 "Writes one element along an axis for each index, or combines it with what is there "
                 "(ScatterElements-11, -13, -16, -18)."),
            spec("Scatter", 9, 10, "The older name of ScatterElements (Scatter-9).")};
}

} // namespace orrery::ops
