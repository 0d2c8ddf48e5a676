// SPDX-License-Identifier: Apache-2.0
#include "engine/ops/checks.h"
#include "engine/ops/dispatch.h"
#include "engine/ops/gemm.h"
#include "engine/ops/op_spec.h"

#include <fmt/format.h>

#include <algorithm>

namespace orrery::ops {
namespace {

using graph::Dim;
using graph::Dims;
using graph::Shape;
using MatMulTypes = TypeList<float, double, std::int32_t, std::int64_t, std::uint32_t, std::uint64_t>;

// NumPy's matmul: a vector on the left is a row, one on the right a column, and that dim leaves the result.
Result<std::optional<Shape>> productShape(const Shape* a, const Shape* b)
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

Result<void> infer(InferContext& context)
{
    auto shape = TRY(productShape(context.inputShape(0), context.inputShape(1)));
    context.setTensor(0, context.inputElement(0), std::move(shape));
    return {};
}

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

template<class T>
Result<void> run(KernelContext& context)
{
    const graph::Tensor& a = *context.input(0);
    const graph::Tensor& b = *context.input(1);
    Shape shapeA = Shape::of(a.dims());
    Shape shapeB = Shape::of(b.dims());
    auto shape = TRY(productShape(&shapeA, &shapeB));
    const Dims dims = *shape->concrete();
    graph::Tensor* out = TRY(context.output(0, a.type(), dims));
    if (out->elementCount() == 0)
        return {};
    using U = Unsigned<T>;
    const U* dataA = asUnsigned(a.data<T>());
    const U* dataB = asUnsigned(b.data<T>());
    U* result = asUnsigned(out->mutableData<T>());

    const std::size_t batchRankA = std::max<std::size_t>(a.rank(), 2) - 2;
    const std::size_t batchRankB = std::max<std::size_t>(b.rank(), 2) - 2;
    const std::size_t batchRank = std::max(batchRankA, batchRankB);
    ProductSize size{a.rank() == 1 ? 1 : a.dims()[a.rank() - 2], b.rank() == 1 ? 1 : b.dims().back(),
                     a.dims().back()};
    const std::int64_t batch = productOf(dims, 0, batchRank);
    if (productOf(b.dims(), 0, batchRankB) == 1 && productOf(a.dims(), 0, batchRankA) == batch) {
        size.m *= batch; // one right-hand matrix for all: the batch is just more rows
        parallelMatrixProduct<U>(context, size, {dataA, size.k}, {dataB, size.n}, result, size.n,
                                 Into::Overwrite);
        return {};
    }
    const auto indexA = batchIndices(a.dims(), batchRankA, dims, batchRank);
    const auto indexB = batchIndices(b.dims(), batchRankB, dims, batchRank);
    auto left = [&](std::int64_t i) {
        return MatrixOperand<U>{dataA + indexA[static_cast<std::size_t>(i)] * size.m * size.k, size.k};
    };
    auto right = [&](std::int64_t i) {
        return MatrixOperand<U>{dataB + indexB[static_cast<std::size_t>(i)] * size.k * size.n, size.n};
    };
    const std::int64_t plane = size.m * size.n;
    if (batch < context.threadCount()) {
        for (std::int64_t i = 0; i < batch; ++i)
            parallelMatrixProduct<U>(context, size, left(i), right(i), result + i * plane, size.n,
                                     Into::Overwrite);
        return {};
    }
    const std::int64_t grain = 65536 / std::max<std::int64_t>(plane, 1) + 1;
    context.parallelFor(batch, grain, [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t i = begin; i < end && !context.stopRequested(); ++i)
            matrixProduct<U>(size, left(i), right(i), result + i * plane, size.n, Into::Overwrite);
    });
    return {};
}

Result<KernelPtr> kernel(const KernelInfo& info)
{
    TRY(expectElement(info, info.inputElement(0), {1}));
    return dispatch(MatMulTypes(), info.inputElement(0), [](auto tag) -> Result<KernelPtr> {
        return makeKernel([](KernelContext& context) { return run<typename decltype(tag)::type>(context); });
    });
}

Cost cost(const graph::Node& node, std::span<const TensorSize> inputs, std::span<const TensorSize> outputs)
{
    Cost result = copyCost(node, inputs, outputs);
    if (!inputs.empty() && !inputs[0].dims.empty() && !outputs.empty())
        result.flops =
            2.0 * static_cast<double>(outputs[0].elements()) * static_cast<double>(inputs[0].dims.back());
    return result;
}

} // namespace

OpList matmul()
{
    OpSpec spec;
    spec.name = "MatMul";
    spec.firstVersion = 1;
    spec.lastVersion = 23;
    spec.doc =
        "The matrix product of two tensors, batched over leading dims with broadcasting. MatMul-1, MatMul-9, "
        "MatMul-13.";
    spec.category = OpCategory::MatrixMath;
    spec.minInputs = 2;
    spec.maxInputs = 2;
    spec.infer = infer;
    spec.kernel = kernel;
    spec.cost = cost;
    return {spec};
}

} // namespace orrery::ops
