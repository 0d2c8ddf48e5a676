// SPDX-License-Identifier: Apache-2.0
#include "engine/ops/infer_context.h"

#include <algorithm>

namespace orrery::ops {

using graph::Dim;
using graph::Shape;

graph::DataType InferContext::inputElement(std::size_t i) const
{
    const graph::ValueType* type = inputType(i);
    return type == nullptr ? graph::DataType::Undefined : type->element;
}

const Shape* InferContext::inputShape(std::size_t i) const
{
    const graph::ValueType* type = inputType(i);
    return type == nullptr || !type->shape ? nullptr : &*type->shape;
}

std::optional<std::vector<std::int64_t>> InferContext::inputInts(std::size_t i) const
{
    const graph::Tensor* constant = inputConstant(i);
    if (constant == nullptr)
        return std::nullopt;
    auto values = constant->toInt64s();
    return values.ok() ? std::optional(values.releaseValue()) : std::nullopt;
}

void InferContext::setTensor(std::size_t i, graph::DataType element, std::optional<Shape> shape)
{
    setOutput(i, graph::ValueType::tensor(element, std::move(shape)));
}

void InferContext::setSameAsInput(std::size_t output, std::size_t input)
{
    if (const graph::ValueType* type = inputType(input))
        setOutput(output, *type);
}

Result<std::optional<Shape>> broadcastShapes(const Shape* a, const Shape* b)
{
    if (a == nullptr || b == nullptr)
        return std::optional<Shape>();
    Shape result;
    std::size_t rank = std::max(a->rank(), b->rank());
    for (std::size_t i = 0; i < rank; ++i) {
        std::size_t fromEnd = rank - i;
        Dim x = fromEnd <= a->rank() ? a->dims[a->rank() - fromEnd] : Dim(1);
        Dim y = fromEnd <= b->rank() ? b->dims[b->rank() - fromEnd] : Dim(1);
        if (x == y || (y.isKnown() && y.value() == 1))
            result.dims.push_back(x);
        else if (x.isKnown() && x.value() == 1)
            result.dims.push_back(y);
        else if (x.isKnown() && y.isKnown())
            return badInput("shapes " + a->text() + " and " + b->text() + " cannot be broadcast together");
        else
            result.dims.push_back(x.isKnown() ? x : y.isKnown() ? y : Dim::unknown());
    }
    return std::optional(std::move(result));
}

Result<std::int64_t> normalizeAxis(std::int64_t axis, std::size_t rank)
{
    auto limit = static_cast<std::int64_t>(rank);
    if (axis < -limit || axis >= limit)
        return badInput("axis " + std::to_string(axis) + " is outside of a tensor of rank " +
                        std::to_string(rank));
    return axis < 0 ? axis + limit : axis;
}

Error badInput(std::string message) { return Error{ErrorCode::BadModel, std::move(message), {}}; }

} // namespace orrery::ops
