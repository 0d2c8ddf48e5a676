// SPDX-License-Identifier: Apache-2.0
#include "engine/ops/tensor/arguments.h"

#include <fmt/format.h>

#include <numeric>

namespace orrery::ops {
namespace {

using graph::Dim;

IntsArgument lengthsOf(const graph::Node& node, std::int64_t opset)
{
    bool legacyInput = opset < 2 && node.inputs.size() > 1;
    return {node, opset, "split", 1, legacyInput ? 1 : 13};
}

// Lengths of the outputs when they are not given: equal parts, and from opset 18 on a shorter last one.
std::vector<Dim> equalParts(const Dim& length, std::size_t count, std::int64_t opset)
{
    auto n = static_cast<std::int64_t>(count);
    Dim part = opset >= 18 ? ceilDiv(length, n) : floorDiv(length, n);
    std::vector<Dim> parts(count, part);
    if (opset >= 18)
        parts.back() = length - part * Dim(n - 1);
    return parts;
}

Result<void> infer(InferContext& context)
{
    IntsArgument argument = lengthsOf(context.node(), context.opsetVersion());
    const graph::Shape* input = context.inputShape(0);
    std::size_t count = context.outputCount();
    if (input == nullptr) {
        for (std::size_t i = 0; i < count; ++i)
            context.setTensor(i, context.inputElement(0), std::nullopt);
        return {};
    }
    auto axis =
        static_cast<std::size_t>(TRY(normalizeAxis(context.node().intAttribute("axis", 0), input->rank())));
    const Dim& length = input->dims[axis];
    std::vector<Dim> parts(count);
    if (!argument.given())
        parts = equalParts(length, count, context.opsetVersion());
    else if (auto given = argument.inferredDims(context))
        parts = std::move(*given);
    if (parts.size() != count)
        return badInput(fmt::format("{} lengths are given for {} outputs", parts.size(), count));
    Dim total = 0;
    for (const Dim& part : parts)
        total = total + part;
    if (total.isKnown() && length.isKnown() && total != length)
        return badInput(fmt::format("axis {} of {} has length {}, its parts together {}", axis, input->text(),
                                    length.value(), total.value()));
    std::optional<std::vector<Dim>> elements;
    if (mayHoldShapeValue(context, 0) && input->rank() == 1)
        elements = elementsOf(context, 0);
    std::size_t done = 0;
    for (std::size_t i = 0; i < count; ++i) {
        graph::Shape output = *input;
        output.dims[axis] = parts[i];
        context.setTensor(i, context.inputElement(0), output);
        if (!elements || !parts[i].isKnown() ||
            static_cast<std::size_t>(parts[i].value()) > elements->size() - done)
            elements.reset();
        if (elements) {
            auto begin = elements->begin() + static_cast<std::ptrdiff_t>(done);
            done += static_cast<std::size_t>(parts[i].value());
            context.setOutputShapeValue(
                i, std::vector<Dim>(begin, elements->begin() + static_cast<std::ptrdiff_t>(done)));
        }
    }
    return {};
}

Result<KernelPtr> kernel(const KernelInfo& info)
{
    IntsArgument argument = lengthsOf(info.node, info.opsetVersion);
    std::int64_t givenAxis = info.node.intAttribute("axis", 0);
    std::size_t count = info.node.outputs.size();
    std::int64_t opset = info.opsetVersion;
    return makeKernel([=](KernelContext& context) -> Result<void> {
        const graph::Tensor* input = TRY(requiredInput(context, 0));
        auto slot = static_cast<std::int64_t>(TRY(slotBytes(input->type())));
        auto axis = static_cast<std::size_t>(TRY(normalizeAxis(givenAxis, input->rank())));
        graph::Dims dims = input->dims();
        std::int64_t length = dims[axis];
        std::vector<std::int64_t> parts;
        if (argument.given()) {
            parts = TRY(argument.value(context));
        } else {
            for (const Dim& part : equalParts(length, count, opset))
                parts.push_back(part.isKnown() ? part.value() : -1);
        }
        std::int64_t left = length;
        for (std::int64_t part : parts) {
            if (part < 0 || part > left)
                left = -1;
            left = left < 0 ? -1 : left - part;
        }
        if (left != 0 || parts.size() != count)
            return runError(fmt::format("axis {} of length {} cannot be split into {} parts of {}", axis,
                                        length, count, listText(parts)));
        std::int64_t inner = productOf(dimsBetween(dims, axis + 1, dims.size()));
        std::int64_t outer = productOf(dimsBetween(dims, 0, axis));
        std::int64_t done = 0;
        for (std::size_t i = 0; i < count; ++i) {
            if (context.wantsOutput(i)) {
                dims[axis] = parts[i];
                graph::Tensor* output = TRY(context.output(i, input->type(), dims));
                std::int64_t run = parts[i] * inner;
                copyStrided(context, input->type(), slots(*input) + done * inner * slot, slots(*output),
                            {{outer, length * inner, run}, {run, 1, 1}});
            }
            done += parts[i];
        }
        return {};
    });
}

} // namespace

OpList split()
{
    return {
        {.name = "Split",
         .firstVersion = 1,
         .lastVersion = newestOpset,
         .doc =
             "Cuts a tensor along one axis into parts, equal ones unless their lengths are given (Split-1, "
             "-2, -11, -13, -18).",
         .category = OpCategory::Tensor,
         .minInputs = 1,
         .maxInputs = 2,
         .maxOutputs = OpSpec::any,
         .infer = infer,
         .kernel = kernel,
         .cost = copyCost}};
}

} // namespace orrery::ops
