// SPDX-License-Identifier: Apache-2.0
//
// Gates in the order i (input), o (output), f (forget), c (candidate), peepholes P in the order i, o, f:
//   i = f(Xi + H·Riᵀ + Pi ∘ C)   f = f(Xf + H·Rfᵀ + Pf ∘ C), or 1 - i with input_forget   c = g(Xc + H·Rcᵀ)
//   C = f ∘ C + i ∘ c            o = f(Xo + H·Roᵀ + Po ∘ C)         H = o ∘ h(C)
#include "engine/ops/dispatch.h"
#include "engine/ops/recurrent/cell_loop.h"

namespace orrery::ops {
namespace {

struct LstmCell {
    template<class T>
    static void step(KernelContext& context, const CellView<T>& view, std::int64_t rows, T* input, T* hidden,
                     T* cell, T* work)
    {
        const std::int64_t n = view.hidden;
        parallelMatrixProduct<T>(context, {rows, 4 * n, n}, {hidden, n},
                                 {view.recurrentWeight, n, Layout::Transposed}, input, 4 * n, Into::Add);
        for (std::int64_t row = 0; row < rows; ++row) {
            T* in = input + row * 4 * n;
            T* out = in + n;
            T* forget = in + 2 * n;
            T* candidate = in + 3 * n;
            T* h = hidden + row * n;
            T* c = cell + row * n;
            for (std::int64_t j = 0; view.recurrentBias != nullptr && j < 4 * n; ++j)
                in[j] += view.recurrentBias[j];
            if (view.peephole != nullptr)
                for (std::int64_t j = 0; j < n; ++j) {
                    in[j] += view.peephole[j] * c[j];
                    forget[j] += view.peephole[2 * n + j] * c[j];
                }
            view.clip(in, n);
            view.clip(forget, 2 * n); // and the candidate
            apply(view.activations[0], in, n);
            if (view.attributes->inputForget)
                for (std::int64_t j = 0; j < n; ++j)
                    forget[j] = T(1) - in[j];
            else
                apply(view.activations[0], forget, n);
            apply(view.activations[1], candidate, n);
            for (std::int64_t j = 0; j < n; ++j)
                c[j] = forget[j] * c[j] + in[j] * candidate[j];
            for (std::int64_t j = 0; view.peephole != nullptr && j < n; ++j)
                out[j] += view.peephole[n + j] * c[j];
            view.clip(out, n);
            apply(view.activations[0], out, n);
            std::copy_n(c, n, work);
            apply(view.activations[2], work, n);
            for (std::int64_t j = 0; j < n; ++j)
                h[j] = out[j] * work[j];
        }
    }
};

Result<KernelPtr> kernel(const KernelInfo& info)
{
    TRY(expectElement(info, info.inputElement(0), {1, 2, 3, 5, 6, 7}));
    RecurrentAttributes attributes = TRY(parseRecurrent(info.node, 4, {"Sigmoid", "Tanh", "Tanh"}));
    return dispatch(FloatTypes(), info.inputElement(0), [&](auto tag) -> Result<KernelPtr> {
        using T = typename decltype(tag)::type;
        return makeKernel(
            [attributes](KernelContext& context) { return runRecurrent<T, LstmCell>(context, attributes); },
            [attributes](const RunSizes& sizes) { return workBytes(attributes, sizes, sizeof(T)); });
    });
}

} // namespace

OpList lstm()
{
    OpSpec spec;
    spec.name = "LSTM";
    spec.firstVersion = 7;
    spec.lastVersion = 23;
    spec.doc = "A layer of long short-term memory, one or both ways. LSTM-7, LSTM-14, LSTM-22.";
    spec.category = OpCategory::Recurrent;
    spec.minInputs = 3;
    spec.maxInputs = 8;
    spec.minOutputs = 0;
    spec.maxOutputs = 3;
    spec.infer = inferRecurrent;
    spec.kernel = kernel;
    spec.cost = recurrentCost;
    return {spec};
}

} // namespace orrery::ops
