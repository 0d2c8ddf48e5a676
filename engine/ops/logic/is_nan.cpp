// SPDX-License-Identifier: Apache-2.0
//
// IsNaN and IsInf: bool results of one float tensor.
#include "engine/ops/math/convert.h"
#include "engine/ops/math/elementwise.h"

#include <limits>

namespace orrery::ops {
namespace {

using graph::DataType;
using graph::Tensor;

constexpr std::int64_t blockLength = 512;

// test(double) for every element; everything goes through double, which keeps NaN and infinity.
template<class Test>
Result<void> runTest(KernelContext& context, Test test)
{
    const Tensor* in = TRY(requireInput(context, 0));
    DataType type = in->type();
    TRY(requireType(type, graph::isFloatingPoint(type) && isConvertible(type)));
    Tensor* out = TRY(context.output(0, DataType::Bool, in->dims()));
    bool* result = out->mutableData<bool>();
    std::size_t size = graph::elementBytes(type);
    context.parallelFor(in->elementCount(), elementwiseGrain, [&](std::int64_t begin, std::int64_t end) {
        double block[blockLength];
        for (std::int64_t at = begin; at < end; at += blockLength) {
            std::int64_t n = std::min(blockLength, end - at);
            convertElements(type, in->bytes() + static_cast<std::size_t>(at) * size, DataType::Float64,
                            reinterpret_cast<std::byte*>(block), n);
            for (std::int64_t i = 0; i < n; ++i)
                result[at + i] = test(block[i]);
        }
    });
    return {};
}

Result<void> inferTruth(InferContext& context)
{
    const graph::Shape* shape = context.inputShape(0);
    context.setTensor(0, DataType::Bool, shape == nullptr ? std::optional<graph::Shape>() : *shape);
    return {};
}

Result<KernelPtr> makeIsNaN(const KernelInfo& info)
{
    DataType known = info.inputElement(0);
    TRY(requireType(known, graph::isFloatingPoint(known) && isConvertible(known)));
    return makeKernel(
        [](KernelContext& context) { return runTest(context, [](double x) { return x != x; }); });
}

Result<KernelPtr> makeIsInf(const KernelInfo& info)
{
    DataType known = info.inputElement(0);
    TRY(requireType(known, graph::isFloatingPoint(known) && isConvertible(known)));
    bool positive = info.node.intAttribute("detect_positive", 1) != 0;
    bool negative = info.node.intAttribute("detect_negative", 1) != 0;
    return makeKernel([positive, negative](KernelContext& context) {
        constexpr double infinity = std::numeric_limits<double>::infinity();
        return runTest(context,
                       [=](double x) { return (positive && x == infinity) || (negative && x == -infinity); });
    });
}

OpSpec truthSpec(std::string_view name, int firstVersion, std::string_view doc, KernelFactory kernel)
{
    OpSpec spec = unarySpec(name, OpCategory::Logic, firstVersion, doc, kernel);
    spec.infer = inferTruth;
    spec.inPlace.clear();
    return spec;
}

} // namespace

OpList is_nan()
{
    return {
        truthSpec("IsNaN", 9, "Whether the element is not a number. IsNaN-9, IsNaN-13, IsNaN-20.", makeIsNaN),
        truthSpec("IsInf", 10,
                  "Whether the element is an infinity of the signs asked for. IsInf-10, IsInf-20.",
                  makeIsInf),
    };
}

} // namespace orrery::ops
