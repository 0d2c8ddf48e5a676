// SPDX-License-Identifier: Apache-2.0
//
// v = f(a), …, q(v), …, r(v)  →  v = f(a), …, q(v), …, v/again = f(a), r(v/again)     when r is named
// v = f(a), …, q(v), …, r(v)  →  …, v = f(a), q(v), …, v/again = f(a), r(v/again)     when q and r are: all
#include "engine/passes/hint_editor.h"

#include <fmt/format.h>

#include <algorithm>

namespace orrery::passes {
namespace {

constexpr std::string_view what = "compute a value again";

// Whether nothing else has a use for what the producer makes.
bool areAll(const HintEditor& editor, NodeId producer, const std::vector<NodeId>& readers)
{
    for (ValueId output : editor.graph().node(producer).outputs) {
        std::size_t read = 0;
        for (NodeId reader : readers) {
            const auto& inputs = editor.graph().node(reader).inputs;
            read += static_cast<std::size_t>(std::count(inputs.begin(), inputs.end(), output));
        }
        if (output.valid() && read != editor.useCount(output))
            return false;
    }
    return true;
}

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
    std::vector<NodeId> readers = editor.readers(value, hint.readers, what);
    if (readers.empty())
        return false;
    bool any = false;
    if (areAll(editor, producer, readers)) {
        const NodeId first = editor.firstOf(readers);
        editor.moveBefore(producer, first);
        std::erase(readers, first);
        any = true;
    }
    for (NodeId reader : readers) {
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
    return any;
}

} // namespace

std::size_t applyRecompute(HintEditor& editor, const std::vector<RecomputeHint>& hints)
{
    return static_cast<std::size_t>(std::count_if(
        hints.begin(), hints.end(), [&](const RecomputeHint& hint) { return follow(editor, hint); }));
}

} // namespace orrery::passes
