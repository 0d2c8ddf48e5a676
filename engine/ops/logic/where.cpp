// SPDX-License-Identifier: Apache-2.0
//
// Where: x where the condition holds, else y, all three broadcast. Elements are moved, not interpreted, so
// one loop per element size serves every type.
#include "engine/ops/math/elementwise.h"

namespace orrery::ops {
namespace {

using graph::DataType;
using graph::Tensor;

template<class T>
void selectRow(const std::uint8_t* condition, std::int64_t conditionLane, const T* x, std::int64_t xLane,
               const T* y, std::int64_t yLane, T* out, std::int64_t n)
{
    if (conditionLane == 1 && xLane == 1 && yLane == 1) {
#pragma GCC ivdep
        for (std::int64_t i = 0; i < n; ++i)
            out[i] = condition[i] != 0 ? x[i] : y[i];
    } else if (conditionLane == 1 && xLane == 1) {
        const T still = *y;
#pragma GCC ivdep
        for (std::int64_t i = 0; i < n; ++i)
            out[i] = condition[i] != 0 ? x[i] : still;
    } else if (conditionLane == 1 && yLane == 1) {
        const T still = *x;
#pragma GCC ivdep
        for (std::int64_t i = 0; i < n; ++i)
            out[i] = condition[i] != 0 ? still : y[i];
    } else {
        for (std::int64_t i = 0; i < n; ++i)
            out[i] = condition[i * conditionLane] != 0 ? x[i * xLane] : y[i * yLane];
    }
}

template<class T>
void select(KernelContext& context, const Broadcast& shape, const Tensor& condition, const T* x, const T* y,
            T* out)
{
    auto* truths = reinterpret_cast<const std::uint8_t*>(condition.bytes());
    context.parallelFor(shape.count(), elementwiseGrain, [&](std::int64_t begin, std::int64_t end) {
        shape.forRows(begin, end, [&](std::int64_t at, const Broadcast::Offsets& from, std::int64_t n) {
            selectRow(truths + from[0], shape.lane(0), x + from[1], shape.lane(1), y + from[2], shape.lane(2),
                      out + at, n);
        });
    });
}

Result<void> runWhere(KernelContext& context)
{
    const Tensor* condition = TRY(requireInput(context, 0));
    const Tensor* x = TRY(requireInput(context, 1));
    const Tensor* y = TRY(requireInput(context, 2));
    if (condition->type() != DataType::Bool || x->type() != y->type())
        return Error{ErrorCode::RunFailed,
                     "expected a bool condition and two tensors of one type, found " +
                         std::string(name(condition->type())) + ", " + std::string(name(x->type())) +
                         " and " + std::string(name(y->type())),
                     {}};
    Broadcast shape = TRY(Broadcast::create({&condition->dims(), &x->dims(), &y->dims()}));
    Tensor* out = TRY(context.output(0, x->type(), shape.dims()));
    auto bySize = [&](auto unit) {
        using T = decltype(unit);
        select<T>(context, shape, *condition, reinterpret_cast<const T*>(x->bytes()),
                  reinterpret_cast<const T*>(y->bytes()), reinterpret_cast<T*>(out->mutableBytes()));
    };
    if (x->type() == DataType::String) {
        select<std::string>(context, shape, *condition, x->strings().data(), y->strings().data(),
                            out->mutableStrings().data());
        return {};
    }
    switch (graph::elementBytes(x->type())) {
    case 1:
        bySize(std::uint8_t());
        return {};
    case 2:
        bySize(std::uint16_t());
        return {};
    case 4:
        bySize(std::uint32_t());
        return {};
    case 8:
        bySize(std::uint64_t());
        return {};
    default:
        return requireType(x->type(), false);
    }
}

Result<void> inferWhere(InferContext& context)
{
    DataType condition = context.inputElement(0);
    if (condition != DataType::Undefined && condition != DataType::Bool)
        return badInput("expected a bool condition, found " + std::string(name(condition)));
    DataType x = context.inputElement(1);
    DataType y = context.inputElement(2);
    if (x != DataType::Undefined && y != DataType::Undefined && x != y)
        return badInput("expected two tensors of one type, found " + std::string(name(x)) + " and " +
                        std::string(name(y)));
    auto values = TRY(broadcastShapes(context.inputShape(1), context.inputShape(2)));
    const graph::Shape* truths = context.inputShape(0);
    context.setTensor(0, x == DataType::Undefined ? y : x,
                      TRY(broadcastShapes(truths, values ? &*values : nullptr)));
    return {};
}

Result<KernelPtr> makeWhere(const KernelInfo& info)
{
    DataType known = info.inputElement(1);
    std::size_t size = graph::elementBytes(known);
    TRY(requireType(known, known == DataType::String || size == 1 || size == 2 || size == 4 || size == 8));
    return makeKernel([](KernelContext& context) { return runWhere(context); });
}

} // namespace

OpList where()
{
    OpSpec spec =
        binarySpec("Where", OpCategory::Logic, 9,
                   "x where the condition holds, else y, with broadcasting. Where-9, Where-16.", makeWhere);
    spec.minInputs = spec.maxInputs = 3;
    spec.infer = inferWhere;
    spec.inPlace = {{1, 0}, {2, 0}};
    return {spec};
}

} // namespace orrery::ops
