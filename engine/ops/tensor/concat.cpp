// SPDX-License-Identifier: Apache-2.0
#include "engine/base/checked_math.h"
#include "engine/ops/tensor/arguments.h"

#include <fmt/format.h>

namespace orrery::ops {
namespace {

using graph::Dim;

void concatShapeValues(InferContext& context)
{
    std::vector<Dim> elements;
    for (std::size_t i = 0; i < context.inputCount(); ++i) {
        if (auto values = elementsOf(context, i)) {
            elements.insert(elements.end(), values->begin(), values->end());
            continue;
        }
        // Not known, though their number may be.
        const graph::Shape* shape = context.inputShape(i);
        if (shape == nullptr || shape->rank() != 1 || !shape->dims[0].isKnown() ||
            shape->dims[0].value() > 64)
            return;
        elements.resize(elements.size() + static_cast<std::size_t>(shape->dims[0].value()));
    }
    context.setOutputShapeValue(0, std::move(elements));
}

Result<void> infer(InferContext& context)
{
    std::optional<graph::Shape> output;
    bool allKnown = true;
    for (std::size_t i = 0; i < context.inputCount(); ++i) {
        const graph::Shape* shape = context.inputShape(i);
        if (shape == nullptr) {
            allKnown = false;
            continue;
        }
        if (!output) {
            output = *shape;
            continue;
        }
        if (shape->rank() != output->rank())
            return badInput(fmt::format("input {} is {}, while an earlier one is {}: the ranks differ", i,
                                        shape->text(), output->text()));
    }
    if (output) {
        auto axis = static_cast<std::size_t>(
            TRY(normalizeAxis(context.node().intAttribute("axis", 1), output->rank())));
        Dim total = 0;
        for (std::size_t i = 0; i < context.inputCount(); ++i) {
            const graph::Shape* shape = context.inputShape(i);
            if (shape == nullptr)
                continue;
            total = total + shape->dims[axis];
            for (std::size_t d = 0; d < shape->rank(); ++d) {
                Dim& merged = output->dims[d];
                const Dim& dim = shape->dims[d];
                if (d == axis || dim == merged)
                    continue;
                if (dim.isKnown() && merged.isKnown())
                    return badInput(fmt::format("input {} is {}, which differs from {} on axis {}", i,
                                                shape->text(), output->text(), d));
                if (dim.isKnown() || merged.isUnknown())
                    merged = dim;
            }
        }
        output->dims[axis] = allKnown ? total : Dim::unknown();
    }
    context.setTensor(0, context.inputElement(0), output);
    if (output && output->rank() == 1 && graph::isInteger(context.inputElement(0)))
        concatShapeValues(context);
    return {};
}

Result<KernelPtr> kernel(const KernelInfo& info)
{
    std::int64_t givenAxis = info.node.intAttribute("axis", 1);
    return makeKernel([givenAxis](KernelContext& context) -> Result<void> {
        const graph::Tensor* first = TRY(requiredInput(context, 0));
        TRY(slotBytes(first->type()));
        auto axis = static_cast<std::size_t>(TRY(normalizeAxis(givenAxis, first->rank())));
        graph::Dims dims = first->dims();
        for (std::size_t i = 1; i < context.inputCount(); ++i) {
            const graph::Tensor* input = TRY(requiredInput(context, i));
            graph::Dims expected = dims;
            if (input->rank() == dims.size())
                expected[axis] = input->dims()[axis];
            auto length = checkedAdd(dims[axis], expected[axis]);
            if (input->dims() != expected || input->type() != first->type() || !length)
                return runError(
                    fmt::format("input {} is {} {}, which does not fit {} {} on axes other than {}", i,
                                graph::name(input->type()), graph::dimsText(input->dims()),
                                graph::name(first->type()), graph::dimsText(first->dims()), axis));
            dims[axis] = *length;
        }
        graph::Tensor* output = TRY(context.output(0, first->type(), dims));
        if (output->elementCount() == 0)
            return {};
        std::int64_t outer = productOf(dimsBetween(dims, 0, axis));
        std::int64_t inner = productOf(dimsBetween(dims, axis + 1, dims.size()));
        auto slot = static_cast<std::int64_t>(TRY(slotBytes(first->type())));
        std::int64_t done = 0;
        for (std::size_t i = 0; i < context.inputCount(); ++i) {
            const graph::Tensor* input = context.input(i);
            std::int64_t run = input->dims()[axis] * inner;
            const bool isThere =
                slots(*input) == slots(*output) + done * slot; // written in place by its maker
            if (!isThere)
                copyStrided(context, first->type(), slots(*input), slots(*output) + done * slot,
                            {{outer, run, dims[axis] * inner}, {run, 1, 1}});
            done += run;
        }
        return {};
    });
}

} // namespace

OpList concat()
{
    return {{.name = "Concat",
             .firstVersion = 1,
             .lastVersion = newestOpset,
             .doc = "Joins tensors along one axis (Concat-1, -4, -11, -13).",
             .category = OpCategory::Tensor,
             .minInputs = 1,
             .maxInputs = OpSpec::any,
             .infer = infer,
             .kernel = kernel,
             .cost = copyCost}};
}

} // namespace orrery::ops
