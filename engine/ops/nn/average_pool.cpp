// SPDX-License-Identifier: Apache-2.0
#include "engine/ops/dispatch.h"
#include "engine/ops/nn/pool.h"

namespace orrery::ops {
namespace {

enum class Padding { Excluded, Included };

// For each output along one axis, how many kernel positions count for the divisor. Padding that ceil_mode
// adds beyond the pads never counts.
std::vector<std::int64_t> divisors(const WindowAxis& axis, Padding padding)
{
    std::vector<std::int64_t> result(static_cast<std::size_t>(axis.output));
    for (std::int64_t o = 0; o < axis.output; ++o) {
        const std::int64_t start = o * axis.stride - axis.padBegin;
        const Span inside = insideKernel(axis, start);
        const std::int64_t padded = (axis.input + axis.padEnd - start + axis.dilation - 1) / axis.dilation;
        result[static_cast<std::size_t>(o)] = padding == Padding::Included
                                                  ? std::clamp<std::int64_t>(padded, 0, axis.kernel)
                                                  : inside.end - inside.begin;
    }
    return result;
}

template<class T>
Result<void> run(KernelContext& context, const WindowAttributes& attributes, Padding padding)
{
    const graph::Tensor& input = *context.input(0);
    const Pool pool = TRY(poolOf(attributes, input.dims()));
    graph::Tensor* output = TRY(context.output(0, input.type(), pool.outputDims));
    if (output->elementCount() == 0)
        return {};
    const T* from = input.data<T>();
    T* to = output->mutableData<T>();
    const auto& [d, h, w] = pool.window;
    const auto countD = divisors(d, padding);
    const auto countH = divisors(h, padding);
    const auto countW = divisors(w, padding);
    forPlanes(context, pool, [&](std::int64_t plane) {
        T* out = to + plane * outputPlane(pool.window);
        poolPlane(pool.window, from + plane * inputPlane(pool.window), T(0), out,
                  [](T sum, T x) { return sum + x; });
        for (std::int64_t z : countD)
            for (std::int64_t y : countH)
                for (std::int64_t x : countW)
                    *out++ /= static_cast<T>(std::max<std::int64_t>(z * y * x, 1));
    });
    return {};
}

Result<KernelPtr> kernel(const KernelInfo& info)
{
    WindowAttributes attributes = TRY(parseWindow(info.node));
    const Padding padding =
        info.node.intAttribute("count_include_pad", 0) == 0 ? Padding::Excluded : Padding::Included;
    return dispatch(FloatTypes(), info.inputElement(0), [&](auto tag) -> Result<KernelPtr> {
        return makeKernel([attributes, padding](KernelContext& context) {
            return run<typename decltype(tag)::type>(context, attributes, padding);
        });
    });
}

} // namespace

OpList average_pool()
{
    OpSpec spec;
    spec.name = "AveragePool";
    spec.firstVersion = 1;
    spec.lastVersion = 23;
    spec.doc = "The mean of each window. AveragePool-1, AveragePool-7, AveragePool-10, AveragePool-11, "
               "AveragePool-19, "
               "AveragePool-22.";
    spec.category = OpCategory::Pooling;
    spec.minInputs = 1;
    spec.maxInputs = 1;
    spec.infer = inferPool;
    spec.kernel = kernel;
    spec.cost = poolCost;
    return {spec};
}

} // namespace orrery::ops
