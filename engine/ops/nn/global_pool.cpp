// SPDX-License-Identifier: Apache-2.0
#include "engine/ops/checks.h"
#include "engine/ops/dispatch.h"
#include "engine/ops/nn/lp.h"
#include "engine/ops/nn/statistics.h"
#include "engine/ops/op_spec.h"

#include <fmt/format.h>

#include <limits>

namespace orrery::ops {
namespace {

enum class Kind { Average, Max, Lp };

Result<void> infer(InferContext& context)
{
    TRY(expectRankAtLeast(context, 0, 2, "an input N×C×…"));
    const graph::Shape* input = context.inputShape(0);
    std::optional<graph::Shape> shape;
    if (input != nullptr) {
        shape = graph::Shape(std::vector<graph::Dim>(input->rank(), graph::Dim(1)));
        shape->dims[0] = input->dims[0];
        shape->dims[1] = input->dims[1];
    }
    context.setTensor(0, context.inputElement(0), std::move(shape));
    return {};
}

template<Kind kind, class T>
T pool(const T* data, std::int64_t n, double p)
{
    if constexpr (kind == Kind::Average)
        return static_cast<T>(sumOf(data, n, [](T x) { return x; }) / static_cast<double>(n));
    double sum = 0;
    if constexpr (kind == Kind::Lp)
        withPower<T>(p, [&](auto power) { sum = sumOf(data, n, power); });
    if constexpr (kind == Kind::Lp)
        return static_cast<T>(rootOf(sum, p));
    T best = -std::numeric_limits<T>::infinity();
    for (std::int64_t i = 0; i < n; ++i)
        best = data[i] > best || data[i] != data[i] ? data[i] : best;
    return best;
}

template<Kind kind, class T>
Result<void> run(KernelContext& context, double p)
{
    const graph::Tensor& input = *context.input(0);
    if (input.rank() < 2)
        return badInput(fmt::format("expected an input N×C×…, found {}", graph::dimsText(input.dims())));
    graph::Dims dims(input.rank(), 1);
    std::copy_n(input.dims().begin(), 2, dims.begin());
    graph::Tensor* output = TRY(context.output(0, input.type(), dims));
    if (output->elementCount() == 0)
        return {};
    const std::int64_t size = productOf(input.dims(), 2, input.rank());
    const T* from = input.data<T>();
    T* to = output->mutableData<T>();
    context.parallelFor(output->elementCount(), 16384 / std::max<std::int64_t>(size, 1) + 1,
                        [&](std::int64_t begin, std::int64_t end) {
                            for (std::int64_t i = begin; i < end; ++i)
                                to[i] = pool<kind>(from + i * size, size, p);
                        });
    return {};
}

template<Kind kind>
Result<KernelPtr> kernel(const KernelInfo& info)
{
    const double p = kind == Kind::Lp ? TRY(parseP(info.node)) : 0;
    return dispatch(FloatTypes(), info.inputElement(0), [&](auto tag) -> Result<KernelPtr> {
        return makeKernel(
            [p](KernelContext& context) { return run<kind, typename decltype(tag)::type>(context, p); });
    });
}

Cost cost(const graph::Node& node, std::span<const TensorSize> inputs, std::span<const TensorSize> outputs)
{
    Cost result = copyCost(node, inputs, outputs);
    if (!inputs.empty())
        result.flops = static_cast<double>(inputs[0].elements());
    return result;
}

OpSpec specOf(std::string_view opName, std::string_view doc, KernelFactory factory)
{
    OpSpec spec;
    spec.name = opName;
    spec.firstVersion = 1;
    spec.lastVersion = 23;
    spec.doc = doc;
    spec.category = OpCategory::Pooling;
    spec.minInputs = 1;
    spec.maxInputs = 1;
    spec.infer = infer;
    spec.kernel = factory;
    spec.cost = cost;
    return spec;
}

} // namespace

OpList global_pool()
{
    return {
        specOf("GlobalAveragePool", "The mean of each channel. GlobalAveragePool-1, GlobalAveragePool-22.",
               kernel<Kind::Average>),
        specOf("GlobalMaxPool", "The largest element of each channel. GlobalMaxPool-1, GlobalMaxPool-22.",
               kernel<Kind::Max>),
        specOf("GlobalLpPool", "The p-norm of each channel. GlobalLpPool-1, GlobalLpPool-2, GlobalLpPool-22.",
               kernel<Kind::Lp>)};
}

} // namespace orrery::ops
