// SPDX-License-Identifier: Apache-2.0
#include "engine/ops/tensor/arguments.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

namespace orrery::ops {
namespace {

using graph::DataType;
using graph::Dim;

Result<void> infer(InferContext& context)
{
    const graph::Shape* input = context.inputShape(0);
    std::optional<graph::Shape> output;
    if (input != nullptr) {
        std::int64_t axis = TRY(normalizeAxis(context.node().intAttribute("axis", -1), input->rank()));
        auto k = IntsArgument(context.node(), context.opsetVersion(), "", 1, 10).inferredDims(context);
        output = *input;
        Dim count = context.opsetVersion() < 10 ? Dim(context.node().intAttribute("k", 0))
                    : k && k->size() == 1       ? k->front()
                                                : Dim::unknown();
        output->dims[static_cast<std::size_t>(axis)] = count;
    }
    context.setTensor(0, context.inputElement(0), output);
    context.setTensor(1, DataType::Int64, output);
    return {};
}

// Not-a-number is above all numbers, so that the order is total.
template<class T>
bool above(T a, T b)
{
    if constexpr (std::is_floating_point_v<T>) {
        if (a != a || b != b)
            return a != a && b == b;
    }
    return a > b;
}

struct TopKTask {
    std::int64_t length = 0; // of the axis
    std::int64_t inner = 1;  // elements behind it
    std::int64_t k = 0;
    bool largest = true;
};

template<class T>
void selectRow(const TopKTask& task, const T* from, T* values, std::int64_t* indices,
               std::vector<std::int64_t>& order)
{
    std::iota(order.begin(), order.end(), 0);
    auto before = [&](std::int64_t i, std::int64_t j) {
        T a = from[i * task.inner];
        T b = from[j * task.inner];
        if (above(a, b))
            return task.largest;
        return above(b, a) ? !task.largest : i < j;
    };
    auto end = order.begin() + task.k;
    if (task.k < task.length)
        std::nth_element(order.begin(), end, order.end(), before);
    std::sort(order.begin(), end, before);
    for (std::int64_t n = 0; n < task.k; ++n) {
        std::int64_t index = order[static_cast<std::size_t>(n)];
        if (values != nullptr)
            values[n * task.inner] = from[index * task.inner];
        if (indices != nullptr)
            indices[n * task.inner] = index;
    }
}

Result<KernelPtr> kernel(const KernelInfo& info)
{
    std::int64_t givenAxis = info.node.intAttribute("axis", -1);
    bool largest = info.node.intAttribute("largest", 1) != 0;
    std::optional<std::int64_t> givenK;
    if (info.opsetVersion < 10)
        givenK = info.node.intAttribute("k", -1);
    return makeKernel([=](KernelContext& context) -> Result<void> {
        const graph::Tensor* input = TRY(requiredInput(context, 0));
        auto axis = static_cast<std::size_t>(TRY(normalizeAxis(givenAxis, input->rank())));
        graph::Dims dims = input->dims();
        TopKTask task;
        task.length = dims[axis];
        task.inner = productOf(dimsBetween(dims, axis + 1, dims.size()));
        task.k = givenK ? *givenK : TRY(inputInt(context, 1));
        task.largest = largest;
        if (task.k < 0 || task.k > task.length)
            return runError(fmt::format("k is {}, axis {} has length {}", task.k, axis, task.length));
        dims[axis] = task.k;
        graph::Tensor* values =
            context.wantsOutput(0) ? TRY(context.output(0, input->type(), dims)) : nullptr;
        graph::Tensor* indices =
            context.wantsOutput(1) ? TRY(context.output(1, DataType::Int64, dims)) : nullptr;
        if (task.k == 0 || input->elementCount() == 0)
            return {};
        return dispatch(NumberTypes(), input->type(), [&]<class T>(TypeTag<T>) -> Result<void> {
            const T* from = input->data<T>();
            T* toValues = values == nullptr ? nullptr : values->mutableData<T>();
            auto* toIndices = indices == nullptr ? nullptr : indices->mutableData<std::int64_t>();
            std::int64_t rows = input->elementCount() / task.length;
            std::int64_t grain = std::max<std::int64_t>(1, 4096 / task.length);
            context.parallelFor(rows, grain, [&](std::int64_t begin, std::int64_t end) {
                std::vector<std::int64_t> order(static_cast<std::size_t>(task.length));
                for (std::int64_t row = begin; row < end; ++row) {
                    std::int64_t outer = row / task.inner;
                    std::int64_t at = row % task.inner;
                    std::int64_t to = outer * task.k * task.inner + at;
                    selectRow(task, from + outer * task.length * task.inner + at,
                              toValues == nullptr ? nullptr : toValues + to,
                              toIndices == nullptr ? nullptr : toIndices + to, order);
                }
            });
            return {};
        });
    });
}

} // namespace

OpList top_k()
{
    return {
        {.name = "TopK",
         .firstVersion = 1,
         .lastVersion = newestOpset,
         .doc =
             "The k largest or smallest elements of an axis in order, and their indices (TopK-1, -10, -11, "
             "-24).",
         .category = OpCategory::Tensor,
         .minInputs = 1,
         .maxInputs = 2,
         .minOutputs = 2,
         .maxOutputs = 2,
         .infer = infer,
         .kernel = kernel}};
}

} // namespace orrery::ops
