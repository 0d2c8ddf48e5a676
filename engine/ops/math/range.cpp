// SPDX-License-Identifier: Apache-2.0
//
// Range: start, start + delta, … below (or above) limit. The count is taken in 128-bit or double arithmetic,
// so that no start, limit and delta overflow; a count too large for memory is refused by the allocation.
#include "engine/ops/math/elementwise.h"
#include "engine/ops/math/integer_math.h"

#include <fmt/format.h>

#include <cmath>

namespace orrery::ops {
namespace {

using graph::DataType;
using graph::Dim;
using graph::Tensor;
using RangeTypes = TypeList<float, double, std::int64_t, std::int32_t, std::int16_t>;

constexpr std::int64_t mostElements = std::int64_t(1) << 48; // more than any memory; the count stays exact

template<class T>
Result<std::int64_t> countOf(T start, T limit, T delta)
{
    if (delta == T(0) || delta != delta)
        return Error{ErrorCode::RunFailed, fmt::format("expected a delta other than 0, found {}", delta), {}};
    double count = 0;
    if constexpr (std::is_integral_v<T>) {
        auto distance = static_cast<__int128>(limit) - start;
        auto step = static_cast<__int128>(delta);
        if ((distance > 0) != (step > 0) || distance == 0)
            return 0;
        count = static_cast<double>((distance + step + (step > 0 ? -1 : 1)) / step);
    } else {
        count =
            std::ceil((static_cast<double>(limit) - static_cast<double>(start)) / static_cast<double>(delta));
    }
    if (count != count || count > static_cast<double>(mostElements))
        return Error{ErrorCode::LimitReached,
                     fmt::format("a range from {} to {} by {} has too many elements", start, limit, delta),
                     {}};
    return count > 0 ? static_cast<std::int64_t>(count) : 0;
}

Result<void> inferRange(InferContext& context)
{
    DataType element = TRY(commonElement(context));
    Dim count;
    const Tensor* constants[] = {context.inputConstant(0), context.inputConstant(1),
                                 context.inputConstant(2)};
    if (constants[0] != nullptr && constants[1] != nullptr && constants[2] != nullptr) {
        double values[3] = {};
        for (std::size_t i = 0; i < 3; ++i) {
            std::vector<double> numbers = TRY(constants[i]->toDoubles());
            if (numbers.size() != 1)
                return badInput(fmt::format("expected scalars, found input {} of shape {}", i,
                                            graph::dimsText(constants[i]->dims())));
            values[i] = numbers[0];
        }
        // Exact for every count that a tensor can have; a range that fails does so when it is run.
        auto known = countOf(values[0], values[1], values[2]);
        if (known.ok() && std::fabs(values[0]) < 0x1p52 && std::fabs(values[1]) < 0x1p52)
            count = Dim(*known);
    } else {
        auto start = context.inputInts(0);
        auto limit = context.inputShapeValue(1);
        auto delta = context.inputInts(2);
        bool fromZero = start && start->size() == 1 && start->front() == 0;
        bool byOne = delta && delta->size() == 1 && delta->front() == 1;
        if (fromZero && byOne && limit && limit->size() == 1)
            count = limit->front();
    }
    context.setTensor(0, element, graph::Shape({count}));
    return {};
}

template<class T>
Result<T> scalarOf(KernelContext& context, std::size_t i)
{
    const Tensor* tensor = TRY(requireInput(context, i));
    if (tensor->type() != graph::dataTypeOf<T>() || tensor->elementCount() != 1)
        return Error{ErrorCode::RunFailed,
                     fmt::format("expected input {} to be one {}, found {} {}", i,
                                 graph::name(graph::dataTypeOf<T>()), graph::name(tensor->type()),
                                 graph::dimsText(tensor->dims())),
                     {}};
    return *tensor->data<T>();
}

template<class T>
Result<void> runRange(KernelContext& context)
{
    T start = TRY(scalarOf<T>(context, 0));
    T limit = TRY(scalarOf<T>(context, 1));
    T delta = TRY(scalarOf<T>(context, 2));
    std::int64_t count = TRY(countOf(start, limit, delta));
    const std::int64_t dims[] = {count};
    Tensor* out = TRY(context.output(0, graph::dataTypeOf<T>(), dims));
    T* values = out->mutableData<T>();
    for (std::int64_t i = 0; i < count; ++i)
        values[i] = plus(start, times(static_cast<T>(i), delta));
    return {};
}

Result<KernelPtr> makeRange(const KernelInfo& info)
{
    if (info.inputElement(0) != DataType::Undefined)
        TRY(dispatch(RangeTypes(), info.inputElement(0), [](auto) { return Result<void>(); }));
    return makeKernel([](KernelContext& context) -> Result<void> {
        const Tensor* start = TRY(requireInput(context, 0));
        return dispatch(RangeTypes(), start->type(),
                        [&](auto tag) { return runRange<typename decltype(tag)::type>(context); });
    });
}

} // namespace

OpList range()
{
    OpSpec spec =
        binarySpec("Range", OpCategory::Data, 11,
                   "The numbers from start up to, without, limit in steps of delta. Range-11.", makeRange);
    spec.minInputs = spec.maxInputs = 3;
    spec.infer = inferRange;
    spec.inPlace.clear();
    return {spec};
}

} // namespace orrery::ops
