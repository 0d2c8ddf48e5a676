// SPDX-License-Identifier: Apache-2.0
//
// And, Or, Xor and Not on bools. Bytes other than 0 and 1, which a file may hold, count as true.
#include "engine/ops/math/elementwise.h"

namespace orrery::ops {
namespace {

constexpr auto both = [](auto a, auto b) { return (a != 0) & (b != 0); };
constexpr auto either = [](auto a, auto b) { return (a | b) != 0; };
constexpr auto differing = [](auto a, auto b) { return (a != 0) != (b != 0); };
constexpr auto opposite = [](auto x, auto, auto) { return x == 0; };

template<auto function>
BinaryRow boolRows(graph::DataType type)
{
    return type == graph::DataType::Bool ? &binaryRow<function, std::uint8_t, std::uint8_t> : nullptr;
}

template<auto function>
Result<KernelPtr> makeLogical(const KernelInfo& info)
{
    return binaryKernel(info, &boolRows<function>);
}

UnaryRow notRows(graph::DataType type)
{
    return type == graph::DataType::Bool ? &unaryRow<opposite, std::uint8_t> : nullptr;
}

Result<KernelPtr> makeNot(const KernelInfo& info) { return unaryKernel(info, &notRows); }

} // namespace

OpList logical()
{
    constexpr OpCategory kind = OpCategory::Logic;
    return {
        binarySpec("And", kind, 7, "Whether both are true, with broadcasting. And-7.", makeLogical<both>),
        binarySpec("Or", kind, 7, "Whether any is true, with broadcasting. Or-7.", makeLogical<either>),
        binarySpec("Xor", kind, 7, "Whether exactly one is true, with broadcasting. Xor-7.",
                   makeLogical<differing>),
        unarySpec("Not", kind, 1, "The opposite of each bool. Not-1.", makeNot),
    };
}

} // namespace orrery::ops
