// SPDX-License-Identifier: Apache-2.0
#include "engine/ops/dispatch.h"
#include "engine/ops/nn/lp.h"
#include "engine/ops/nn/pool.h"

namespace orrery::ops {
namespace {

template<class T>
Result<void> run(KernelContext& context, const WindowAttributes& attributes, double p)
{
    const graph::Tensor& input = *context.input(0);
    const Pool pool = TRY(poolOf(attributes, input.dims()));
    graph::Tensor* output = TRY(context.output(0, input.type(), pool.outputDims));
    if (output->elementCount() == 0)
        return {};
    const T* from = input.data<T>();
    T* to = output->mutableData<T>();
    const std::int64_t outSize = outputPlane(pool.window);
    forPlanes(context, pool, [&](std::int64_t plane) {
        T* out = to + plane * outSize;
        const T* in = from + plane * inputPlane(pool.window);
        withPower<T>(p, [&](auto power) {
            poolPlane(pool.window, in, T(0), out, [&](T sum, T x) { return sum + power(x); });
        });
        for (std::int64_t i = 0; i < outSize; ++i)
            out[i] = rootOf(out[i], p);
    });
    return {};
}

Result<KernelPtr> kernel(const KernelInfo& info)
{
    WindowAttributes attributes = TRY(parseWindow(info.node));
    const double p = TRY(parseP(info.node));
    return dispatch(FloatTypes(), info.inputElement(0), [&](auto tag) -> Result<KernelPtr> {
        return makeKernel([attributes, p](KernelContext& context) {
            return run<typename decltype(tag)::type>(context, attributes, p);
        });
    });
}

} // namespace

OpList lp_pool()
{
    OpSpec spec;
    spec.name = "LpPool";
    spec.firstVersion = 1;
    spec.lastVersion = 23;
    spec.doc = "The p-norm of each window. LpPool-1, LpPool-2, LpPool-11, LpPool-18, LpPool-22.";
    spec.category = OpCategory::Pooling;
    spec.minInputs = 1;
    spec.maxInputs = 1;
    spec.infer = inferPool;
    spec.kernel = kernel;
    spec.cost = poolCost;
    return {spec};
}

} // namespace orrery::ops
