// SPDX-License-Identifier: Apache-2.0
//
// Softmax, LogSoftmax and Hardmax. Before opset 13 the input is seen as a matrix, cut at the axis (default
// 1), and each row is normalized; from 13 on each line along the axis (default -1) is. Both are the same loop
// over outer × length × inner, with inner = 1 for the former. Lines that are not contiguous are taken in
// bunches of neighbours, so that both cases vectorise.
#include "engine/ops/checks.h"
#include "engine/ops/dispatch.h"
#include "engine/ops/math/vector_math.h"
#include "engine/ops/op_spec.h"

#include <algorithm>
#include <limits>

namespace orrery::ops {
namespace {

enum class Kind { Softmax, LogSoftmax, Hardmax };

constexpr std::int64_t bunch = 64;

struct Lines {
    std::int64_t outer = 1;
    std::int64_t length = 1;
    std::int64_t inner = 1;
};

Result<Lines> linesOf(const graph::Dims& dims, std::int64_t axis, std::int64_t version)
{
    Lines lines;
    if (version < 13 && axis == static_cast<std::int64_t>(dims.size())) { // rows of one element each
        lines.outer = productOf(dims, 0, dims.size());
        return lines;
    }
    if (dims.empty() && (axis == 0 || axis == -1))
        return lines;
    const auto at = static_cast<std::size_t>(TRY(normalizeAxis(axis, dims.size())));
    lines.outer = productOf(dims, 0, at);
    lines.length = version < 13 ? productOf(dims, at, dims.size()) : dims[at];
    lines.inner = version < 13 ? 1 : productOf(dims, at + 1, dims.size());
    return lines;
}

Result<void> infer(InferContext& context)
{
    const std::int64_t axis = context.node().intAttribute("axis", context.opsetVersion() < 13 ? 1 : -1);
    if (const graph::Shape* shape = context.inputShape(0))
        TRY(linesOf(graph::Dims(shape->rank(), 1), axis, context.opsetVersion()));
    context.setSameAsInput(0, 0);
    return {};
}

float exponential(float x) { return vec::exp(x); }
double exponential(double x) { return std::exp(x); }

template<class T>
T larger(T best, T value) // NaN wins
{
    return value > best || value != value ? value : best;
}

// One contiguous line.
template<Kind kind, class T>
void line(const T* in, T* out, std::int64_t n)
{
    if constexpr (kind == Kind::Hardmax) {
        const auto best = std::max_element(in, in + n) - in;
        std::fill_n(out, n, T(0));
        out[best] = T(1);
        return;
    }
    T top = -std::numeric_limits<T>::infinity();
    for (std::int64_t i = 0; i < n; ++i)
        top = larger(top, in[i]);
    T sum = 0;
    constexpr std::int64_t block = 256;
    for (std::int64_t at = 0; at < n; at += block) {
        T powers[block];
        const std::int64_t count = std::min(block, n - at);
        for (std::int64_t i = 0; i < count; ++i)
            powers[i] = exponential(in[at + i] - top);
        for (std::int64_t i = 0; i < count; ++i)
            sum += powers[i];
        if constexpr (kind == Kind::Softmax)
            std::copy_n(powers, count, out + at);
    }
    if constexpr (kind == Kind::Softmax) {
        const T scale = T(1) / sum;
        for (std::int64_t i = 0; i < n; ++i)
            out[i] *= scale;
    } else {
        const T shift = std::log(sum);
        for (std::int64_t i = 0; i < n; ++i)
            out[i] = (in[i] - top) - shift;
    }
}

// `width` neighbouring lines whose elements are `stride` apart.
template<Kind kind, class T>
void lineBunch(const T* in, T* out, std::int64_t n, std::int64_t stride, std::int64_t width)
{
    T top[bunch];
    T sum[bunch];
    std::int64_t where[bunch];
    std::fill_n(top, width, -std::numeric_limits<T>::infinity());
    std::fill_n(sum, width, T(0));
    std::fill_n(where, width, std::int64_t(0));
    for (std::int64_t i = 0; i < n; ++i)
        for (std::int64_t j = 0; j < width; ++j) {
            if (kind == Kind::Hardmax && in[i * stride + j] > top[j])
                where[j] = i;
            top[j] = larger(top[j], in[i * stride + j]);
        }
    if constexpr (kind == Kind::Hardmax) {
        for (std::int64_t i = 0; i < n; ++i)
            for (std::int64_t j = 0; j < width; ++j)
                out[i * stride + j] = where[j] == i ? T(1) : T(0);
        return;
    }
    for (std::int64_t i = 0; i < n; ++i)
        for (std::int64_t j = 0; j < width; ++j) {
            const T power = exponential(in[i * stride + j] - top[j]);
            sum[j] += power;
            if (kind == Kind::Softmax)
                out[i * stride + j] = power;
        }
    for (std::int64_t j = 0; j < width; ++j)
        sum[j] = kind == Kind::Softmax ? T(1) / sum[j] : std::log(sum[j]);
    for (std::int64_t i = 0; i < n; ++i)
        for (std::int64_t j = 0; j < width; ++j) {
            T& result = out[i * stride + j];
            result = kind == Kind::Softmax ? result * sum[j] : (in[i * stride + j] - top[j]) - sum[j];
        }
}

template<Kind kind, class T>
Result<void> run(KernelContext& context, std::int64_t axis, std::int64_t version)
{
    const graph::Tensor& input = *context.input(0);
    const Lines lines = TRY(linesOf(input.dims(), axis, version));
    graph::Tensor* output = TRY(context.output(0, input.type(), input.dims()));
    if (output->elementCount() == 0)
        return {};
    const T* in = input.data<T>();
    T* out = output->mutableData<T>();
    const std::int64_t bunches = (lines.inner + bunch - 1) / bunch;
    const std::int64_t work = lines.length * std::min(lines.inner, bunch);
    context.parallelFor(lines.outer * bunches, 4096 / work + 1, [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t task = begin; task < end; ++task) {
            const std::int64_t first = task % bunches * bunch;
            const std::int64_t offset = task / bunches * lines.length * lines.inner + first;
            if (lines.inner == 1)
                line<kind>(in + offset, out + offset, lines.length);
            else
                lineBunch<kind>(in + offset, out + offset, lines.length, lines.inner,
                                std::min(bunch, lines.inner - first));
        }
    });
    return {};
}

template<Kind kind>
Result<KernelPtr> kernel(const KernelInfo& info)
{
    const std::int64_t version = info.opsetVersion;
    const std::int64_t axis = info.node.intAttribute("axis", version < 13 ? 1 : -1);
    return dispatch(FloatTypes(), info.inputElement(0), [&](auto tag) -> Result<KernelPtr> {
        return makeKernel([axis, version](KernelContext& context) {
            return run<kind, typename decltype(tag)::type>(context, axis, version);
        });
    });
}

// A comparison, a subtraction, an exponential, an addition and a scaling for each element.
Cost cost(const graph::Node& node, std::span<const TensorSize> inputs, std::span<const TensorSize> outputs)
{
    Cost result = elementwiseCost(node, inputs, outputs);
    result.flops *= node.opType == "Hardmax" ? 1 : 5;
    return result;
}

OpSpec specOf(std::string_view opName, std::string_view doc, KernelFactory factory)
{
    OpSpec spec;
    spec.name = opName;
    spec.firstVersion = 1;
    spec.lastVersion = 23;
    spec.doc = doc;
    spec.category = OpCategory::Activation;
    spec.minInputs = 1;
    spec.maxInputs = 1;
    spec.infer = infer;
    spec.kernel = factory;
    spec.cost = cost;
    spec.inPlace = {{0, 0}};
    return spec;
}

} // namespace

OpList softmax()
{
    OpList list = {
        specOf("Softmax",
               "exp(x) divided by the sum of exp along the axis. Softmax-1, Softmax-11, Softmax-13.",
               kernel<Kind::Softmax>),
        specOf("LogSoftmax", "The logarithm of Softmax. LogSoftmax-1, LogSoftmax-11, LogSoftmax-13.",
               kernel<Kind::LogSoftmax>),
        specOf("Hardmax",
               "1 for the first largest element along the axis, 0 for the others. Hardmax-1, Hardmax-11, "
               "Hardmax-13.",
               kernel<Kind::Hardmax>)};
    list[2].inPlace.clear();
    return list;
}

} // namespace orrery::ops
