// SPDX-License-Identifier: Apache-2.0
#include "engine/ops/tensor/arguments.h"

namespace orrery::ops {
namespace {

using graph::DataType;
using graph::Dim;

Result<void> infer(InferContext& context)
{
    graph::Shape output({Dim::unknown(), Dim::unknown()});
    if (const graph::Shape* input = context.inputShape(0))
        output.dims[0] = static_cast<std::int64_t>(input->rank());
    context.setTensor(0, DataType::Int64, output);
    return {};
}

// Flat positions of the elements other than zero.
Result<std::vector<std::int64_t>> positions(const graph::Tensor& input)
{
    std::vector<std::int64_t> found;
    std::int64_t count = input.elementCount();
    if (input.type() == DataType::Bool) {
        for (std::int64_t i = 0; i < count; ++i)
            if (input.bytes()[i] != std::byte{0})
                found.push_back(i);
        return found;
    }
    TRY(dispatch(NumberTypes(), input.type(), [&]<class T>(TypeTag<T>) -> Result<void> {
        const T* values = input.data<T>();
        for (std::int64_t i = 0; i < count; ++i)
            if (values[i] != T(0))
                found.push_back(i);
        return {};
    }));
    return found;
}

Result<KernelPtr> kernel(const KernelInfo&)
{
    return makeKernel([](KernelContext& context) -> Result<void> {
        const graph::Tensor* input = TRY(requiredInput(context, 0));
        auto found = TRY(positions(*input));
        auto count = static_cast<std::int64_t>(found.size());
        std::int64_t dims[] = {static_cast<std::int64_t>(input->rank()), count};
        graph::Tensor* output = TRY(context.output(0, DataType::Int64, dims));
        auto* to = output->mutableData<std::int64_t>();
        graph::Dims strides = rowMajorStrides(input->dims());
        for (std::size_t axis = 0; axis < strides.size(); ++axis)
            for (std::int64_t position : found)
                *to++ = position / strides[axis] % input->dims()[axis];
        return {};
    });
}

} // namespace

OpList non_zero()
{
    return {{.name = "NonZero",
             .firstVersion = 9,
             .lastVersion = newestOpset,
             .doc = "The indices of all elements other than zero, one column each (NonZero-9, -13).",
             .category = OpCategory::Tensor,
             .minInputs = 1,
             .maxInputs = 1,
             .infer = infer,
             .kernel = kernel,
             .cost = copyCost}};
}

} // namespace orrery::ops
