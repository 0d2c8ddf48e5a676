// SPDX-License-Identifier: Apache-2.0
#include "views/panels/debug_marks.h"

#include <algorithm>

namespace orrery::panels {
namespace {

using canvas::Mark;
using document::DebugController;

// In each body on the stack, what lies before its next instruction has run; the node whose body is being
// carried out is neither done nor to come.
void markProgress(const DebugController& debugger, Marks& marks)
{
    const auto state = debugger.state();
    for (const session::BlockOrder& block : debugger.order()) {
        auto frame = std::find_if(state->stack.begin(), state->stack.end(),
                                  [&](const debug::StackFrame& f) { return f.region == block.region; });
        const bool isMain = &block == &debugger.order().front();
        if (frame == state->stack.end() && !(isMain && state->finished))
            continue;
        const bool innermost = frame != state->stack.end() && frame + 1 == state->stack.end();
        const std::size_t next = frame == state->stack.end() ? block.nodes.size() : frame->next;
        for (std::size_t i = 0; i < block.nodes.size(); ++i) {
            if (i == next && !innermost)
                continue;
            if (i < next)
                marks.emplace_back(block.nodes[i].value, Mark::Executed);
            else if (i > next)
                marks.emplace_back(block.nodes[i].value, Mark::Pending);
        }
    }
    if (state->next.valid()) {
        const bool failed =
            state->reason == debug::StopReason::Failed || debugger.phase() == DebugController::Phase::Dead;
        marks.emplace_back(state->next.value, Mark::Current);
        if (failed)
            marks.emplace_back(state->next.value, Mark::Failed);
    }
}

} // namespace

Marks marksOf(const DebugController& debugger)
{
    Marks marks;
    if (debugger.state())
        markProgress(debugger, marks);
    for (const debug::Breakpoint& breakpoint : debugger.breakpoints()) {
        if (breakpoint.target != debug::BreakpointTarget::Node)
            continue;
        marks.emplace_back(breakpoint.node.value,
                           breakpoint.enabled ? Mark::Breakpoint : Mark::DisabledBreakpoint);
        if (breakpoint.condition)
            marks.emplace_back(breakpoint.node.value, Mark::ConditionalBreakpoint);
    }
    return marks;
}

} // namespace orrery::panels
