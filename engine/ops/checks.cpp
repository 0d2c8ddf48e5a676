// SPDX-License-Identifier: Apache-2.0
#include "engine/ops/checks.h"

#include <fmt/format.h>

namespace orrery::ops {

Result<void> expectElement(const KernelInfo& info, graph::DataType type,
                           std::initializer_list<std::size_t> inputs)
{
    for (std::size_t i : inputs)
        if (info.hasInput(i) && info.inputElement(i) != type)
            return badInput(fmt::format("expected element type {} for input {}, found {}", graph::name(type),
                                        i, graph::name(info.inputElement(i))));
    return {};
}

Result<void> expectDims(const graph::Tensor& tensor, const graph::Dims& dims, std::string_view what)
{
    if (tensor.dims() == dims)
        return {};
    return badInput(fmt::format("expected {} of shape {}, found {}", what, graph::dimsText(dims),
                                graph::dimsText(tensor.dims())));
}

Result<void> expectRankAtLeast(const InferContext& context, std::size_t input, std::size_t rank,
                               std::string_view what)
{
    const graph::Shape* shape = context.inputShape(input);
    if (shape == nullptr || shape->rank() >= rank)
        return {};
    return badInput(fmt::format("expected {} of rank {} or more, found {}", what, rank, shape->text()));
}

std::int64_t productOf(const graph::Dims& dims, std::size_t begin, std::size_t end)
{
    std::int64_t product = 1;
    for (std::size_t i = begin; i < end; ++i)
        if (__builtin_mul_overflow(product, dims[i], &product))
            return 0; // another dim is zero, else the tensor could not exist
    return product;
}

bool mayBeEqual(const graph::Dim& a, const graph::Dim& b)
{
    return !a.isKnown() || !b.isKnown() || a.value() == b.value();
}

} // namespace orrery::ops
