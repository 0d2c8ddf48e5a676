// SPDX-License-Identifier: Apache-2.0
//
// Gates in the order z (update), r (reset), h (candidate):
//   z = f(Xz + H·Rzᵀ + Rbz)    r = f(Xr + H·Rrᵀ + Rbr)         where X· = X·W·ᵀ + Wb·
//   h = g(Xh + (r ∘ H)·Rhᵀ + Rbh), or with linear_before_reset h = g(Xh + r ∘ (H·Rhᵀ + Rbh))
//   H = (1 - z) ∘ h + z ∘ H
#include "engine/ops/dispatch.h"
#include "engine/ops/recurrent/cell_loop.h"

namespace orrery::ops {
namespace {

struct GruCell {
    template<class T>
    static void step(KernelContext& context, const CellView<T>& view, std::int64_t rows, T* input, T* hidden,
                     T*, T* gates)
    {
        const std::int64_t n = view.hidden;
        const bool linear = view.attributes->linearBeforeReset;
        // gates = H·Rᵀ + Rb: all three, or z and r alone
        const std::int64_t columns = linear ? 3 * n : 2 * n;
        for (std::int64_t i = 0; i < rows; ++i)
            if (view.recurrentBias != nullptr)
                std::copy_n(view.recurrentBias, 3 * n, gates + i * 3 * n);
            else
                std::fill_n(gates + i * 3 * n, 3 * n, T(0));
        parallelMatrixProduct<T>(context, {rows, columns, n}, {hidden, n},
                                 {view.recurrentWeight, n, Layout::Transposed}, gates, 3 * n, Into::Add);
        for (std::int64_t i = 0; i < rows; ++i) {
            T* x = input + i * 3 * n;
            const T* g = gates + i * 3 * n;
            for (std::int64_t j = 0; j < 2 * n; ++j)
                x[j] += g[j];
            view.clip(x, 2 * n);
            apply(view.activations[0], x, 2 * n);
        }
        if (!linear) {
            for (std::int64_t i = 0; i < rows; ++i)
                for (std::int64_t j = 0; j < n; ++j) // over z and r, whose products are used up
                    gates[i * 3 * n + j] = input[i * 3 * n + n + j] * hidden[i * n + j];
            parallelMatrixProduct<T>(context, {rows, n, n}, {gates, 3 * n},
                                     {view.recurrentWeight + 2 * n * n, n, Layout::Transposed}, gates + 2 * n,
                                     3 * n, Into::Add);
        }
        for (std::int64_t i = 0; i < rows; ++i) {
            T* x = input + i * 3 * n;
            const T* product = gates + i * 3 * n + 2 * n;
            T* h = hidden + i * n;
            T* candidate = x + 2 * n;
            for (std::int64_t j = 0; j < n; ++j)
                candidate[j] += linear ? x[n + j] * product[j] : product[j];
            view.clip(candidate, n);
            apply(view.activations[1], candidate, n);
            for (std::int64_t j = 0; j < n; ++j)
                h[j] = (T(1) - x[j]) * candidate[j] + x[j] * h[j];
        }
    }
};

Result<KernelPtr> kernel(const KernelInfo& info)
{
    TRY(expectElement(info, info.inputElement(0), {1, 2, 3, 5}));
    RecurrentAttributes attributes = TRY(parseRecurrent(info.node, 3, {"Sigmoid", "Tanh"}));
    return dispatch(FloatTypes(), info.inputElement(0), [&](auto tag) -> Result<KernelPtr> {
        using T = typename decltype(tag)::type;
        return makeKernel(
            [attributes](KernelContext& context) { return runRecurrent<T, GruCell>(context, attributes); },
            [attributes](const RunSizes& sizes) { return workBytes(attributes, sizes, sizeof(T)); });
    });
}

} // namespace

OpList gru()
{
    OpSpec spec;
    spec.name = "GRU";
    spec.firstVersion = 7;
    spec.lastVersion = 23;
    spec.doc = "A layer of gated recurrent units, one or both ways. GRU-7, GRU-14, GRU-22.";
    spec.category = OpCategory::Recurrent;
    spec.minInputs = 3;
    spec.maxInputs = 6;
    spec.minOutputs = 0;
    spec.maxOutputs = 2;
    spec.infer = inferRecurrent;
    spec.kernel = kernel;
    spec.cost = recurrentCost;
    return {spec};
}

} // namespace orrery::ops
