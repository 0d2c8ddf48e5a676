// SPDX-License-Identifier: Apache-2.0
//
// Equal, Greater, Less and their kin: bool results, with broadcasting. No comparison with NaN is true.
#include "engine/ops/math/elementwise.h"

namespace orrery::ops {
namespace {

constexpr auto equalTo = [](auto a, auto b) { return a == b; };
constexpr auto greaterThan = [](auto a, auto b) { return a > b; };
constexpr auto lessThan = [](auto a, auto b) { return a < b; };
constexpr auto atLeast = [](auto a, auto b) { return a >= b; };
constexpr auto atMost = [](auto a, auto b) { return a <= b; };
constexpr auto equalTruth = [](auto a, auto b) { return (a != 0) == (b != 0); };

// Equal also compares bools, whose bytes may be any.
BinaryRow equalRows(graph::DataType type)
{
    if (type == graph::DataType::Bool)
        return &binaryRow<equalTruth, std::uint8_t, bool>;
    return testRows<equalTo, NumberTypes>(type);
}

Result<void> runStrings(KernelContext& context, const graph::Tensor& a, const graph::Tensor& b)
{
    if (b.type() != graph::DataType::String)
        return Error{ErrorCode::RunFailed,
                     "expected two string tensors, found the second of " + std::string(name(b.type())),
                     {}};
    Broadcast shape = TRY(Broadcast::create({&a.dims(), &b.dims()}));
    graph::Tensor* out = TRY(context.output(0, graph::DataType::Bool, shape.dims()));
    bool* result = out->mutableData<bool>();
    shape.forRows(0, shape.count(), [&](std::int64_t at, const Broadcast::Offsets& from, std::int64_t n) {
        for (std::int64_t i = 0; i < n; ++i)
            result[at + i] = a.strings()[static_cast<std::size_t>(from[0] + i * shape.lane(0))] ==
                             b.strings()[static_cast<std::size_t>(from[1] + i * shape.lane(1))];
    });
    return {};
}

Result<KernelPtr> makeEqual(const KernelInfo& info)
{
    if (info.inputElement(0) != graph::DataType::String)
        return binaryKernel(info, &equalRows, ResultType::Bool);
    return makeKernel([](KernelContext& context) -> Result<void> {
        const graph::Tensor* a = TRY(requireInput(context, 0));
        const graph::Tensor* b = TRY(requireInput(context, 1));
        return runStrings(context, *a, *b);
    });
}

OpSpec testSpec(std::string_view name, int firstVersion, std::string_view doc, KernelFactory kernel)
{
    OpSpec spec = binarySpec(name, OpCategory::Logic, firstVersion, doc, kernel);
    spec.infer = inferTest;
    spec.inPlace.clear(); // a broadcast input may have as many bytes as the bools
    return spec;
}

} // namespace

OpList comparison()
{
    return {
        testSpec("Equal", 7, "Whether the elements are equal. Equal-7, Equal-11, Equal-13, Equal-19.",
                 makeEqual),
        testSpec("Greater", 7, "Whether a > b. Greater-7, Greater-9, Greater-13.",
                 makeTest<greaterThan, NumberTypes>),
        testSpec("Less", 7, "Whether a < b. Less-7, Less-9, Less-13.", makeTest<lessThan, NumberTypes>),
        testSpec("GreaterOrEqual", 12, "Whether a >= b. GreaterOrEqual-12, GreaterOrEqual-16.",
                 makeTest<atLeast, NumberTypes>),
        testSpec("LessOrEqual", 12, "Whether a <= b. LessOrEqual-12, LessOrEqual-16.",
                 makeTest<atMost, NumberTypes>),
    };
}

} // namespace orrery::ops
