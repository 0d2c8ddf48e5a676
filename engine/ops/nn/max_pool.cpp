// SPDX-License-Identifier: Apache-2.0
#include "engine/ops/dispatch.h"
#include "engine/ops/nn/pool.h"

#include <limits>

namespace orrery::ops {
namespace {

using MaxPoolTypes = TypeList<float, double, std::int8_t, std::uint8_t>;

enum class StorageOrder { RowMajor, ColumnMajor };

template<class T>
constexpr T lowest()
{
    if constexpr (std::is_floating_point_v<T>)
        return -std::numeric_limits<T>::infinity();
    else
        return std::numeric_limits<T>::lowest();
}

// The larger; NaN wins and stays.
template<class T>
T larger(T best, T value)
{
    return value > best || value != value ? value : best;
}

// The largest element of each window and where it lies in the whole input; the first of equals.
template<class T>
void poolWithIndices(const Window& window, StorageOrder order, std::int64_t plane, const T* input, T* output,
                     std::int64_t* indices)
{
    const auto& [d, h, w] = window;
    const std::int64_t planeSize = inputPlane(window);
    for (std::int64_t i = 0; i < outputPlane(window); ++i) {
        const std::int64_t startD = i / w.output / h.output * d.stride - d.padBegin;
        const std::int64_t startH = i / w.output % h.output * h.stride - h.padBegin;
        const std::int64_t startW = i % w.output * w.stride - w.padBegin;
        const Span insideD = insideKernel(d, startD);
        const Span insideH = insideKernel(h, startH);
        const Span insideW = insideKernel(w, startW);
        T best = lowest<T>();
        std::int64_t at = -1;
        for (std::int64_t kd = insideD.begin; kd < insideD.end; ++kd)
            for (std::int64_t kh = insideH.begin; kh < insideH.end; ++kh)
                for (std::int64_t kw = insideW.begin; kw < insideW.end; ++kw) {
                    const std::int64_t z = startD + kd * d.dilation;
                    const std::int64_t y = startH + kh * h.dilation;
                    const std::int64_t x = startW + kw * w.dilation;
                    const T value = input[(z * h.input + y) * w.input + x];
                    if (at >= 0 && !(value > best || (value != value && best == best)))
                        continue;
                    best = value;
                    at = order == StorageOrder::RowMajor ? (z * h.input + y) * w.input + x
                                                         : (x * h.input + y) * d.input + z;
                }
        output[i] = best;
        indices[i] = at < 0 ? -1 : plane * planeSize + at;
    }
}

template<class T>
Result<void> run(KernelContext& context, const WindowAttributes& attributes, StorageOrder order)
{
    const graph::Tensor& input = *context.input(0);
    const Pool pool = TRY(poolOf(attributes, input.dims()));
    graph::Tensor* output = TRY(context.output(0, input.type(), pool.outputDims));
    std::int64_t* indices = nullptr;
    if (context.wantsOutput(1))
        indices =
            TRY(context.output(1, graph::DataType::Int64, pool.outputDims))->mutableData<std::int64_t>();
    if (output->elementCount() == 0)
        return {};
    const T* from = input.data<T>();
    T* to = output->mutableData<T>();
    const std::int64_t inSize = inputPlane(pool.window);
    const std::int64_t outSize = outputPlane(pool.window);
    forPlanes(context, pool, [&](std::int64_t plane) {
        if (indices != nullptr)
            poolWithIndices(pool.window, order, plane, from + plane * inSize, to + plane * outSize,
                            indices + plane * outSize);
        else
            poolPlane(pool.window, from + plane * inSize, lowest<T>(), to + plane * outSize, larger<T>);
    });
    return {};
}

Result<KernelPtr> kernel(const KernelInfo& info)
{
    WindowAttributes attributes = TRY(parseWindow(info.node));
    const StorageOrder order =
        info.node.intAttribute("storage_order", 0) == 0 ? StorageOrder::RowMajor : StorageOrder::ColumnMajor;
    return dispatch(MaxPoolTypes(), info.inputElement(0), [&](auto tag) -> Result<KernelPtr> {
        return makeKernel([attributes, order](KernelContext& context) {
            return run<typename decltype(tag)::type>(context, attributes, order);
        });
    });
}

} // namespace

OpList max_pool()
{
    OpSpec spec;
    spec.name = "MaxPool";
    spec.firstVersion = 1;
    spec.lastVersion = 23;
    spec.doc =
        "The largest element of each window, and its index. MaxPool-1, MaxPool-8, MaxPool-10, MaxPool-11, "
        "MaxPool-12, MaxPool-22.";
    spec.category = OpCategory::Pooling;
    spec.minInputs = 1;
    spec.maxInputs = 1;
    spec.maxOutputs = 2;
    spec.infer = inferPool;
    spec.kernel = kernel;
    spec.cost = poolCost;
    return {spec};
}

} // namespace orrery::ops
