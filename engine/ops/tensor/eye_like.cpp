// SPDX-License-Identifier: Apache-2.0
#include "engine/ops/tensor/arguments.h"

#include <fmt/format.h>

#include <algorithm>

namespace orrery::ops {
namespace {

using graph::DataType;

// The attribute dtype, else the input's type, else float.
Result<DataType> typeOf(const graph::Node& node, DataType input)
{
    if (node.attribute("dtype") == nullptr)
        return input == DataType::Undefined ? DataType::Float32 : input;
    std::int64_t number = node.intAttribute("dtype", 0);
    auto type = graph::dataTypeFromOnnx(static_cast<int>(std::clamp<std::int64_t>(number, -1, 1000)));
    if (!type || *type == DataType::Undefined)
        return badInput(fmt::format("dtype {} is no element type", number));
    return *type;
}

Result<std::vector<std::byte>> oneOf(DataType type)
{
    std::vector<std::byte> slot(TRY(slotBytes(type)), std::byte{0});
    if (type == DataType::Float16 || type == DataType::BFloat16) {
        std::uint16_t bits = type == DataType::Float16 ? 0x3c00 : 0x3f80;
        std::memcpy(slot.data(), &bits, sizeof bits);
    } else if (type == DataType::Bool) {
        slot[0] = std::byte{1};
    } else {
        TRY(dispatch(NumberTypes(), type, [&]<class T>(TypeTag<T>) -> Result<void> {
            T one = 1;
            std::memcpy(slot.data(), &one, sizeof one);
            return {};
        }));
    }
    return slot;
}

Result<void> infer(InferContext& context)
{
    DataType type = TRY(typeOf(context.node(), context.inputElement(0)));
    const graph::Shape* input = context.inputShape(0);
    context.setTensor(0, type, input == nullptr ? std::nullopt : std::optional(*input));
    return {};
}

Result<KernelPtr> kernel(const KernelInfo& info)
{
    graph::Node node;
    node.attributes = info.node.attributes;
    return makeKernel([node](KernelContext& context) -> Result<void> {
        const graph::Tensor* input = TRY(requiredInput(context, 0));
        DataType type = TRY(typeOf(node, input->type()));
        auto one = TRY(oneOf(type));
        if (input->rank() != 2)
            return runError(
                fmt::format("the input is {}, expected a matrix", graph::dimsText(input->dims())));
        std::int64_t rows = input->dims()[0];
        std::int64_t columns = input->dims()[1];
        graph::Tensor* output = TRY(context.output(0, type, input->dims()));
        auto slot = static_cast<std::int64_t>(one.size());
        clearSlots(type, slots(*output), output->elementCount());
        std::int64_t k = std::clamp(node.intAttribute("k", 0), -rows, columns);
        for (std::int64_t r = std::max<std::int64_t>(0, -k); r < rows && r + k < columns; ++r)
            copySlots(type, one.data(), slots(*output) + (r * columns + r + k) * slot, 1);
        return {};
    });
}

} // namespace

OpList eye_like()
{
    return {{.name = "EyeLike",
             .firstVersion = 9,
             .lastVersion = newestOpset,
             .doc = "Ones on a diagonal and zeros elsewhere, in the shape of a matrix (EyeLike-9, -22).",
             .category = OpCategory::Data,
             .minInputs = 1,
             .maxInputs = 1,
             .infer = infer,
             .kernel = kernel,
             .cost = movedCost}};
}

} // namespace orrery::ops
