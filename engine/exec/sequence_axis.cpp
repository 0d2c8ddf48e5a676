// SPDX-License-Identifier: Apache-2.0
#include "engine/exec/sequence_axis.h"

#include <fmt/format.h>

#include <cstring>
#include <vector>

namespace orrery::exec {

using graph::Dims;
using graph::Tensor;

namespace {

std::int64_t product(const Dims& dims, std::size_t from, std::size_t to)
{
    std::int64_t result = 1;
    for (std::size_t i = from; i < to; ++i)
        result *= dims[i];
    return result;
}

Result<std::size_t> checkedAxis(std::int64_t axis, std::size_t rank)
{
    auto wide = static_cast<std::int64_t>(rank);
    if (axis < -wide || axis >= wide)
        return Error{ErrorCode::RunFailed, fmt::format("axis {} of a tensor of rank {}", axis, rank), {}};
    return static_cast<std::size_t>(axis < 0 ? axis + wide : axis);
}

Result<void> checkElement(const Tensor& tensor)
{
    if (tensor.type() != graph::DataType::String && graph::elementBits(tensor.type()) % 8 != 0)
        return Error{ErrorCode::RunFailed,
                     fmt::format("elements of type {} cannot be taken apart", graph::name(tensor.type())),
                     {}};
    return {};
}

} // namespace

Result<Tensor> sliceAlong(const Tensor& tensor, std::int64_t axis, std::int64_t index)
{
    TRY(checkElement(tensor));
    std::size_t at = TRY(checkedAxis(axis, tensor.rank()));
    CHECK(index >= 0 && index < tensor.dims()[at]);
    Dims dims = tensor.dims();
    std::int64_t outer = product(dims, 0, at);
    std::int64_t inner = product(dims, at + 1, dims.size());
    std::int64_t length = dims[at];
    dims.erase(dims.begin() + static_cast<std::ptrdiff_t>(at));
    if (tensor.type() == graph::DataType::String) {
        std::vector<std::string> strings;
        for (std::int64_t o = 0; o < outer; ++o)
            for (std::int64_t i = 0; i < inner; ++i)
                strings.push_back(
                    tensor.strings()[static_cast<std::size_t>((o * length + index) * inner + i)]);
        return Tensor::ofStrings(std::move(dims), std::move(strings));
    }
    Tensor result = TRY(Tensor::allocate(tensor.type(), std::move(dims)));
    std::size_t bytes = static_cast<std::size_t>(inner) * graph::elementBits(tensor.type()) / 8;
    for (std::int64_t o = 0; o < outer && bytes > 0; ++o)
        std::memcpy(result.mutableBytes() + static_cast<std::size_t>(o) * bytes,
                    tensor.bytes() + static_cast<std::size_t>(o * length + index) * bytes, bytes);
    return result;
}

Result<Dims> stackedDims(const Gathered& last, std::int64_t axis)
{
    TRY(checkElement(last.tensor));
    for (const Gathered* piece = last.before.get(); piece != nullptr; piece = piece->before.get())
        if (piece->tensor.type() != last.tensor.type() || piece->tensor.dims() != last.tensor.dims())
            return Error{ErrorCode::RunFailed,
                         fmt::format("the iterations left {} {} and {} {} to be put together",
                                     graph::name(piece->tensor.type()), graph::dimsText(piece->tensor.dims()),
                                     graph::name(last.tensor.type()), graph::dimsText(last.tensor.dims())),
                         {}};
    std::size_t at = TRY(checkedAxis(axis, last.tensor.rank() + 1));
    Dims dims = last.tensor.dims();
    dims.insert(dims.begin() + static_cast<std::ptrdiff_t>(at), last.count);
    return dims;
}

void stack(const Gathered& last, std::int64_t axis, AxisDirection direction, Tensor& into)
{
    std::size_t at =
        static_cast<std::size_t>(axis < 0 ? axis + static_cast<std::int64_t>(into.rank()) : axis);
    const Dims& dims = into.dims();
    std::int64_t outer = product(dims, 0, at);
    std::int64_t inner = product(dims, at + 1, dims.size());
    std::int64_t length = dims[at];
    bool isText = into.type() == graph::DataType::String;
    std::size_t bytes = isText ? 0 : static_cast<std::size_t>(inner) * graph::elementBits(into.type()) / 8;
    for (const Gathered* piece = &last; piece != nullptr; piece = piece->before.get()) {
        std::int64_t index = direction == AxisDirection::Forward ? piece->count - 1 : length - piece->count;
        for (std::int64_t o = 0; o < outer; ++o) {
            auto to = static_cast<std::size_t>(o * length + index);
            if (isText)
                for (std::int64_t i = 0; i < inner; ++i)
                    into.mutableStrings()[to * static_cast<std::size_t>(inner) +
                                          static_cast<std::size_t>(i)] =
                        piece->tensor.strings()[static_cast<std::size_t>(o * inner + i)];
            else if (bytes > 0)
                std::memcpy(into.mutableBytes() + to * bytes,
                            piece->tensor.bytes() + static_cast<std::size_t>(o) * bytes, bytes);
        }
    }
}

} // namespace orrery::exec
