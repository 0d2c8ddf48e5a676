// SPDX-License-Identifier: Apache-2.0
//
// v = f(a), read by r  →  v = f(a), v/held = Cast(v) to the narrower type, v/back = Cast(v/held), read by r
#include "engine/passes/hint_editor.h"

#include <fmt/format.h>

#include <algorithm>

namespace orrery::passes {
namespace {

constexpr std::string_view what = "hold a value in a narrower type";
constexpr std::int64_t castVersion = 13; // of Cast

// Empty when the value can be held so.
std::string whyNot(const graph::Value& value, graph::DataType type)
{
    if (value.isConstant())
        return "it is a constant";
    if (value.type.kind != graph::TypeKind::Tensor)
        return fmt::format("it is no tensor but {}", value.type.text());
    if (type != graph::DataType::Float16 && type != graph::DataType::BFloat16)
        return fmt::format("values are held as float16 or bfloat16, not as {}", graph::name(type));
    if (!graph::isFloatingPoint(value.type.element) ||
        graph::elementBits(value.type.element) <= graph::elementBits(type))
        return fmt::format("{} is not narrower than {}", graph::name(type), graph::name(value.type.element));
    return {};
}

graph::Node castNode(HintEditor& editor, ValueId from, ValueId to, const std::vector<NodeId>& origins)
{
    graph::Node cast = editor.onnxNode("Cast", castVersion, {from}, to, origins);
    cast.setAttribute("to", static_cast<std::int64_t>(editor.graph().value(to).type.element));
    return cast;
}

bool follow(HintEditor& editor, const HoldHint& hint)
{
    ValueId value = editor.value(hint.value, what);
    if (!value.valid())
        return false;
    if (std::string why = whyNot(editor.graph().value(value), hint.type); !why.empty()) {
        editor.tell(what, hint.value, why);
        return false;
    }
    std::vector<NodeId> readers = editor.readers(value, hint.readers, what);
    constexpr std::size_t slotsOfACast = 4;
    if (readers.empty() || !editor.mayMake((readers.size() + 1) * slotsOfACast, hint.value, what))
        return false;

    const RegionId region = editor.graph().value(value).region;
    const graph::ValueType type = editor.graph().value(value).type;
    graph::ValueType narrow = type;
    narrow.element = hint.type;
    const NodeId producer = editor.graph().value(value).producer;
    const auto origins = editor.graph().node(producer.valid() ? producer : readers.front()).origins;
    ValueId held = editor.addValue(region, hint.value, "/held", narrow);
    editor.insertAfter(value, castNode(editor, value, held, origins));
    for (NodeId reader : readers) {
        ValueId back = editor.addValue(region, hint.value, "/back", type);
        editor.insertBefore(reader, castNode(editor, held, back, origins));
        editor.replaceInput(reader, value, back);
    }
    return true;
}

} // namespace

std::size_t applyHold(HintEditor& editor, const std::vector<HoldHint>& hints)
{
    return static_cast<std::size_t>(std::count_if(
        hints.begin(), hints.end(), [&](const HoldHint& hint) { return follow(editor, hint); }));
}

} // namespace orrery::passes
