// SPDX-License-Identifier: Apache-2.0
#include "engine/ops/math/batched_product.h"

#include "engine/ops/checks.h"
#include "engine/ops/gemm.h"

#include <fmt/format.h>

#include <algorithm>

namespace orrery::ops {

using graph::Dim;
using graph::Dims;
using graph::Shape;

namespace {

// For each matrix of the result, the number of the matrix to read from an operand whose batch dims are these.
std::vector<std::int64_t> batchIndices(const Dims& operand, std::size_t operandBatchRank, const Dims& result,
                                       std::size_t resultBatchRank)
{
    std::vector<std::int64_t> indices{0};
    std::int64_t stride = 1;
    for (std::size_t fromEnd = 1; fromEnd <= resultBatchRank; ++fromEnd) {
        const std::int64_t count = result[resultBatchRank - fromEnd];
        const std::int64_t own = fromEnd <= operandBatchRank ? operand[operandBatchRank - fromEnd] : 1;
        const std::size_t inner = indices.size();
        std::vector<std::int64_t> next(inner * static_cast<std::size_t>(count));
        for (std::size_t i = 0; i < next.size(); ++i)
            next[i] = indices[i % inner] + (own == 1 ? 0 : static_cast<std::int64_t>(i / inner) * stride);
        indices = std::move(next);
        stride *= own;
    }
    return indices;
}

} // namespace

Result<std::optional<Shape>> batchedProductShape(const Shape* a, const Shape* b)
{
    if (a == nullptr || b == nullptr)
        return std::optional<Shape>();
    if (a->rank() == 0 || b->rank() == 0)
        return badInput(
            fmt::format("expected tensors of rank 1 or more, found {} and {}", a->text(), b->text()));
    const Dim& depth = a->dims.back();
    const Dim& height = b->rank() == 1 ? b->dims[0] : b->dims[b->rank() - 2];
    if (!mayBeEqual(depth, height))
        return badInput(fmt::format("cannot multiply {} by {}: {} columns against {} rows", a->text(),
                                    b->text(), depth.text(), height.text()));
    auto batch = [](const Shape& shape) {
        auto end =
            shape.dims.begin() + static_cast<std::ptrdiff_t>(std::max<std::size_t>(shape.rank(), 2) - 2);
        return Shape(std::vector<Dim>(shape.dims.begin(), shape.rank() < 2 ? shape.dims.begin() : end));
    };
    Shape batchA = batch(*a);
    Shape batchB = batch(*b);
    auto result = TRY(broadcastShapes(&batchA, &batchB));
    if (a->rank() > 1)
        result->dims.push_back(a->dims[a->rank() - 2]);
    if (b->rank() > 1)
        result->dims.push_back(b->dims.back());
    return result;
}

template<class T>
void batchedProduct(KernelContext& context, const Dims& dimsA, const T* dataA, const Dims& dimsB,
                    const T* dataB, const Dims& dims, T* result)
{
    const std::size_t batchRankA = std::max<std::size_t>(dimsA.size(), 2) - 2;
    const std::size_t batchRankB = std::max<std::size_t>(dimsB.size(), 2) - 2;
    const std::size_t batchRank = std::max(batchRankA, batchRankB);
    ProductSize size{dimsA.size() == 1 ? 1 : dimsA[dimsA.size() - 2], dimsB.size() == 1 ? 1 : dimsB.back(),
                     dimsA.back()};
    const std::int64_t batch = productOf(dims, 0, batchRank);
    if (productOf(dimsB, 0, batchRankB) == 1 && productOf(dimsA, 0, batchRankA) == batch) {
        size.m *= batch; // one right-hand matrix for all: the batch is just more rows
        parallelMatrixProduct<T>(context, size, {dataA, size.k}, {dataB, size.n}, result, size.n,
                                 Into::Overwrite);
        return;
    }
    const auto indexA = batchIndices(dimsA, batchRankA, dims, batchRank);
    const auto indexB = batchIndices(dimsB, batchRankB, dims, batchRank);
    auto left = [&](std::int64_t i) {
        return MatrixOperand<T>{dataA + indexA[static_cast<std::size_t>(i)] * size.m * size.k, size.k};
    };
    auto right = [&](std::int64_t i) {
        return MatrixOperand<T>{dataB + indexB[static_cast<std::size_t>(i)] * size.k * size.n, size.n};
    };
    const std::int64_t plane = size.m * size.n;
    if (batch < context.threadCount()) {
        for (std::int64_t i = 0; i < batch; ++i)
            parallelMatrixProduct<T>(context, size, left(i), right(i), result + i * plane, size.n,
                                     Into::Overwrite);
        return;
    }
    const std::int64_t grain = 65536 / std::max<std::int64_t>(plane, 1) + 1;
    context.parallelFor(batch, grain, [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t i = begin; i < end && !context.stopRequested(); ++i)
            matrixProduct<T>(size, left(i), right(i), result + i * plane, size.n, Into::Overwrite);
    });
}

template void batchedProduct(KernelContext&, const Dims&, const float*, const Dims&, const float*,
                             const Dims&, float*);
template void batchedProduct(KernelContext&, const Dims&, const double*, const Dims&, const double*,
                             const Dims&, double*);
template void batchedProduct(KernelContext&, const Dims&, const std::uint32_t*, const Dims&,
                             const std::uint32_t*, const Dims&, std::uint32_t*);
template void batchedProduct(KernelContext&, const Dims&, const std::uint64_t*, const Dims&,
                             const std::uint64_t*, const Dims&, std::uint64_t*);

} // namespace orrery::ops
