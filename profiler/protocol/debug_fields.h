#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// The fields of what travels in a debugging session, for the Encoder and the Decoder. For codec.cpp alone.

#include "profiler/protocol/debug_command.h"
#include "profiler/protocol/graph_codec.h"

namespace orrery::protocol {

template<class E, E last>
struct Last {
    static constexpr E value = last;
};
template<>
struct LastEnumerator<debug::Quantity> : Last<debug::Quantity, debug::Quantity::Difference> {};
template<>
struct LastEnumerator<debug::Comparison> : Last<debug::Comparison, debug::Comparison::Equal> {};
template<>
struct LastEnumerator<debug::BreakpointTarget> : Last<debug::BreakpointTarget, debug::BreakpointTarget::Any> {
};
template<>
struct LastEnumerator<debug::BreakpointAction> : Last<debug::BreakpointAction, debug::BreakpointAction::Log> {
};
template<>
struct LastEnumerator<debug::Direction> : Last<debug::Direction, debug::Direction::Backward> {};
template<>
struct LastEnumerator<debug::Goal> : Last<debug::Goal, debug::Goal::Position> {};
template<>
struct LastEnumerator<debug::StopReason> : Last<debug::StopReason, debug::StopReason::Changed> {};
template<>
struct LastEnumerator<debug::Availability> : Last<debug::Availability, debug::Availability::NotComputed> {};
template<>
struct LastEnumerator<debug::Rounding> : Last<debug::Rounding, debug::Rounding::BFloat16> {};

} // namespace orrery::protocol

namespace orrery::debug {

using protocol::Of;

void fields(auto& archive, Of<Condition> auto& s) { archive(s.quantity, s.comparison, s.threshold); }
void fields(auto& archive, Of<Breakpoint> auto& s)
{
    archive(s.id, s.target, s.node, s.value, s.text, s.condition, s.action, s.enabled, s.once, s.ignore,
            s.hits);
}
void fields(auto& archive, Of<Hit> auto& s)
{
    archive(s.breakpoint, s.position, s.node, s.value, s.sentence);
}
void fields(auto& archive, Of<Movement> auto& s)
{
    archive(s.goal, s.direction, s.count, s.node, s.value, s.position);
}
void fields(auto& archive, Of<StackFrame> auto& s)
{
    archive(s.region, s.entered, s.next, s.iteration, s.iterations);
}
void fields(auto& archive, Of<Branch> auto& s) { archive(s.id, s.parent, s.from, s.what); }
void fields(auto& archive, Of<HistoryUse> auto& s) { archive(s.budgetBytes, s.usedBytes, s.states); }
void fields(auto& archive, Of<DebugState> auto& s)
{
    archive(s.reason, s.position, s.lastPosition, s.finished, s.next, s.stack, s.entered, s.previous,
            s.previousNs, s.hits, s.logged, s.error, s.branch, s.branches, s.history, s.live, s.liveBytes);
}
// The tensor travels in the block beside it.
void fields(auto& archive, Of<SetValue> auto& s) { archive(s.value); }
void fields(auto& archive, Of<SetAttribute> auto& s) { archive(s.node, s.name, s.value); }
void fields(auto& archive, Of<ReplaceOperator> auto& s) { archive(s.node, s.opType, s.domain, s.attributes); }
void fields(auto& archive, Of<Bypass> auto& s) { archive(s.node); }
void fields(auto&, Of<Skip> auto&) {}
void fields(auto& archive, Of<TensorDifference> auto& s)
{
    archive(s.maxAbsolute, s.meanAbsolute, s.rms, s.maxRelative, s.relativeL2, s.cosine, s.worst,
            s.mismatches, s.different);
}
void fields(auto& archive, Of<NodeError> auto& s)
{
    archive(s.node, s.value, s.origins, s.total, s.made, s.inBody);
}
void fields(auto& archive, Of<DivergenceReport> auto& s)
{
    archive(s.compared, s.notCompared, s.first, s.nodes, s.ranked);
}

} // namespace orrery::debug

namespace orrery::protocol {

void fields(auto& archive, Of<TensorInfo> auto& s) { archive(s.type, s.dims, s.offset, s.strings); }
void fields(auto& archive, Of<TensorBlock> auto& s) { archive(s.tensors); }
void fields(auto& archive, Of<InputFile> auto& s) { archive(s.name, s.index, s.path); }
void fields(auto& archive, Of<DebugStart> auto& s)
{
    archive(s.inputs, s.inputShapes, s.seed, s.threads, s.memoryLimitBytes, s.historyBudgetBytes,
            s.referencePath, s.p95Ns);
}
void fields(auto& archive, Of<DebugGo> auto& s) { archive(s.movement); }
void fields(auto&, Of<DebugRestart> auto&) {}
void fields(auto& archive, Of<DebugFindBad> auto& s) { archive(s.overflowAbove); }
void fields(auto& archive, Of<DebugSetBreakpoints> auto& s) { archive(s.breakpoints); }
void fields(auto& archive, Of<DebugFetch> auto& s) { archive(s.value, s.recompute); }
void fields(auto& archive, Of<DebugEvaluate> auto& s) { archive(s.expression); }
void fields(auto& archive, Of<DebugEdit> auto& s) { archive(s.edit, s.tensor); }
void fields(auto& archive, Of<DebugAssign> auto& s) { archive(s.value, s.expression); }
void fields(auto& archive, Of<DebugChoose> auto& s) { archive(s.branch); }
void fields(auto&, Of<DebugRerun> auto&) {}
void fields(auto& archive, Of<DebugSetBudget> auto& s) { archive(s.bytes); }
void fields(auto& archive, Of<Diverge> auto& s)
{
    archive(s.start, s.referenceOptimize, s.tolerance, s.rounding);
}
void fields(auto& archive, Of<BlockOrder> auto& s) { archive(s.region, s.nodes); }
void fields(auto& archive, Of<DebugStarted> auto& s) { archive(s.types, s.order, s.notes, s.state); }
void fields(auto& archive, Of<DebugReached> auto& s) { archive(s.state, s.breakpoints, s.graph); }
void fields(auto& archive, Of<DebugTensor> auto& s) { archive(s.availability, s.writtenAt, s.tensor); }
void fields(auto& archive, Of<DebugReran> auto& s) { archive(s.computed, s.reused, s.outputs, s.tensors); }
void fields(auto& archive, Of<DebugProgress> auto& s) { archive(s.done, s.total); }
void fields(auto& archive, Of<Diverged> auto& s) { archive(s.report); }

} // namespace orrery::protocol
