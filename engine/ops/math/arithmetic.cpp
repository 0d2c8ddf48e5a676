// SPDX-License-Identifier: Apache-2.0
//
// Add, Sub, Mul, Div and Mod with broadcasting. Integers wrap; dividing one by zero fails the run.
#include "engine/ops/math/elementwise.h"
#include "engine/ops/math/integer_math.h"
#include "engine/ops/math/shape_arithmetic.h"

#include <type_traits>

namespace orrery::ops {
namespace {

template<ShapeOperation operation>
Result<void> inferArithmetic(InferContext& context)
{
    TRY(inferBinary(context));
    propagateShapeArithmetic(context, operation);
    return {};
}

// The row of `function`, refused when an integer divisor is 0.
template<auto function, class T>
bool dividingRow(const std::byte* a, const std::byte* b, std::byte* out, std::int64_t n, Lanes lanes)
{
    if constexpr (std::is_integral_v<T>) {
        auto* divisors = reinterpret_cast<const T*>(b);
        std::int64_t count = lanes == Lanes::SecondStill ? 1 : n;
        bool zero = false;
        for (std::int64_t i = 0; i < count; ++i)
            zero = zero || divisors[i] == 0;
        if (zero)
            return false;
    }
    return binaryRow<function, T, T>(a, b, out, n, lanes);
}

template<auto function, class... Ts>
BinaryRow findDividingRow(TypeList<Ts...>, graph::DataType type)
{
    BinaryRow found = nullptr;
    ((type == graph::dataTypeOf<Ts>() ? void(found = &dividingRow<function, Ts>) : void()), ...);
    return found;
}
template<auto function, class Types>
BinaryRow dividingRows(graph::DataType type)
{
    return findDividingRow<function>(Types(), type);
}

Result<KernelPtr> makeDiv(const KernelInfo& info)
{
    return binaryKernel(info, &dividingRows<dividedBy, NumberTypes>);
}

Result<KernelPtr> makeMod(const KernelInfo& info)
{
    if (info.node.intAttribute("fmod", 0) != 0)
        return binaryKernel(info, &dividingRows<truncatedModulo, NumberTypes>);
    return binaryKernel(info, &dividingRows<floorModulo, NumberTypes>);
}

} // namespace

OpList arithmetic()
{
    constexpr OpCategory kind = OpCategory::Elementwise;
    OpList list = {
        binarySpec("Add", kind, 7, "The sum, with broadcasting. Add-7, Add-13, Add-14.",
                   makeBinary<plus, NumberTypes>),
        binarySpec("Sub", kind, 7, "The difference, with broadcasting. Sub-7, Sub-13, Sub-14.",
                   makeBinary<minus, NumberTypes>),
        binarySpec("Mul", kind, 7, "The product, with broadcasting. Mul-7, Mul-13, Mul-14.",
                   makeBinary<times, NumberTypes>),
        binarySpec("Div", kind, 7,
                   "The quotient, with broadcasting; of integers towards zero. Div-7, Div-13, Div-14.",
                   makeDiv),
        binarySpec("Mod", kind, 10,
                   "The remainder, with the divisor's sign, or with the dividend's where fmod is 1. "
                   "Mod-10, Mod-13.",
                   makeMod),
    };
    list[0].infer = inferArithmetic<ShapeOperation::Add>;
    list[1].infer = inferArithmetic<ShapeOperation::Sub>;
    list[2].infer = inferArithmetic<ShapeOperation::Mul>;
    list[3].infer = inferArithmetic<ShapeOperation::Div>;
    return list;
}

} // namespace orrery::ops
