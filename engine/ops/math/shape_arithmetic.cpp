// SPDX-License-Identifier: Apache-2.0
#include "engine/ops/math/shape_arithmetic.h"

#include "engine/base/checked_math.h"

#include <algorithm>

namespace orrery::ops {
namespace {

using graph::Dim;

// A dim, or a number of any sign.
struct Element {
    std::optional<std::int64_t> number;
    Dim dim;
};

std::optional<std::vector<Element>> elementsOf(InferContext& context, std::size_t i)
{
    graph::DataType type = context.inputElement(i);
    if (type != graph::DataType::Int64 && type != graph::DataType::Int32)
        return std::nullopt;
    const graph::Shape* shape = context.inputShape(i);
    if (shape == nullptr || shape->rank() > 1)
        return std::nullopt;
    std::vector<Element> elements;
    if (auto ints = context.inputInts(i)) {
        for (std::int64_t value : *ints)
            elements.push_back({value, value >= 0 ? Dim(value) : Dim::unknown()});
        return elements;
    }
    auto dims = context.inputShapeValue(i);
    if (!dims)
        return std::nullopt;
    for (const Dim& dim : *dims)
        elements.push_back({dim.isKnown() ? std::optional(dim.value()) : std::nullopt, dim});
    return elements;
}

std::optional<std::int64_t> combineNumbers(std::int64_t a, std::int64_t b, ShapeOperation operation)
{
    switch (operation) {
    case ShapeOperation::Add:
        return checkedAdd(a, b);
    case ShapeOperation::Sub: {
        std::int64_t result = 0;
        return __builtin_sub_overflow(a, b, &result) ? std::nullopt : std::optional(result);
    }
    case ShapeOperation::Mul:
        return checkedMul(a, b);
    case ShapeOperation::Div: // towards zero, as the kernel
        return b == 0 || b == -1 ? std::nullopt : std::optional(a / b);
    case ShapeOperation::Min:
        return std::min(a, b);
    case ShapeOperation::Max:
        return std::max(a, b);
    }
    return std::nullopt;
}

Dim combine(const Element& a, const Element& b, ShapeOperation operation)
{
    if (a.number && b.number) {
        auto result = combineNumbers(*a.number, *b.number, operation);
        return result && *result >= 0 ? Dim(*result) : Dim::unknown();
    }
    bool positive = !a.dim.isUnknown() && !b.dim.isUnknown();
    bool smallNegative = b.number && *b.number < 0 && *b.number > -(std::int64_t(1) << 62);
    switch (operation) {
    case ShapeOperation::Add:
        if (smallNegative && !a.dim.isUnknown())
            return a.dim - Dim(-*b.number);
        return positive ? a.dim + b.dim : Dim::unknown();
    case ShapeOperation::Sub:
        if (smallNegative && !a.dim.isUnknown())
            return a.dim + Dim(-*b.number);
        return positive ? a.dim - b.dim : Dim::unknown();
    case ShapeOperation::Mul:
        return positive ? a.dim * b.dim : Dim::unknown();
    case ShapeOperation::Div:
        return positive && !(b.number && *b.number == 0) ? floorDiv(a.dim, b.dim) : Dim::unknown();
    case ShapeOperation::Min:
    case ShapeOperation::Max:
        return positive && a.dim == b.dim ? a.dim : Dim::unknown();
    }
    return Dim::unknown();
}

} // namespace

void propagateShapeArithmetic(InferContext& context, ShapeOperation operation)
{
    if (context.inputCount() != 2)
        return;
    auto a = elementsOf(context, 0);
    auto b = elementsOf(context, 1);
    if (!a || !b || (a->size() != b->size() && a->size() != 1 && b->size() != 1))
        return;
    std::size_t count = a->size() == 1 ? b->size() : a->size();
    std::vector<Dim> result;
    for (std::size_t i = 0; i < count; ++i)
        result.push_back(combine((*a)[a->size() == 1 ? 0 : i], (*b)[b->size() == 1 ? 0 : i], operation));
    context.setOutputShapeValue(0, std::move(result));
}

} // namespace orrery::ops
