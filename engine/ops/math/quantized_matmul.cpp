// SPDX-License-Identifier: Apache-2.0
//
// MatMulInteger and QLinearMatMul: the operands without their zero points, as 32-bit numbers, are multiplied
// exactly; QLinearMatMul then scales the sums to the output's quantization. Zero points and scales are one
// for a tensor, or one for each row of the left and each column of the right operand.
#include "engine/ops/math/batched_product.h"
#include "engine/ops/nn/quantization.h"
#include "engine/ops/op_spec.h"

#include <algorithm>

namespace orrery::ops {
namespace {

using graph::Shape;

Result<void> inferAs(InferContext& context, std::size_t right, graph::DataType type)
{
    context.setTensor(0, type, TRY(batchedProductShape(context.inputShape(0), context.inputShape(right))));
    return {};
}

Result<void> inferInteger(InferContext& context) { return inferAs(context, 1, graph::DataType::Int32); }
Result<void> inferLinear(InferContext& context) { return inferAs(context, 3, context.inputElement(7)); }

struct Product {
    graph::Dims dims;
    std::int64_t rows = 1;    // of one matrix of the left operand
    std::int64_t columns = 1; // of one of the right
    std::int64_t depth = 1;
};

Result<Product> productOf(const graph::Tensor& a, const graph::Tensor& b)
{
    const Shape shapeA = Shape::of(a.dims());
    const Shape shapeB = Shape::of(b.dims());
    auto shape = TRY(batchedProductShape(&shapeA, &shapeB));
    Product product;
    product.dims = *shape->concrete();
    product.depth = a.dims().back();
    product.rows = a.rank() == 1 ? 1 : a.dims()[a.rank() - 2];
    product.columns = b.rank() == 1 ? 1 : b.dims().back();
    return product;
}

constexpr std::size_t wideBytes(std::int64_t elements)
{
    return static_cast<std::size_t>(elements) * sizeof(std::uint32_t);
}

// sums = (a - zero point) · (b - zero point); the result is not empty.
Result<void> multiply(KernelContext& context, const Product& product, const graph::Tensor& a,
                      const graph::Tensor* zeroA, const graph::Tensor& b, const graph::Tensor* zeroB,
                      std::uint32_t* sums)
{
    const auto zerosA = TRY(zeroPoints(zeroA, product.rows, "the left operand's zero point"));
    const auto zerosB = TRY(zeroPoints(zeroB, product.columns, "the right operand's zero point"));
    auto widened = [&](const graph::Tensor& tensor, const std::vector<std::int32_t>& zeros,
                       std::int64_t inner) -> Result<std::uint32_t*> {
        auto* wide = reinterpret_cast<std::uint32_t*>(TRY(context.scratch(wideBytes(tensor.elementCount()))));
        widen(tensor, zeros, zeros.size() == 1 ? std::max<std::int64_t>(tensor.elementCount(), 1) : inner,
              wide);
        return wide;
    };
    const std::uint32_t* left = TRY(widened(a, zerosA, std::max<std::int64_t>(product.depth, 1)));
    const std::uint32_t* right = TRY(widened(b, zerosB, 1));
    batchedProduct<std::uint32_t>(context, a.dims(), left, b.dims(), right, product.dims, sums);
    return {};
}

Result<void> runInteger(KernelContext& context)
{
    const graph::Tensor& a = *context.input(0);
    const graph::Tensor& b = *context.input(1);
    const Product product = TRY(productOf(a, b));
    graph::Tensor* output = TRY(context.output(0, graph::DataType::Int32, product.dims));
    if (output->elementCount() == 0)
        return {};
    return multiply(context, product, a, context.input(2), b, context.input(3),
                    reinterpret_cast<std::uint32_t*>(output->mutableData<std::int32_t>()));
}

template<class Y>
Result<void> runLinear(KernelContext& context)
{
    const graph::Tensor& a = *context.input(0);
    const graph::Tensor& b = *context.input(3);
    const Product product = TRY(productOf(a, b));
    const auto scaleA = TRY(scalesOf(*context.input(1), product.rows, "the left operand's scale"));
    const auto scaleB = TRY(scalesOf(*context.input(4), product.columns, "the right operand's scale"));
    const auto scaleY = TRY(scalesOf(*context.input(6), 1, "the output's scale"));
    const auto zeroY = TRY(zeroPoints(context.input(7), 1, "the output's zero point"));
    graph::Tensor* output = TRY(context.output(0, graph::dataTypeOf<Y>(), product.dims));
    if (output->elementCount() == 0)
        return {};
    auto* sums = reinterpret_cast<std::uint32_t*>(TRY(context.scratch(wideBytes(output->elementCount()))));
    TRY(multiply(context, product, a, context.input(2), b, context.input(5), sums));
    Y* out = output->mutableData<Y>();
    for (std::int64_t i = 0; i < output->elementCount(); ++i) {
        const double scale =
            nth(scaleA, i / product.columns % product.rows) * nth(scaleB, i % product.columns) / scaleY[0];
        out[i] = saturate<Y>(std::nearbyint(static_cast<double>(static_cast<std::int32_t>(sums[i])) * scale) +
                             zeroY[0]);
    }
    return {};
}

// Both operands, and the sums where the output cannot hold them.
std::int64_t scratchOf(const RunSizes& sizes, std::size_t right, std::int64_t sums)
{
    if (sizes.outputs[0].elements() == 0)
        return 0;
    return static_cast<std::int64_t>(wideBytes(sizes.inputs[0].elements()) +
                                     wideBytes(sizes.inputs[right].elements()) + wideBytes(sums));
}

Result<KernelPtr> integerKernel(const KernelInfo& info)
{
    TRY(expectBytes(info, {0, 1, 2, 3}));
    return makeKernel([](KernelContext& context) { return runInteger(context); },
                      [](const RunSizes& sizes) { return scratchOf(sizes, 1, 0); });
}

Result<KernelPtr> linearKernel(const KernelInfo& info)
{
    TRY(expectBytes(info, {0, 2, 3, 5, 7}));
    TRY(expectElement(info, graph::DataType::Float32, {1, 4, 6}));
    return dispatch(QuantizedTypes(), info.inputElement(7), [](auto tag) -> Result<KernelPtr> {
        return makeKernel(
            [](KernelContext& context) { return runLinear<typename decltype(tag)::type>(context); },
            [](const RunSizes& sizes) { return scratchOf(sizes, 3, sizes.outputs[0].elements()); });
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

OpList quantized_matmul()
{
    OpSpec integer;
    integer.name = "MatMulInteger";
    integer.firstVersion = 10;
    integer.lastVersion = 23;
    integer.doc = "The matrix product of 8-bit integers with 32-bit sums. MatMulInteger-10.";
    integer.category = OpCategory::MatrixMath;
    integer.minInputs = 2;
    integer.maxInputs = 4;
    integer.infer = inferInteger;
    integer.kernel = integerKernel;
    integer.cost = cost;
    OpSpec linear = integer;
    linear.name = "QLinearMatMul";
    linear.doc =
        "The matrix product of quantized tensors to a quantized tensor. QLinearMatMul-10, QLinearMatMul-21.";
    linear.minInputs = 8;
    linear.maxInputs = 8;
    linear.infer = inferLinear;
    linear.kernel = linearKernel;
    return {integer, linear};
}

} // namespace orrery::ops
