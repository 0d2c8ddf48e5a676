// SPDX-License-Identifier: Apache-2.0
#include "engine/ops/tensor/arguments.h"

#include <fmt/format.h>

#include <algorithm>

namespace orrery::ops {
namespace {

Result<void> infer(InferContext& context)
{
    const graph::Shape* indices = context.inputShape(1);
    context.setTensor(0, context.inputElement(0),
                      indices == nullptr ? std::nullopt : std::optional(*indices));
    return {};
}

Result<KernelPtr> kernel(const KernelInfo& info)
{
    std::int64_t givenAxis = info.node.intAttribute("axis", 0);
    return makeKernel([givenAxis](KernelContext& context) -> Result<void> {
        const graph::Tensor* data = TRY(requiredInput(context, 0));
        const graph::Tensor* indexTensor = TRY(requiredInput(context, 1));
        auto axis = static_cast<std::size_t>(TRY(normalizeAxis(givenAxis, data->rank())));
        const graph::Dims& dims = indexTensor->dims();
        bool fits = dims.size() == data->rank();
        for (std::size_t i = 0; fits && i < dims.size(); ++i)
            fits = i == axis || dims[i] <= data->dims()[i];
        if (!fits)
            return runError(fmt::format("indices {} do not fit into data {} on axes other than {}",
                                        graph::dimsText(dims), graph::dimsText(data->dims()), axis));
        graph::Tensor* output = TRY(context.output(0, data->type(), dims));
        if (output->elementCount() == 0)
            return {};
        auto indices = TRY(indexTensor->toInt64s());
        for (std::int64_t& index : indices)
            index = TRY(normalizeIndex(index, data->dims()[axis], static_cast<std::int64_t>(axis)));
        graph::Dims strides = rowMajorStrides(data->dims());
        std::int64_t row = dims.back();
        bool alongRow = axis + 1 == dims.size();
        auto gather = [&]<class T>(TypeTag<T>) -> Result<void> {
            auto* from = reinterpret_cast<const T*>(slots(*data));
            auto* to = reinterpret_cast<T*>(slots(*output));
            auto rows = static_cast<std::int64_t>(indices.size()) / row;
            std::int64_t grain = std::max<std::int64_t>(1, 8192 / row);
            context.parallelFor(rows, grain, [&](std::int64_t begin, std::int64_t end) {
                for (std::int64_t r = begin; r < end; ++r) {
                    std::int64_t base = 0; // of the row in the data, the gathered axis left out
                    std::int64_t rest = r;
                    for (std::size_t i = dims.size() - 1; i-- > 0;) {
                        base += i == axis ? 0 : rest % dims[i] * strides[i];
                        rest /= dims[i];
                    }
                    for (std::int64_t j = 0; j < row; ++j) {
                        std::int64_t index = indices[static_cast<std::size_t>(r * row + j)];
                        to[r * row + j] = from[base + (alongRow ? 0 : j) + index * strides[axis]];
                    }
                }
            });
            return {};
        };
        return withSlot(data->type(), gather);
    });
}

} // namespace

OpList gather_elements()
{
    return {{.name = "GatherElements",
             .firstVersion = 11,
             .lastVersion = newestOpset,
             .doc = "Picks one element along an axis for each index (GatherElements-11, -13).",
             .category = OpCategory::Tensor,
             .minInputs = 2,
             .maxInputs = 2,
             .infer = infer,
             .kernel = kernel,
             .cost = movedCost}};
}

} // namespace orrery::ops
