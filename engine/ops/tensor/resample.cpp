// SPDX-License-Identifier: Apache-2.0
//
// Nearest moves bytes: rows of the output are gathered from rows of the input, and a row equal to the one
// before it is copied from there. The other interpolations work on pairs of neighbouring axes in one go: for
// each output row, the input rows that it is made of are blended over their whole length (dense, vectorised),
// and the blend is interpolated along the second axis. Three or more resampled axes take a round for each of
// the first ones. Integers are computed in floating point and truncated, as the ONNX reference does, after a
// nudge that keeps rounding noise from turning 255 into 254.
#include "engine/ops/tensor/resample.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace orrery::ops {

using graph::Tensor;

namespace {

struct Rows {
    const std::vector<Taps>& taps; // of the axes up to the row's; block is what is behind them
    std::int64_t block = 1;
    graph::Dims strides; // of the input, in elements
};

template<class T>
void gatherRow(const T* from, T* to, const Taps& taps, std::int64_t block)
{
    const std::int32_t* map = taps.indices.data();
    if (taps.identity) {
        std::copy(from, from + taps.input * block, to);
    } else if (block > 1) {
        for (std::int64_t x = 0; x < taps.output; ++x)
            std::copy(from + map[x] * block, from + (map[x] + 1) * block, to + x * block);
    } else {
        for (std::int64_t x = 0; x < taps.output; ++x)
            to[x] = from[map[x]];
    }
}

// Each element twice in a row: the most common enlargement.
bool doubles(const Taps& taps)
{
    bool result = taps.output == 2 * taps.input;
    for (std::int64_t x = 0; result && x < taps.output; ++x)
        result = taps.indices[static_cast<std::size_t>(x)] == x / 2;
    return result;
}

template<class T>
void doubleRow(const T* from, T* to, std::int64_t count)
{
    for (std::int64_t x = 0; x < count; ++x) {
        to[2 * x] = from[x];
        to[2 * x + 1] = from[x];
    }
}

template<class T>
void nearestRows(KernelContext& context, const Rows& rows, const T* from, T* to, std::int64_t count)
{
    const Taps& last = rows.taps.back();
    std::int64_t length = last.output * rows.block;
    bool twice = rows.block == 1 && doubles(last);
    std::int64_t grain = std::max<std::int64_t>(1, 16 * 1024 / length);
    context.parallelFor(count, grain, [&](std::int64_t begin, std::int64_t end) {
        std::int64_t previous = -1;
        for (std::int64_t row = begin; row < end; ++row) {
            std::int64_t base = 0;
            std::int64_t rest = row;
            for (std::size_t i = rows.taps.size() - 1; i-- > 0;) {
                const Taps& taps = rows.taps[i];
                base += taps.indices[static_cast<std::size_t>(rest % taps.output)] * rows.strides[i];
                rest /= taps.output;
            }
            T* target = to + row * length;
            if (base == previous)
                std::copy(target - length, target, target);
            else if (twice)
                doubleRow(from + base, target, last.input);
            else
                gatherRow(from + base, target, last, rows.block);
            previous = base;
        }
    });
}

// Taps with weights in the type of the computation.
template<class A>
struct Weighted {
    const Taps& taps;
    std::vector<A> weights;

    explicit Weighted(const Taps& t)
        : taps(t)
        , weights(t.weights.begin(), t.weights.end())
    {}
};

// The blend of the rows that one output row is made of; each `length` long.
template<class A>
void blendRows(const Weighted<A>& vertical, std::int64_t y, const A* from, std::int64_t length, A* blend)
{
    auto at = static_cast<std::size_t>(y * vertical.taps.count);
    const std::int32_t* rows = vertical.taps.indices.data() + at;
    const A* weights = vertical.weights.data() + at;
    const A* first = from + rows[0] * length;
    if (vertical.taps.count == 1) {
        for (std::int64_t i = 0; i < length; ++i)
            blend[i] = first[i] * weights[0];
        return;
    }
    const A* second = from + rows[1] * length;
    for (std::int64_t i = 0; i < length; ++i)
        blend[i] = first[i] * weights[0] + second[i] * weights[1];
    for (std::int64_t t = 2; t < vertical.taps.count; ++t) {
        const A* row = from + rows[t] * length;
        for (std::int64_t i = 0; i < length; ++i)
            blend[i] += row[i] * weights[t];
    }
}

template<class A>
void interpolateRow(const Weighted<A>& horizontal, const A* blend, std::int64_t inner, A* to)
{
    std::int64_t count = horizontal.taps.count;
    const std::int32_t* indices = horizontal.taps.indices.data();
    const A* weights = horizontal.weights.data();
    if (horizontal.taps.identity) {
        std::copy(blend, blend + horizontal.taps.input * inner, to);
    } else if (inner == 1 && count == 2) {
        for (std::int64_t x = 0; x < horizontal.taps.output; ++x)
            to[x] = blend[indices[2 * x]] * weights[2 * x] + blend[indices[2 * x + 1]] * weights[2 * x + 1];
    } else if (inner == 1) {
        for (std::int64_t x = 0; x < horizontal.taps.output; ++x, indices += count, weights += count) {
            A sum = blend[indices[0]] * weights[0];
            for (std::int64_t t = 1; t < count; ++t)
                sum += blend[indices[t]] * weights[t];
            to[x] = sum;
        }
    } else {
        for (std::int64_t x = 0; x < horizontal.taps.output; ++x) {
            A* target = to + x * inner;
            std::fill(target, target + inner, A(0));
            for (std::int64_t t = 0; t < count; ++t) {
                const A* source = blend + indices[x * count + t] * inner;
                A weight = weights[x * count + t];
                for (std::int64_t i = 0; i < inner; ++i)
                    target[i] += source[i] * weight;
            }
        }
    }
}

// [outer, v.input, h.input, inner] becomes [outer, v.output, h.output, inner].
template<class A>
void resamplePair(KernelContext& context, const A* from, A* to, std::int64_t outer, const Taps& v,
                  const Taps& h, std::int64_t inner)
{
    Weighted<A> vertical(v);
    Weighted<A> horizontal(h);
    std::int64_t inputRow = h.input * inner;
    std::int64_t outputRow = h.output * inner;
    std::int64_t grain = std::max<std::int64_t>(1, 16 * 1024 / std::max(inputRow, outputRow));
    context.parallelFor(outer * v.output, grain, [&](std::int64_t begin, std::int64_t end) {
        std::vector<A> blend(static_cast<std::size_t>(inputRow));
        for (std::int64_t row = begin; row < end; ++row) {
            const A* plane = from + row / v.output * v.input * inputRow;
            blendRows(vertical, row % v.output, plane, inputRow, blend.data());
            interpolateRow(horizontal, blend.data(), inner, to + row * outputRow);
        }
    });
}

template<class A>
Result<A*> scratchFor(KernelContext& context, std::int64_t count)
{
    auto bytes = graph::byteSizeOf(graph::dataTypeOf<A>(), {count});
    if (!bytes)
        return Error{ErrorCode::LimitReached, "an intermediate tensor is larger than the address space", {}};
    return reinterpret_cast<A*>(TRY(context.scratch(*bytes)));
}

// A round treats one axis, or two neighbours when they are the last.
struct Round {
    std::size_t axis = 0;
    bool pair = false;
};

std::vector<Round> roundsOver(const std::vector<std::size_t>& open)
{
    std::vector<Round> rounds;
    for (std::size_t next = 0; next < open.size();) {
        rounds.push_back({open[next], next + 2 == open.size() && open[next + 1] == open[next] + 1});
        next += rounds.back().pair ? 2 : 1;
    }
    return rounds;
}

// What integers are computed in.
template<class T>
using Computed =
    std::conditional_t<std::is_floating_point_v<T>, T, std::conditional_t<sizeof(T) <= 2, float, double>>;

// Rounds over the axes that are not identity; the last round writes to `to`.
template<class A>
Result<void> interpolate(KernelContext& context, const A* from, A* to, const std::vector<Taps>& taps)
{
    graph::Dims dims;
    std::vector<std::size_t> open;
    for (std::size_t i = 0; i < taps.size(); ++i) {
        dims.push_back(taps[i].input);
        if (!taps[i].identity)
            open.push_back(i);
    }
    if (open.empty()) {
        std::copy(from, from + productOf(dims), to);
        return {};
    }
    Taps single;
    single.input = single.output = 1;
    single.indices = {0};
    single.weights = {1};
    single.identity = true;
    const std::vector<Round> rounds = roundsOver(open);
    for (const auto& [axis, pair] : rounds) {
        std::int64_t outer = productOf(dimsBetween(dims, 0, axis));
        std::int64_t inner = productOf(dimsBetween(dims, axis + (pair ? 2 : 1), dims.size()));
        dims[axis] = taps[axis].output;
        if (pair)
            dims[axis + 1] = taps[axis + 1].output;
        bool last = axis == rounds.back().axis;
        A* target = last ? to : TRY(scratchFor<A>(context, productOf(dims)));
        resamplePair(context, from, target, outer, taps[axis], pair ? taps[axis + 1] : single, inner);
        from = target;
    }
    return {};
}

template<class T, class A>
T truncated(A value)
{
    constexpr auto low = static_cast<A>(std::numeric_limits<T>::min());
    constexpr auto high = static_cast<A>(std::numeric_limits<T>::max());
    value += std::copysign(A(1) / 1024, value);
    if (!(value > low)) // also what is not a number
        return std::numeric_limits<T>::min();
    return value >= high ? std::numeric_limits<T>::max() : static_cast<T>(value);
}

template<class T>
Result<void> interpolateAs(KernelContext& context, const Tensor& input, Tensor& output,
                           const std::vector<Taps>& taps)
{
    if constexpr (std::is_floating_point_v<T>) {
        return interpolate<T>(context, input.data<T>(), output.mutableData<T>(), taps);
    } else {
        using A = Computed<T>;
        A* from = TRY(scratchFor<A>(context, input.elementCount()));
        A* to = TRY(scratchFor<A>(context, output.elementCount()));
        std::copy_n(input.data<T>(), input.elementCount(), from);
        TRY(interpolate<A>(context, from, to, taps));
        std::transform(to, to + output.elementCount(), output.mutableData<T>(), truncated<T, A>);
        return {};
    }
}

// Elements whose position is outside of the input on any axis.
Result<void> extrapolate(Tensor& output, const std::vector<Taps>& taps, float value)
{
    if (std::all_of(taps.begin(), taps.end(), [](const Taps& t) { return t.outside.empty(); }))
        return {};
    return dispatch(NumberTypes(), output.type(), [&]<class T>(TypeTag<T>) -> Result<void> {
        T* to = output.mutableData<T>();
        T fill = 0;
        if constexpr (std::is_floating_point_v<T>)
            fill = static_cast<T>(value);
        else
            fill = truncated<T, double>(value);
        for (std::int64_t n = 0; n < output.elementCount(); ++n) {
            std::int64_t rest = n;
            for (std::size_t i = taps.size(); i-- > 0;) {
                auto index = static_cast<std::size_t>(rest % taps[i].output);
                rest /= taps[i].output;
                if (!taps[i].outside.empty() && taps[i].outside[index])
                    to[n] = fill;
            }
        }
        return {};
    });
}

} // namespace

std::int64_t resampleScratchBytes(const TensorSize& input, const TensorSize& output,
                                  Interpolation interpolation)
{
    if (interpolation == Interpolation::Nearest || output.elements() == 0 ||
        input.dims.size() != output.dims.size())
        return 0;
    std::vector<std::size_t> open;
    for (std::size_t i = 0; i < input.dims.size(); ++i)
        if (input.dims[i] != output.dims[i])
            open.push_back(i);
    const std::vector<Round> rounds = roundsOver(open);
    graph::Dims dims = input.dims;
    std::int64_t elements = 0;
    for (const auto& [axis, pair] : rounds) {
        dims[axis] = output.dims[axis];
        if (pair)
            dims[axis + 1] = output.dims[axis + 1];
        if (axis != rounds.back().axis) // the last writes to the result
            elements += productOf(dims);
    }
    std::int64_t bytes = 0;
    const auto counted = dispatch(NumberTypes(), input.type, [&]<class T>(TypeTag<T>) -> Result<void> {
        if (!std::is_floating_point_v<T>)
            elements += input.elements() + output.elements();
        bytes = elements * static_cast<std::int64_t>(sizeof(Computed<T>));
        return {};
    });
    return counted.ok() ? bytes : 0;
}

Result<void> resample(KernelContext& context, const Tensor& input, Tensor& output,
                      std::span<const ResampledAxis> axes, const ResampleOptions& options)
{
    TRY(slotBytes(input.type()));
    if (output.elementCount() == 0)
        return {};
    std::vector<Taps> taps;
    for (const ResampledAxis& axis : axes) {
        if (axis.input < 1 || axis.input > std::numeric_limits<std::int32_t>::max())
            return runError("an axis of length " + std::to_string(axis.input) + " cannot be resized");
        taps.push_back(tapsOf(axis, options));
    }
    if (options.interpolation != Interpolation::Nearest) {
        TRY(dispatch(NumberTypes(), input.type(), [&]<class T>(TypeTag<T>) -> Result<void> {
            return interpolateAs<T>(context, input, output, taps);
        }));
        return extrapolate(output, taps, options.extrapolation);
    }
    std::vector<Taps> mapped = taps;
    std::int64_t block = 1;
    while (mapped.size() > 1 && mapped.back().identity) {
        block *= mapped.back().input;
        mapped.pop_back();
    }
    if (!mapped.empty()) {
        Rows rows{mapped, block, rowMajorStrides(input.dims())};
        std::int64_t count = output.elementCount() / (mapped.back().output * block);
        TRY(withSlot(input.type(), [&]<class T>(TypeTag<T>) -> Result<void> {
            nearestRows(context, rows, reinterpret_cast<const T*>(slots(input)),
                        reinterpret_cast<T*>(slots(output)), count);
            return {};
        }));
    } else {
        copySlots(input.type(), slots(input), slots(output), 1);
    }
    return extrapolate(output, taps, options.extrapolation);
}

} // namespace orrery::ops
