// SPDX-License-Identifier: Apache-2.0
//
// H = f(X·Wᵀ + H·Rᵀ + Wb + Rb)
#include "engine/ops/dispatch.h"
#include "engine/ops/recurrent/cell_loop.h"

namespace orrery::ops {
namespace {

struct RnnCell {
    template<class T>
    static void step(KernelContext& context, const CellView<T>& view, std::int64_t rows, T* input, T* hidden,
                     T*, T*)
    {
        const std::int64_t n = view.hidden;
        parallelMatrixProduct<T>(context, {rows, n, n}, {hidden, n},
                                 {view.recurrentWeight, n, Layout::Transposed}, input, n, Into::Add);
        for (std::int64_t i = 0; view.recurrentBias != nullptr && i < rows; ++i)
            for (std::int64_t j = 0; j < n; ++j)
                input[i * n + j] += view.recurrentBias[j];
        view.clip(input, rows * n);
        apply(view.activations[0], input, rows * n);
        std::copy_n(input, rows * n, hidden);
    }
};

Result<KernelPtr> kernel(const KernelInfo& info)
{
    TRY(expectElement(info, info.inputElement(0), {1, 2, 3, 5}));
    RecurrentAttributes attributes = TRY(parseRecurrent(info.node, 1, {"Tanh"}));
    return dispatch(FloatTypes(), info.inputElement(0), [&](auto tag) -> Result<KernelPtr> {
        using T = typename decltype(tag)::type;
        return makeKernel(
            [attributes](KernelContext& context) { return runRecurrent<T, RnnCell>(context, attributes); },
            [attributes](const RunSizes& sizes) { return workBytes(attributes, sizes, sizeof(T)); });
    });
}

} // namespace

OpList rnn()
{
    OpSpec spec;
    spec.name = "RNN";
    spec.firstVersion = 7;
    spec.lastVersion = 23;
    spec.doc = "A simple recurrent layer, one or both ways. RNN-7, RNN-14, RNN-22.";
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
