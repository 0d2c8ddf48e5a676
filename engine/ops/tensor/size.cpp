// SPDX-License-Identifier: Apache-2.0
#include "engine/ops/tensor/arguments.h"

namespace orrery::ops {
namespace {

using graph::DataType;

Result<void> infer(InferContext& context)
{
    context.setTensor(0, DataType::Int64, graph::Shape());
    if (const graph::Shape* shape = context.inputShape(0))
        context.setOutputShapeValue(0, {shape->elementCount()});
    return {};
}

Result<KernelPtr> kernel(const KernelInfo&)
{
    return makeKernel([](KernelContext& context) -> Result<void> {
        std::int64_t count = TRY(requiredInput(context, 0))->elementCount();
        graph::Tensor* output = TRY(context.output(0, DataType::Int64, {}));
        *output->mutableData<std::int64_t>() = count;
        return {};
    });
}

} // namespace

OpList size()
{
    return {{.name = "Size",
             .firstVersion = 1,
             .lastVersion = newestOpset,
             .doc = "The element count of a tensor as an int64 scalar (Size-1, -13, -19, -21).",
             .category = OpCategory::Data,
             .minInputs = 1,
             .maxInputs = 1,
             .infer = infer,
             .kernel = kernel,
             .cost = movedCost}};
}

} // namespace orrery::ops
