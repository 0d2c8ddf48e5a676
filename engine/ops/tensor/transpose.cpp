// SPDX-License-Identifier: Apache-2.0
#include "engine/ops/tensor/arguments.h"

#include <fmt/format.h>

#include <numeric>

namespace orrery::ops {
namespace {

// The attribute, or all axes reversed; each axis once.
Result<std::vector<std::int64_t>> permutation(std::vector<std::int64_t> perm, std::size_t rank)
{
    if (perm.empty()) {
        perm.resize(rank);
        std::iota(perm.rbegin(), perm.rend(), 0);
    }
    if (perm.size() != rank)
        return badInput(fmt::format("perm has {} axes, the input {}", perm.size(), rank));
    return normalizeAxes(perm, rank);
}

Result<void> infer(InferContext& context)
{
    std::optional<graph::Shape> output;
    auto perm = context.node().intsAttribute("perm");
    if (const graph::Shape* input = context.inputShape(0)) {
        output.emplace();
        for (std::int64_t axis : TRY(permutation(perm, input->rank())))
            output->dims.push_back(input->dims[static_cast<std::size_t>(axis)]);
    } else if (!perm.empty() && perm.size() <= 64) {
        output = graph::Shape(std::vector<graph::Dim>(perm.size()));
    }
    context.setTensor(0, context.inputElement(0), output);
    passShapeValue(context, output);
    return {};
}

Result<KernelPtr> kernel(const KernelInfo& info)
{
    return makeKernel([given = info.node.intsAttribute("perm")](KernelContext& context) -> Result<void> {
        const graph::Tensor* input = TRY(requiredInput(context, 0));
        TRY(slotBytes(input->type()));
        auto perm = TRY(permutation(given, input->rank()));
        graph::Dims dims;
        for (std::int64_t axis : perm)
            dims.push_back(input->dims()[static_cast<std::size_t>(axis)]);
        graph::Tensor* output = TRY(context.output(0, input->type(), dims));
        graph::Dims from = rowMajorStrides(input->dims());
        graph::Dims to = rowMajorStrides(dims);
        std::vector<CopyAxis> axes;
        for (std::size_t i = 0; i < dims.size(); ++i)
            axes.push_back({dims[i], from[static_cast<std::size_t>(perm[i])], to[i]});
        copyStrided(context, input->type(), slots(*input), slots(*output), std::move(axes));
        return {};
    });
}

} // namespace

OpList transpose()
{
    return {{.name = "Transpose",
             .firstVersion = 1,
             .lastVersion = newestOpset,
             .doc = "Reorders the axes; without perm reverses them (Transpose-1, -13, -21).",
             .category = OpCategory::Tensor,
             .minInputs = 1,
             .maxInputs = 1,
             .infer = infer,
             .kernel = kernel,
             .cost = movedCost}};
}

} // namespace orrery::ops
