// SPDX-License-Identifier: Apache-2.0
//
// BitwiseAnd, BitwiseOr, BitwiseXor, BitwiseNot and BitShift on integers.
#include "engine/ops/math/elementwise.h"

namespace orrery::ops {
namespace {

constexpr auto bitAnd = [](auto a, auto b) { return a & b; };
constexpr auto bitOr = [](auto a, auto b) { return a | b; };
constexpr auto bitXor = [](auto a, auto b) { return a ^ b; };
constexpr auto bitNot = [](auto x, auto, auto) { return ~x; };

// Shifting by the width of the type or more leaves 0.
constexpr auto shiftLeft = [](auto a, auto b) {
    using T = decltype(a);
    return b < sizeof(T) * 8 ? static_cast<T>(static_cast<std::uint64_t>(a) << b) : T(0);
};
constexpr auto shiftRight = [](auto a, auto b) {
    using T = decltype(a);
    return b < sizeof(T) * 8 ? static_cast<T>(a >> b) : T(0);
};

Result<KernelPtr> makeBitShift(const KernelInfo& info)
{
    std::string direction = info.node.stringAttribute("direction", "");
    if (direction == "LEFT")
        return binaryKernel(info, &binaryRows<shiftLeft, UnsignedTypes>);
    if (direction == "RIGHT")
        return binaryKernel(info, &binaryRows<shiftRight, UnsignedTypes>);
    return badInput("attribute direction: expected \"LEFT\" or \"RIGHT\", found \"" + direction + "\"");
}

} // namespace

OpList bitwise()
{
    constexpr OpCategory kind = OpCategory::Logic;
    return {
        binarySpec("BitwiseAnd", kind, 18, "The bits set in both, with broadcasting. BitwiseAnd-18.",
                   makeBinary<bitAnd, IntegerTypes>),
        binarySpec("BitwiseOr", kind, 18, "The bits set in any, with broadcasting. BitwiseOr-18.",
                   makeBinary<bitOr, IntegerTypes>),
        binarySpec("BitwiseXor", kind, 18, "The bits set in exactly one, with broadcasting. BitwiseXor-18.",
                   makeBinary<bitXor, IntegerTypes>),
        unarySpec("BitwiseNot", kind, 18, "Every bit inverted. BitwiseNot-18.",
                  makeUnary<bitNot, IntegerTypes>),
        binarySpec("BitShift", kind, 11, "The bits of a moved by b places, with broadcasting. BitShift-11.",
                   makeBitShift),
    };
}

} // namespace orrery::ops
