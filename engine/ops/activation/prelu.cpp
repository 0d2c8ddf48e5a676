// SPDX-License-Identifier: Apache-2.0
//
// PRelu: x, or slope x below zero; slope is broadcast to x, never x to slope.
#include "engine/ops/math/elementwise.h"
#include "engine/ops/math/integer_math.h"

namespace orrery::ops {
namespace {

constexpr auto parametricRelu = [](auto x, auto slope) { return x < decltype(x)(0) ? times(x, slope) : x; };

using PReluTypes = TypeList<float, double, std::int64_t, std::int32_t, std::uint32_t, std::uint64_t>;

Result<void> inferPRelu(InferContext& context)
{
    TRY(commonElement(context));
    TRY(broadcastShapes(context.inputShape(0), context.inputShape(1)));
    context.setSameAsInput(0, 0);
    return {};
}

Result<KernelPtr> makePRelu(const KernelInfo& info)
{
    TRY(binaryKernel(info, &binaryRows<parametricRelu, PReluTypes>)); // refuses the type
    return makeKernel([](KernelContext& context) -> Result<void> {
        const graph::Tensor* x = TRY(requireInput(context, 0));
        const graph::Tensor* slope = TRY(requireInput(context, 1));
        Broadcast shape = TRY(Broadcast::create({&x->dims(), &slope->dims()}));
        if (shape.dims() != x->dims())
            return Error{ErrorCode::RunFailed,
                         "expected a slope that broadcasts to " + graph::dimsText(x->dims()) + ", found " +
                             graph::dimsText(slope->dims()),
                         {}};
        graph::Tensor* out = TRY(context.output(0, x->type(), x->dims()));
        return runBinary(context, &binaryRows<parametricRelu, PReluTypes>, shape, *x, *slope, *out);
    });
}

} // namespace

OpList prelu()
{
    OpSpec spec = binarySpec("PRelu", OpCategory::Activation, 7,
                             "x, or slope times x below zero. PRelu-7, PRelu-9, PRelu-16.", makePRelu);
    spec.infer = inferPRelu;
    spec.inPlace = {{0, 0}};
    return {spec};
}

} // namespace orrery::ops
