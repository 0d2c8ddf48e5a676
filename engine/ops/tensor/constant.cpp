// SPDX-License-Identifier: Apache-2.0
#include "engine/ops/tensor/arguments.h"

#include <algorithm>

namespace orrery::ops {
namespace {

using graph::Tensor;

// The tensor that the node's one value attribute stands for.
Result<Tensor> valueOf(const graph::Node& node)
{
    for (const graph::Attribute& attribute : node.attributes) {
        const auto& value = attribute.value;
        if (attribute.name == "value" && std::holds_alternative<Tensor>(value))
            return std::get<Tensor>(value);
        if (attribute.name == "value_int" && std::holds_alternative<std::int64_t>(value))
            return Tensor::scalar(std::get<std::int64_t>(value));
        if (attribute.name == "value_float" && std::holds_alternative<float>(value))
            return Tensor::scalar(std::get<float>(value));
        if (attribute.name == "value_string" && std::holds_alternative<std::string>(value))
            return Tensor::ofStrings({}, {std::get<std::string>(value)});
        if (attribute.name == "value_ints" || attribute.name == "value_floats" ||
            attribute.name == "value_strings") {
            if (auto* ints = std::get_if<std::vector<std::int64_t>>(&value))
                return Tensor::of({static_cast<std::int64_t>(ints->size())}, *ints);
            if (auto* floats = std::get_if<std::vector<float>>(&value))
                return Tensor::of({static_cast<std::int64_t>(floats->size())}, *floats);
            if (auto* strings = std::get_if<std::vector<std::string>>(&value))
                return Tensor::ofStrings({static_cast<std::int64_t>(strings->size())}, *strings);
        }
        if (attribute.name == "sparse_value")
            return Error{ErrorCode::Unsupported, "a sparse constant is not implemented", {}};
    }
    return badInput("the constant has no value attribute that is understood");
}

Result<void> infer(InferContext& context)
{
    Tensor value = TRY(valueOf(context.node()));
    context.setTensor(0, value.type(), graph::Shape::of(value.dims()));
    bool small = value.rank() <= 1 && value.elementCount() <= 1024 && value.bytes() != nullptr;
    if (!small || !graph::isInteger(value.type()))
        return {};
    auto ints = value.toInt64s();
    if (ints.ok() && std::all_of(ints->begin(), ints->end(), [](std::int64_t v) { return v >= 0; }))
        context.setOutputShapeValue(0, std::vector<graph::Dim>(ints->begin(), ints->end()));
    return {};
}

Result<KernelPtr> kernel(const KernelInfo& info)
{
    Tensor value = TRY(valueOf(info.node));
    if (value.type() != graph::DataType::String && value.bytes() == nullptr && value.byteSize() > 0)
        return badInput("the bytes of the constant are not loaded");
    return makeKernel([value](KernelContext& context) { return copyReshaped(context, value, value.dims()); });
}

} // namespace

OpList constant()
{
    return {{.name = "Constant",
             .firstVersion = 1,
             .lastVersion = newestOpset,
             .doc = "A tensor given as an attribute (Constant-1, -9, -11, -12, -13, -19, -21).",
             .category = OpCategory::Data,
             .infer = infer,
             .kernel = kernel,
             .cost = movedCost}};
}

} // namespace orrery::ops
