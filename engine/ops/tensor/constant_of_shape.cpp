// SPDX-License-Identifier: Apache-2.0
#include "engine/ops/tensor/arguments.h"

namespace orrery::ops {
namespace {

using graph::Dim;
using graph::Tensor;

// One element; zero of type float when the attribute is absent.
Result<Tensor> fillValue(const graph::Node& node)
{
    const Tensor* value = node.tensorAttribute("value");
    if (value == nullptr)
        return Tensor::of<float>({1}, std::vector<float>{0});
    if (value->elementCount() != 1 || (value->type() != graph::DataType::String && value->bytes() == nullptr))
        return badInput("value has " + std::to_string(value->elementCount()) + " elements, expected one");
    return *value;
}

Result<void> infer(InferContext& context)
{
    Tensor value = TRY(fillValue(context.node()));
    std::optional<graph::Shape> output;
    if (auto dims = elementsOf(context, 0)) {
        output = graph::Shape(std::move(*dims));
    } else if (const graph::Shape* length = context.inputShape(0)) {
        if (length->rank() == 1 && length->dims[0].isKnown() && length->dims[0].value() <= 64)
            output = graph::Shape(std::vector<Dim>(static_cast<std::size_t>(length->dims[0].value())));
    }
    context.setTensor(0, value.type(), output);
    if (!graph::isInteger(value.type()) || !output || output->rank() > 1 ||
        !output->elementCount().isKnown() || output->elementCount().value() > 64)
        return {};
    std::int64_t element = TRY(value.toInt64s()).front();
    context.setOutputShapeValue(0, std::vector<Dim>(static_cast<std::size_t>(output->elementCount().value()),
                                                    element < 0 ? Dim::unknown() : Dim(element)));
    return {};
}

Result<KernelPtr> kernel(const KernelInfo& info)
{
    Tensor value = TRY(fillValue(info.node));
    auto slot = static_cast<std::int64_t>(TRY(slotBytes(value.type())));
    return makeKernel([value, slot](KernelContext& context) -> Result<void> {
        graph::Dims dims = TRY(inputInts(context, 0));
        Tensor* output = TRY(context.output(0, value.type(), dims));
        context.parallelFor(output->elementCount(), 64 * 1024, [&](std::int64_t begin, std::int64_t end) {
            fillSlots(value.type(), slots(value), slots(*output) + begin * slot, end - begin);
        });
        return {};
    });
}

} // namespace

OpList constant_of_shape()
{
    return {{.name = "ConstantOfShape",
             .firstVersion = 9,
             .lastVersion = newestOpset,
             .doc = "A tensor of a given shape filled with one value (ConstantOfShape-9, -20, -21).",
             .category = OpCategory::Data,
             .minInputs = 1,
             .maxInputs = 1,
             .infer = infer,
             .kernel = kernel,
             .cost = copyCost}};
}

} // namespace orrery::ops
