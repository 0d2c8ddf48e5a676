// SPDX-License-Identifier: Apache-2.0
//
// y = f(x)  →  y = f(x) {on so many threads, out of place, by that kernel}
#include "engine/base/text.h"
#include "engine/ops/kernel_choices.h"
#include "engine/passes/hint_editor.h"
#include "engine/passes/node_plan.h"

#include <fmt/format.h>

#include <algorithm>

namespace orrery::passes {
namespace {

// The node when a kernel computes it.
graph::Node* computedNode(HintEditor& editor, const std::string& name, std::string_view hint)
{
    const NodeId id = editor.node(name, hint);
    if (!id.valid())
        return nullptr;
    graph::Node& node = editor.graph().node(id);
    const ops::OpSpec* spec = editor.operatorOf(node);
    if (spec != nullptr && spec->control == ops::Control::None)
        return &node;
    editor.tell(hint, name,
                fmt::format("{}: {}", displayText(node.displayName(), 200),
                            spec == nullptr ? "its operator is not known" : "it runs a body"));
    return nullptr;
}

} // namespace

std::size_t applyThreads(HintEditor& editor, const std::vector<ThreadsHint>& hints)
{
    constexpr std::string_view what = "limit the threads of a node";
    return static_cast<std::size_t>(std::count_if(hints.begin(), hints.end(), [&](const ThreadsHint& hint) {
        if (hint.threads < 1) {
            editor.tell(what, hint.node, fmt::format("expected 1 thread or more, found {}", hint.threads));
            return false;
        }
        graph::Node* node = computedNode(editor, hint.node, what);
        if (node != nullptr)
            limitThreads(*node, hint.threads);
        return node != nullptr;
    }));
}

std::size_t applyKernel(HintEditor& editor, const std::vector<KernelHint>& hints)
{
    constexpr std::string_view what = "choose a kernel";
    return static_cast<std::size_t>(std::count_if(hints.begin(), hints.end(), [&](const KernelHint& hint) {
        graph::Node* node = computedNode(editor, hint.node, what);
        if (node == nullptr)
            return false;
        const auto choices = ops::kernelChoices(editor.graph(), *node);
        if (std::find(choices.begin(), choices.end(), hint.kernel) != choices.end()) {
            chooseKernel(*node, hint.kernel);
            return true;
        }
        editor.tell(what, hint.node,
                    choices.empty() ? fmt::format("there is one kernel for {} only", node->opType)
                                    : fmt::format("there is no kernel \"{}\" for it, but: {}",
                                                  displayText(hint.kernel, 100), fmt::join(choices, ", ")));
        return false;
    }));
}

std::size_t applyOutOfPlace(HintEditor& editor, const std::vector<std::string>& nodes)
{
    constexpr std::string_view what = "write over no input";
    return static_cast<std::size_t>(std::count_if(nodes.begin(), nodes.end(), [&](const std::string& name) {
        graph::Node* node = computedNode(editor, name, what);
        if (node == nullptr)
            return false;
        if (editor.operatorOf(*node)->inPlace.empty()) {
            editor.tell(what, name, fmt::format("{} never does", displayText(node->opType, 100)));
            return false;
        }
        keepOutOfPlace(*node);
        return true;
    }));
}

} // namespace orrery::passes
