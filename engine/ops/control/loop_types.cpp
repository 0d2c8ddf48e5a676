// SPDX-License-Identifier: Apache-2.0
#include "engine/ops/control/loop_types.h"

#include <fmt/format.h>

namespace orrery::ops {

using graph::ValueType;

ValueType commonType(const ValueType& a, const ValueType& b)
{
    if (a == b)
        return a;
    if (a.kind != b.kind)
        return {};
    ValueType result;
    result.kind = a.kind;
    if (a.element == b.element)
        result.element = a.element;
    for (std::size_t i = 0; i < a.inner.size() && a.inner.size() == b.inner.size(); ++i)
        result.inner.push_back(commonType(a.inner[i], b.inner[i]));
    if (a.shape && b.shape && a.shape->rank() == b.shape->rank()) {
        result.shape = a.shape;
        for (std::size_t i = 0; i < result.shape->dims.size(); ++i)
            if (result.shape->dims[i] != b.shape->dims[i])
                result.shape->dims[i] = graph::Dim::unknown();
    }
    return result;
}

// Types only lose knowledge from round to round (a dim, then the rank), so this ends.
Result<std::vector<ValueType>> inferLoopBody(InferContext& context, RegionId body,
                                             std::vector<ValueType> inputs, std::size_t first,
                                             std::size_t firstOut, std::size_t carried)
{
    for (int round = 0;; ++round) {
        auto outputs = TRY(context.inferRegion(body, inputs));
        if (outputs.size() < firstOut + carried)
            return badInput(
                fmt::format("the body gives {} outputs, {} are carried from iteration to iteration",
                            outputs.size(), carried));
        bool changed = false;
        for (std::size_t i = 0; i < carried; ++i) {
            ValueType& type = inputs[first + i];
            if (type.kind == graph::TypeKind::Unknown ||
                outputs[firstOut + i].kind == graph::TypeKind::Unknown)
                continue;
            ValueType common = commonType(type, outputs[firstOut + i]);
            if (round >= 4)
                common.shape.reset();
            changed = changed || common != type;
            type = std::move(common);
        }
        if (!changed || round >= 8) {
            for (std::size_t i = 0; i < carried; ++i)
                if (inputs[first + i].kind != graph::TypeKind::Unknown)
                    outputs[firstOut + i] = commonType(inputs[first + i], outputs[firstOut + i]);
            return outputs;
        }
    }
}

ValueType withAxis(const ValueType& type, std::int64_t axis, graph::Dim dim)
{
    ValueType result = type;
    if (result.kind != graph::TypeKind::Tensor || !result.shape)
        return result;
    auto rank = static_cast<std::int64_t>(result.shape->rank()) + 1;
    if (axis < -rank || axis >= rank)
        result.shape.reset();
    else
        result.shape->dims.insert(result.shape->dims.begin() + (axis < 0 ? axis + rank : axis),
                                  std::move(dim));
    return result;
}

} // namespace orrery::ops
