// SPDX-License-Identifier: Apache-2.0
//
// Min, Max, Sum and Mean of any number of inputs, with broadcasting: the first two give the output, every
// further one is combined into it. NaN wins in Min and Max.
#include "engine/ops/math/elementwise.h"
#include "engine/ops/math/integer_math.h"
#include "engine/ops/math/shape_arithmetic.h"

#include <cstring>

namespace orrery::ops {
namespace {

using graph::Tensor;

constexpr auto smaller = [](auto a, auto b) { return a < b || a != a ? a : b; };
constexpr auto greater = [](auto a, auto b) { return a > b || a != a ? a : b; };
constexpr auto scaled = [](auto x, auto factor, auto) { return x * factor; };

enum class Finish { Nothing, DivideByCount };

Result<graph::Dims> resultDims(const KernelContext& context)
{
    graph::Dims dims = TRY(requireInput(context, 0))->dims();
    for (std::size_t i = 1; i < context.inputCount(); ++i) {
        const Tensor* next = TRY(requireInput(context, i));
        dims = TRY(Broadcast::create({&dims, &next->dims()})).dims();
    }
    return dims;
}

// The output may be the bytes of input 0 or 1. Where the same tensor comes again later, it must be read as it
// was.
Result<Tensor> kept(KernelContext& context, const Tensor& input, const Tensor& out)
{
    if (input.bytes() != out.bytes() || input.byteSize() == 0)
        return input;
    std::byte* copy = TRY(context.scratch(input.byteSize()));
    std::memcpy(copy, input.bytes(), input.byteSize());
    return Tensor::borrow(input.type(), input.dims(), copy);
}

Result<void> runVariadic(KernelContext& context, BinaryRows rows, Finish finish)
{
    const Tensor* first = TRY(requireInput(context, 0));
    graph::Dims dims = TRY(resultDims(context));
    Tensor* out = TRY(context.output(0, first->type(), dims));
    std::size_t count = context.inputCount();
    std::vector<Tensor> later;
    for (std::size_t i = 2; i < count; ++i)
        later.push_back(TRY(kept(context, *context.input(i), *out)));
    if (count == 1) {
        if (out->bytes() != first->bytes() && first->byteSize() != 0)
            std::memcpy(out->mutableBytes(), first->bytes(), first->byteSize());
        return {};
    }
    const Tensor* second = context.input(1);
    Broadcast shape = TRY(Broadcast::create({&first->dims(), &second->dims(), &dims}));
    TRY(runBinary(context, rows, shape, *first, *second, *out));
    for (const Tensor& next : later) {
        shape = TRY(Broadcast::create({&dims, &next.dims()}));
        TRY(runBinary(context, rows, shape, *out, next, *out));
    }
    if (finish == Finish::DivideByCount) {
        Parameters parameters{1.0 / static_cast<double>(count), 0};
        TRY(runUnary(context, &unaryRows<scaled, FloatTypes>, parameters, *out, *out));
    }
    return {};
}

template<auto function, class Types, Finish finish>
Result<KernelPtr> makeVariadic(const KernelInfo& info)
{
    BinaryRows rows = &binaryRows<function, Types>;
    TRY(binaryKernel(info, rows)); // refuses the type
    return makeKernel([rows](KernelContext& context) { return runVariadic(context, rows, finish); });
}

template<ShapeOperation operation>
Result<void> inferExtremum(InferContext& context)
{
    TRY(inferBinary(context));
    propagateShapeArithmetic(context, operation);
    return {};
}

OpSpec variadicSpec(std::string_view name, std::string_view doc, KernelFactory kernel)
{
    OpSpec spec = binarySpec(name, OpCategory::Elementwise, 1, doc, kernel);
    spec.minInputs = 1;
    spec.maxInputs = OpSpec::any;
    spec.cost = [](const graph::Node& node, std::span<const TensorSize> inputs,
                   std::span<const TensorSize> outputs) {
        Cost cost = elementwiseCost(node, inputs, outputs);
        cost.flops *= static_cast<double>(std::max<std::size_t>(inputs.size(), 2) - 1);
        return cost;
    };
    return spec;
}

} // namespace

OpList variadic()
{
    OpList list = {
        variadicSpec("Min",
                     "The smallest of the inputs, with broadcasting. Min-1, Min-6, Min-8, Min-12, Min-13.",
                     makeVariadic<smaller, NumberTypes, Finish::Nothing>),
        variadicSpec("Max",
                     "The greatest of the inputs, with broadcasting. Max-1, Max-6, Max-8, Max-12, Max-13.",
                     makeVariadic<greater, NumberTypes, Finish::Nothing>),
        variadicSpec("Sum", "The sum of the inputs, with broadcasting. Sum-1, Sum-6, Sum-8, Sum-13.",
                     makeVariadic<plus, FloatTypes, Finish::Nothing>),
        variadicSpec("Mean", "The mean of the inputs, with broadcasting. Mean-1, Mean-6, Mean-8, Mean-13.",
                     makeVariadic<plus, FloatTypes, Finish::DivideByCount>),
    };
    list[0].infer = inferExtremum<ShapeOperation::Min>;
    list[1].infer = inferExtremum<ShapeOperation::Max>;
    return list;
}

} // namespace orrery::ops
