// SPDX-License-Identifier: Apache-2.0
#include "engine/ops/checks.h"
#include "engine/ops/dispatch.h"
#include "engine/ops/op_spec.h"

#include <cmath>

namespace orrery::ops {
namespace {

constexpr double epsilon = 1e-9; // of the operator's definition as a function

std::vector<std::int64_t> axesOf(const graph::Node& node) { return node.intsAttribute("axes", {0, 2, 3}); }

Result<std::vector<bool>> reducedAxes(const std::vector<std::int64_t>& axes, std::size_t rank)
{
    std::vector<bool> reduced(rank, false);
    for (std::int64_t axis : axes)
        reduced[static_cast<std::size_t>(TRY(normalizeAxis(axis, rank)))] = true;
    return reduced;
}

Result<void> infer(InferContext& context)
{
    if (const graph::Shape* shape = context.inputShape(0))
        TRY(reducedAxes(axesOf(context.node()), shape->rank()));
    context.setSameAsInput(0, 0);
    return {};
}

// A mean and a deviation for each.
std::size_t statisticsBytes(std::int64_t statistics)
{
    return static_cast<std::size_t>(statistics) * 2 * sizeof(double);
}

std::int64_t scratchOf(const std::vector<std::int64_t>& axes, const TensorSize& input)
{
    const auto reduced = reducedAxes(axes, input.dims.size());
    if (!reduced.ok() || input.elements() == 0)
        return 0;
    std::int64_t statistics = 1;
    for (std::size_t axis = 0; axis < input.dims.size(); ++axis)
        if (!(*reduced)[axis])
            statistics *= input.dims[axis];
    return static_cast<std::int64_t>(statisticsBytes(statistics));
}

// Calls body(element, statistic, count) for every run of `count` elements along the last dim; their sums go
// to the elements of the statistics that begin there.
template<class F>
void forRows(const graph::Dims& dims, const std::vector<std::int64_t>& strides, F&& body)
{
    const std::int64_t length = dims.back();
    std::vector<std::int64_t> index(dims.size(), 0);
    const std::int64_t rows = productOf(dims, 0, dims.size() - 1);
    std::int64_t statistic = 0;
    for (std::int64_t row = 0; row < rows; ++row) {
        body(row * length, statistic, length);
        for (std::size_t axis = dims.size() - 1; axis-- > 0;) {
            statistic += strides[axis];
            if (++index[axis] < dims[axis])
                break;
            statistic -= strides[axis] * dims[axis];
            index[axis] = 0;
        }
    }
}

template<class T>
Result<void> run(KernelContext& context, const std::vector<std::int64_t>& axes)
{
    const graph::Tensor& input = *context.input(0);
    const std::vector<bool> reduced = TRY(reducedAxes(axes, input.rank()));
    graph::Tensor* output = TRY(context.output(0, input.type(), input.dims()));
    if (output->elementCount() == 0)
        return {};
    graph::Dims dims = input.dims();
    std::vector<std::int64_t> strides(dims.size(), 0);
    std::int64_t statistics = 1;
    for (std::size_t axis = dims.size(); axis-- > 0;)
        if (!reduced[axis]) {
            strides[axis] = statistics;
            statistics *= dims[axis];
        }
    if (dims.empty()) {
        dims.push_back(1);
        strides.push_back(0);
    }
    const double count = static_cast<double>(input.elementCount() / statistics);
    const T* in = input.data<T>();
    T* out = output->mutableData<T>();
    auto* mean = reinterpret_cast<double*>(TRY(context.scratch(statisticsBytes(statistics))));
    double* deviation = mean + statistics;
    std::fill_n(mean, statistics * 2, 0.0);
    const std::int64_t step = strides.back();
    forRows(dims, strides, [&](std::int64_t at, std::int64_t s, std::int64_t n) {
        for (std::int64_t i = 0; i < n; ++i)
            mean[s + i * step] += static_cast<double>(in[at + i]);
    });
    for (std::int64_t s = 0; s < statistics; ++s)
        mean[s] /= count;
    forRows(dims, strides, [&](std::int64_t at, std::int64_t s, std::int64_t n) {
        for (std::int64_t i = 0; i < n; ++i) {
            const double difference = static_cast<double>(in[at + i]) - mean[s + i * step];
            deviation[s + i * step] += difference * difference;
        }
    });
    for (std::int64_t s = 0; s < statistics; ++s)
        deviation[s] = std::sqrt(deviation[s] / count) + epsilon;
    forRows(dims, strides, [&](std::int64_t at, std::int64_t s, std::int64_t n) {
        for (std::int64_t i = 0; i < n; ++i)
            out[at + i] = static_cast<T>((static_cast<double>(in[at + i]) - mean[s + i * step]) /
                                         deviation[s + i * step]);
    });
    return {};
}

Result<KernelPtr> kernel(const KernelInfo& info)
{
    return dispatch(FloatTypes(), info.inputElement(0), [&](auto tag) -> Result<KernelPtr> {
        return makeKernel(
            [axes = axesOf(info.node)](KernelContext& context) {
                return run<typename decltype(tag)::type>(context, axes);
            },
            [axes = axesOf(info.node)](const RunSizes& sizes) { return scratchOf(axes, sizes.inputs[0]); });
    });
}

Cost cost(const graph::Node& node, std::span<const TensorSize> inputs, std::span<const TensorSize> outputs)
{
    Cost result = elementwiseCost(node, inputs, outputs);
    result.flops *= 6; // two sums (1 + 3), difference, division
    return result;
}

} // namespace

OpList mean_variance_normalization()
{
    OpSpec spec;
    spec.name = "MeanVarianceNormalization";
    spec.firstVersion = 9;
    spec.lastVersion = 23;
    spec.doc = "Subtracts the mean over the axes and divides by the deviation. MeanVarianceNormalization-9, "
               "MeanVarianceNormalization-13.";
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
