// SPDX-License-Identifier: Apache-2.0
//
// v = f(a), read by r  →  v = f(a), v/again = f(a), read by r     (f gone where nobody else reads v)
#include "engine/passes/hint_editor.h"

#include <fmt/format.h>

#include <algorithm>

namespace orrery::passes {
namespace {

constexpr std::string_view what = "compute a value again";

bool follow(HintEditor& editor, const RecomputeHint& hint)
{
    ValueId value = editor.value(hint.value, what);
    if (!value.valid())
        return false;
    const NodeId producer = editor.graph().value(value).producer;
    if (!producer.valid()) {
        editor.tell(what, hint.value, "no node makes it");
        return false;
    }
    if (std::string why = editor.whyNotTwice(producer); !why.empty()) {
        editor.tell(what, hint.value,
                    fmt::format("{}: {}", editor.graph().node(producer).displayName(), why));
        return false;
    }
    bool any = false;
    for (NodeId reader : editor.readers(value, hint.readers, what)) {
        if (!editor.mayMake(HintEditor::slotsOf(editor.graph().node(producer)), hint.value, what))
            break;
        graph::Node again = editor.copyOf(producer, "/again");
        const auto& outputs = editor.graph().node(producer).outputs;
        auto slot = std::find(outputs.begin(), outputs.end(), value) - outputs.begin();
        ValueId result = again.outputs[static_cast<std::size_t>(slot)];
        editor.insertBefore(reader, std::move(again));
        editor.replaceInput(reader, value, result);
        any = true;
    }
    editor.removeWhenUnused(producer);
    return any;
}

} // namespace

std::size_t applyRecompute(HintEditor& editor, const std::vector<RecomputeHint>& hints)
{
    return static_cast<std::size_t>(std::count_if(
        hints.begin(), hints.end(), [&](const RecomputeHint& hint) { return follow(editor, hint); }));
}

} // namespace orrery::passes
