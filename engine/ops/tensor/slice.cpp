// SPDX-License-Identifier: Apache-2.0
//
// Starts and ends are clamped to the axis: to [0, length] when walking forward, to [-1, length - 1] when
// walking back. With a symbolic length only three kinds of slices get an extent: the whole axis, all but a
// number of elements at one end, and the last element; the axis is taken to have that many elements at least.
#include "engine/ops/tensor/arguments.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

namespace orrery::ops {
namespace {

using graph::Dim;
using Ints = std::vector<std::int64_t>;

constexpr std::int64_t farAway =
    std::numeric_limits<std::int32_t>::max(); // what exporters write for "the end"

struct Span {
    std::int64_t start = 0;
    std::int64_t count = 0;
    std::int64_t step = 1;
};

Result<Span> clampedSpan(std::int64_t start, std::int64_t end, std::int64_t step, std::int64_t length)
{
    if (step == 0)
        return badInput("a step is 0");
    std::int64_t low = step > 0 ? 0 : -1;
    std::int64_t high = step > 0 ? length : length - 1;
    start = std::clamp(start < 0 ? start + length : start, low, high);
    end = std::clamp(end < 0 ? end + length : end, low, high);
    Span span{start, 0, step};
    if (step > 0 && end > start)
        span.count = (end - start - 1) / step + 1;
    else if (step < 0 && end < start) // -(step + 1) cannot overflow where -step can
        span.count = (start - end - 1) / std::max<std::int64_t>(1, step == INT64_MIN ? INT64_MAX : -step) + 1;
    return span;
}

struct SliceArguments {
    IntsArgument starts;
    IntsArgument ends;
    IntsArgument axes;
    IntsArgument steps;

    SliceArguments(const graph::Node& node, std::int64_t opset)
        : starts(node, opset, "starts", 1, 10)
        , ends(node, opset, "ends", 2, 10)
        , axes(node, opset, "axes", 3, 10)
        , steps(node, opset, "steps", 4, 10)
    {}
};

// The axis of each start; steps and axes default to one and to the leading axes.
Result<void> complete(std::size_t starts, std::size_t ends, bool axesGiven, Ints& axes, bool stepsGiven,
                      Ints& steps, std::size_t rank)
{
    if (!axesGiven)
        for (std::size_t i = 0; i < starts; ++i)
            axes.push_back(static_cast<std::int64_t>(i));
    if (!stepsGiven)
        steps.assign(starts, 1);
    if (ends != starts || axes.size() != starts || steps.size() != starts)
        return badInput(fmt::format("{} starts, {} ends, {} axes and {} steps do not fit together", starts,
                                    ends, axes.size(), steps.size()));
    axes = TRY(normalizeAxes(axes, rank));
    return {};
}

// A start or end: a number of either sign, or a dim.
struct Bound {
    std::optional<std::int64_t> number;
    Dim dim;
};

std::optional<std::vector<Bound>> boundsOf(const InferContext& context, const IntsArgument& argument)
{
    std::vector<Bound> bounds;
    if (auto numbers = argument.inferred(context)) {
        for (std::int64_t n : *numbers)
            bounds.push_back({n, {}});
    } else if (auto dims = argument.inferredDims(context)) {
        for (const Dim& dim : *dims)
            bounds.push_back({dim.isKnown() ? std::optional(dim.value()) : std::nullopt, dim});
    } else {
        return std::nullopt;
    }
    return bounds;
}

Dim symbolicExtent(const Dim& length, const Bound& start, const Bound& end, std::int64_t step)
{
    if (!start.number || step == 0 || step == INT64_MIN)
        return Dim::unknown();
    std::int64_t s = *start.number;
    Dim extent;
    if (step < 0) {
        bool whole = (s == -1 || s >= farAway) && end.number && *end.number <= -farAway;
        return whole ? ceilDiv(length, Dim(-step)) : Dim::unknown();
    }
    bool toTheEnd = (end.number && *end.number >= farAway) || (!end.number && end.dim == length);
    if (toTheEnd && s >= 0 && s < farAway)
        extent = length - Dim(s);
    else if (toTheEnd && s == -1)
        extent = 1;
    else if (s == 0 && end.number && *end.number < 0 && *end.number > -farAway)
        extent = length - Dim(-*end.number);
    return ceilDiv(extent, Dim(step));
}

Result<void> inferKnown(InferContext& context, const graph::Shape& input, const SliceArguments& arguments,
                        std::span<const Bound> starts, std::span<const Bound> ends, Ints axes, Ints steps)
{
    TRY(complete(starts.size(), ends.size(), arguments.axes.given(), axes, arguments.steps.given(), steps,
                 input.rank()));
    graph::Shape output = input;
    for (std::size_t i = 0; i < axes.size(); ++i) {
        Dim& dim = output.dims[static_cast<std::size_t>(axes[i])];
        if (!dim.isKnown() || !starts[i].number || !ends[i].number) {
            dim = symbolicExtent(dim, starts[i], ends[i], steps[i]);
            continue;
        }
        Span span = TRY(clampedSpan(*starts[i].number, *ends[i].number, steps[i], dim.value()));
        dim = span.count;
    }
    context.setTensor(0, context.inputElement(0), output);
    auto elements = input.rank() == 1 && axes.size() == 1 ? elementsOf(context, 0) : std::nullopt;
    if (!elements || !starts[0].number || !ends[0].number)
        return {};
    Span span = TRY(clampedSpan(*starts[0].number, *ends[0].number, steps[0],
                                static_cast<std::int64_t>(elements->size())));
    std::vector<Dim> picked;
    for (std::int64_t i = 0; i < span.count; ++i)
        picked.push_back((*elements)[static_cast<std::size_t>(span.start + i * span.step)]);
    context.setOutputShapeValue(0, std::move(picked));
    return {};
}

Result<void> infer(InferContext& context)
{
    SliceArguments arguments(context.node(), context.opsetVersion());
    const graph::Shape* input = context.inputShape(0);
    if (input == nullptr) {
        context.setTensor(0, context.inputElement(0), std::nullopt);
        return {};
    }
    auto starts = boundsOf(context, arguments.starts);
    auto ends = boundsOf(context, arguments.ends);
    auto axes = arguments.axes.given() ? arguments.axes.inferred(context) : Ints();
    auto steps = arguments.steps.given() ? arguments.steps.inferred(context) : Ints();
    if (starts && ends && axes && steps)
        return inferKnown(context, *input, arguments, *starts, *ends, *axes, *steps);
    graph::Shape output = *input;
    if (axes && arguments.axes.given()) {
        for (std::int64_t axis : TRY(normalizeAxes(*axes, input->rank())))
            output.dims[static_cast<std::size_t>(axis)] = Dim::unknown();
    } else {
        output.dims.assign(input->rank(), Dim::unknown());
    }
    context.setTensor(0, context.inputElement(0), output);
    return {};
}

Result<KernelPtr> kernel(const KernelInfo& info)
{
    SliceArguments arguments(info.node, info.opsetVersion);
    return makeKernel([arguments](KernelContext& context) -> Result<void> {
        const graph::Tensor* input = TRY(requiredInput(context, 0));
        auto slot = static_cast<std::int64_t>(TRY(slotBytes(input->type())));
        Ints starts = TRY(arguments.starts.value(context));
        Ints ends = TRY(arguments.ends.value(context));
        Ints axes = arguments.axes.given() ? TRY(arguments.axes.value(context)) : Ints();
        Ints steps = arguments.steps.given() ? TRY(arguments.steps.value(context)) : Ints();
        TRY(complete(starts.size(), ends.size(), arguments.axes.given(), axes, arguments.steps.given(), steps,
                     input->rank()));
        graph::Dims dims = input->dims();
        graph::Dims from = rowMajorStrides(dims);
        std::int64_t offset = 0;
        for (std::size_t i = 0; i < axes.size(); ++i) {
            auto axis = static_cast<std::size_t>(axes[i]);
            Span span = TRY(clampedSpan(starts[i], ends[i], steps[i], dims[axis]));
            dims[axis] = span.count;
            if (span.count > 0)
                offset += span.start * from[axis];
            from[axis] *= span.count > 1 ? span.step : 1;
        }
        graph::Tensor* output = TRY(context.output(0, input->type(), dims));
        if (output->elementCount() == 0)
            return {};
        graph::Dims to = rowMajorStrides(dims);
        std::vector<CopyAxis> box;
        for (std::size_t i = 0; i < dims.size(); ++i)
            box.push_back({dims[i], from[i], to[i]});
        copyStrided(context, input->type(), slots(*input) + offset * slot, slots(*output), std::move(box));
        return {};
    });
}

} // namespace

OpList slice()
{
    return {{.name = "Slice",
             .firstVersion = 1,
             .lastVersion = newestOpset,
             .doc = "A box cut out of a tensor, with steps of either sign (Slice-1, -10, -11, -13).",
             .category = OpCategory::Tensor,
             .minInputs = 1,
             .maxInputs = 5,
             .infer = infer,
             .kernel = kernel,
             .cost = movedCost}};
}

} // namespace orrery::ops
