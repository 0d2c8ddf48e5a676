// SPDX-License-Identifier: Apache-2.0
#include "engine/ops/checks.h"
#include "engine/ops/dispatch.h"
#include "engine/ops/nn/lp.h"
#include "engine/ops/op_spec.h"

#include <fmt/format.h>

namespace orrery::ops {
namespace {

Result<void> infer(InferContext& context)
{
    if (const graph::Shape* shape = context.inputShape(0))
        TRY(normalizeAxis(context.node().intAttribute("axis", -1), shape->rank()));
    context.setSameAsInput(0, 0);
    return {};
}

// Lines of zeros stay zeros.
template<class T>
Result<void> run(KernelContext& context, std::int64_t axis, double p)
{
    const graph::Tensor& input = *context.input(0);
    const auto at = static_cast<std::size_t>(TRY(normalizeAxis(axis, input.rank())));
    graph::Tensor* output = TRY(context.output(0, input.type(), input.dims()));
    if (output->elementCount() == 0)
        return {};
    const std::int64_t length = input.dims()[at];
    const std::int64_t inner = productOf(input.dims(), at + 1, input.rank());
    const T* in = input.data<T>();
    T* out = output->mutableData<T>();
    context.parallelFor(
        productOf(input.dims(), 0, at) * inner, 4096 / length + 1, [&](std::int64_t begin, std::int64_t end) {
            for (std::int64_t line = begin; line < end; ++line) {
                const std::int64_t first = line / inner * length * inner + line % inner;
                T sum = 0;
                withPower<T>(p, [&](auto power) {
                    for (std::int64_t i = 0; i < length; ++i)
                        sum += power(in[first + i * inner]);
                });
                const T norm = rootOf(sum, p);
                for (std::int64_t i = 0; i < length; ++i)
                    out[first + i * inner] = norm == T(0) ? T(0) : in[first + i * inner] / norm;
            }
        });
    return {};
}

Result<KernelPtr> kernel(const KernelInfo& info)
{
    const double p = TRY(parseP(info.node));
    if (p != 1 && p != 2)
        return badInput(fmt::format("expected p of 1 or 2, found {}", p));
    const std::int64_t axis = info.node.intAttribute("axis", -1);
    return dispatch(FloatTypes(), info.inputElement(0), [&](auto tag) -> Result<KernelPtr> {
        return makeKernel([axis, p](KernelContext& context) {
            return run<typename decltype(tag)::type>(context, axis, p);
        });
    });
}

Cost cost(const graph::Node& node, std::span<const TensorSize> inputs, std::span<const TensorSize> outputs)
{
    Cost result = elementwiseCost(node, inputs, outputs);
    result.flops *= 3; // power, sum, division
    return result;
}

} // namespace

OpList lp_normalization()
{
    OpSpec spec;
    spec.name = "LpNormalization";
    spec.lastVersion = 23;
    spec.doc =
        "Divides each line along the axis by its 1-norm or 2-norm. LpNormalization-1, LpNormalization-22.";
    spec.category = OpCategory::Normalization;
    spec.minInputs = 1;
    spec.maxInputs = 1;
    spec.infer = infer;
    spec.kernel = kernel;
    spec.cost = cost;
    spec.inPlace = {{0, 0}};
    return {spec};
}

} // namespace orrery::ops
