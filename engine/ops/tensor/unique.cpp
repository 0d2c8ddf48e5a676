// SPDX-License-Identifier: Apache-2.0
//
// Slices along the axis (single elements when there is none) are brought together in memory, sorted by
// content with their place as tie-breaker, and equal neighbours become one. Unsorted output orders the groups
// by where they first appear.
#include "engine/ops/tensor/arguments.h"

#include <algorithm>
#include <numeric>

namespace orrery::ops {
namespace {

using graph::DataType;
using graph::Dim;
using graph::Tensor;
using Indices = std::vector<std::int64_t>;

Result<void> infer(InferContext& context)
{
    const graph::Shape* input = context.inputShape(0);
    std::optional<graph::Shape> output;
    if (context.node().attribute("axis") == nullptr) {
        output = graph::Shape({Dim::unknown()});
    } else if (input != nullptr) {
        std::int64_t axis = TRY(normalizeAxis(context.node().intAttribute("axis", 0), input->rank()));
        output = *input;
        output->dims[static_cast<std::size_t>(axis)] = Dim::unknown();
    }
    context.setTensor(0, context.inputElement(0), output);
    for (std::size_t i = 1; i < context.outputCount(); ++i)
        context.setTensor(i, DataType::Int64, graph::Shape({Dim::unknown()}));
    return {};
}

struct Groups {
    Indices first;   // where each distinct slice first appears, in output order
    Indices counts;  // how often
    Indices inverse; // the group of each slice
};

// slices: count of them, each `length` elements.
template<class T>
Groups groupsOf(const T* slices, std::int64_t count, std::int64_t length, bool sorted)
{
    auto less = [&](std::int64_t a, std::int64_t b) {
        return std::lexicographical_compare(slices + a * length, slices + (a + 1) * length,
                                            slices + b * length, slices + (b + 1) * length);
    };
    Indices order(static_cast<std::size_t>(count));
    std::iota(order.begin(), order.end(), 0);
    std::stable_sort(order.begin(), order.end(), less);
    Groups groups;
    groups.inverse.resize(order.size());
    for (std::size_t i = 0; i < order.size(); ++i) {
        if (i == 0 || less(order[i - 1], order[i])) {
            groups.first.push_back(order[i]);
            groups.counts.push_back(0);
        }
        ++groups.counts.back();
        groups.inverse[static_cast<std::size_t>(order[i])] =
            static_cast<std::int64_t>(groups.first.size()) - 1;
    }
    if (sorted)
        return groups;
    Indices byPlace(groups.first.size());
    std::iota(byPlace.begin(), byPlace.end(), 0);
    auto at = [](const Indices& values, std::int64_t i) { return values[static_cast<std::size_t>(i)]; };
    std::sort(byPlace.begin(), byPlace.end(),
              [&](std::int64_t a, std::int64_t b) { return at(groups.first, a) < at(groups.first, b); });
    Groups result;
    Indices place(byPlace.size());
    for (std::int64_t group : byPlace) {
        place[static_cast<std::size_t>(group)] = static_cast<std::int64_t>(result.first.size());
        result.first.push_back(at(groups.first, group));
        result.counts.push_back(at(groups.counts, group));
    }
    for (std::int64_t group : groups.inverse)
        result.inverse.push_back(at(place, group));
    return result;
}

Result<void> writeIndices(KernelContext& context, std::size_t i, const Indices& values)
{
    if (!context.wantsOutput(i))
        return {};
    auto count = static_cast<std::int64_t>(values.size());
    Tensor* output = TRY(context.output(i, DataType::Int64, {&count, 1}));
    std::copy(values.begin(), values.end(), output->mutableData<std::int64_t>());
    return {};
}

Result<Groups> groupSlices(KernelContext& context, const Tensor& input, std::int64_t outer,
                           std::int64_t count, std::int64_t inner, bool sorted)
{
    std::int64_t length = outer * inner;
    Tensor slices = TRY(Tensor::allocate(input.type(), {count, outer, inner}));
    copyStrided(context, input.type(), slots(input), slots(slices),
                {{count, inner, length}, {outer, count * inner, inner}, {inner, 1, 1}});
    Groups groups;
    if (input.type() == DataType::String) {
        groups = groupsOf(slices.strings().data(), count, length, sorted);
        return groups;
    }
    if (input.type() == DataType::Bool) {
        groups = groupsOf(reinterpret_cast<const std::uint8_t*>(slices.bytes()), count, length, sorted);
        return groups;
    }
    TRY(dispatch(NumberTypes(), input.type(), [&]<class T>(TypeTag<T>) -> Result<void> {
        if constexpr (std::is_floating_point_v<T>) {
            const T* values = slices.data<T>();
            if (std::any_of(values, values + slices.elementCount(), [](T v) { return v != v; }))
                return runError("the input has elements that are not a number, which have no order");
        }
        groups = groupsOf(slices.data<T>(), count, length, sorted);
        return {};
    }));
    return groups;
}

Result<KernelPtr> kernel(const KernelInfo& info)
{
    bool sorted = info.node.intAttribute("sorted", 1) != 0;
    std::optional<std::int64_t> givenAxis;
    if (info.node.attribute("axis") != nullptr)
        givenAxis = info.node.intAttribute("axis", 0);
    return makeKernel([=](KernelContext& context) -> Result<void> {
        const Tensor* input = TRY(requiredInput(context, 0));
        auto slot = static_cast<std::int64_t>(TRY(slotBytes(input->type())));
        graph::Dims dims = givenAxis ? input->dims() : graph::Dims{input->elementCount()};
        auto axis = static_cast<std::size_t>(TRY(normalizeAxis(givenAxis.value_or(0), dims.size())));
        std::int64_t count = dims[axis];
        std::int64_t outer = productOf(dimsBetween(dims, 0, axis));
        std::int64_t inner = productOf(dimsBetween(dims, axis + 1, dims.size()));
        Groups groups = TRY(groupSlices(context, *input, outer, count, inner, sorted));
        auto found = static_cast<std::int64_t>(groups.first.size());
        dims[axis] = found;
        Tensor* output = TRY(context.output(0, input->type(), dims));
        for (std::int64_t o = 0; o < outer; ++o)
            for (std::int64_t g = 0; g < found; ++g)
                copySlots(input->type(),
                          slots(*input) +
                              (o * count + groups.first[static_cast<std::size_t>(g)]) * inner * slot,
                          slots(*output) + (o * found + g) * inner * slot, inner);
        TRY(writeIndices(context, 1, groups.first));
        TRY(writeIndices(context, 2, groups.inverse));
        return writeIndices(context, 3, groups.counts);
    });
}

} // namespace

OpList unique()
{
    return {{.name = "Unique",
             .firstVersion = 11,
             .lastVersion = newestOpset,
             .doc = "The distinct elements, or slices of an axis, with first places, inverse and counts "
                    "(Unique-11).",
             .category = OpCategory::Tensor,
             .minInputs = 1,
             .maxInputs = 1,
             .maxOutputs = 4,
             .infer = infer,
             .kernel = kernel}};
}

} // namespace orrery::ops
