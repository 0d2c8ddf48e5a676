// SPDX-License-Identifier: Apache-2.0
#include "engine/ops/tensor/arguments.h"

#include <algorithm>

namespace orrery::ops {
namespace {

using graph::DataType;

// start and end clamped to the rank; negative ones count from the back.
std::pair<std::size_t, std::size_t> range(const graph::Node& node, std::size_t rank)
{
    auto limit = static_cast<std::int64_t>(rank);
    auto clamped = [&](std::int64_t at) {
        return std::clamp<std::int64_t>(at < 0 ? at + limit : at, 0, limit);
    };
    std::int64_t start = clamped(node.intAttribute("start", 0));
    std::int64_t end = clamped(node.intAttribute("end", limit));
    return {static_cast<std::size_t>(start), static_cast<std::size_t>(std::max(start, end))};
}

Result<void> infer(InferContext& context)
{
    const graph::Shape* shape = context.inputShape(0);
    if (shape == nullptr) {
        context.setTensor(0, DataType::Int64, graph::Shape({graph::Dim::unknown()}));
        return {};
    }
    auto [start, end] = range(context.node(), shape->rank());
    std::vector<graph::Dim> dims(shape->dims.begin() + static_cast<std::ptrdiff_t>(start),
                                 shape->dims.begin() + static_cast<std::ptrdiff_t>(end));
    context.setTensor(0, DataType::Int64, graph::Shape({static_cast<std::int64_t>(dims.size())}));
    context.setOutputShapeValue(0, std::move(dims));
    return {};
}

Result<KernelPtr> kernel(const KernelInfo& info)
{
    graph::Node node;
    node.attributes = info.node.attributes;
    return makeKernel([node](KernelContext& context) -> Result<void> {
        const graph::Dims& dims = TRY(requiredInput(context, 0))->dims();
        auto [start, end] = range(node, dims.size());
        auto count = static_cast<std::int64_t>(end - start);
        graph::Tensor* output = TRY(context.output(0, DataType::Int64, {&count, 1}));
        std::copy_n(dims.begin() + static_cast<std::ptrdiff_t>(start), count,
                    output->mutableData<std::int64_t>());
        return {};
    });
}

} // namespace

OpList shape()
{
    return {
        {.name = "Shape",
         .firstVersion = 1,
         .lastVersion = newestOpset,
         .doc = "The dims of a tensor, or a range of them, as an int64 vector (Shape-1, -13, -15, -19, -21).",
         .category = OpCategory::Data,
         .minInputs = 1,
         .maxInputs = 1,
         .infer = infer,
         .kernel = kernel,
         .cost = movedCost}};
}

} // namespace orrery::ops
