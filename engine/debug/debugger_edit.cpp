// SPDX-License-Identifier: Apache-2.0
//
// Edits make branches. One forks off where the session is, except when it concerns nodes that have all run
// already: then it forks off just before the first of their last runs, and the session goes there. That only
// ever moves back, so the new branch has a state to begin with.
#include "engine/debug/debugger_walk.h"
#include "engine/debug/edit_change.h"

#include <cstring>

namespace orrery::debug {

using graph::Tensor;

namespace {

Result<Tensor> zeros(graph::DataType type, const graph::Dims& dims)
{
    Tensor tensor = TRY(Tensor::allocate(type, dims));
    if (tensor.byteSize() > 0)
        std::memset(tensor.mutableBytes(), 0, tensor.byteSize());
    return tensor;
}

} // namespace

// Relative to the innermost body on the stack that the node, or a node around it, stands in.
bool Debugger::Impl::isBehind(NodeId node) const
{
    const auto frames = m_execution->frames();
    if (frames.empty())
        return true;
    for (auto frame = frames.rbegin(); frame != frames.rend(); ++frame)
        for (NodeId at = node; at.valid(); at = m_index[at].parent) {
            const auto& instructions = frame->block->instructions;
            std::size_t index = m_index[at].index;
            if (index >= instructions.size() || instructions[index].node != at)
                continue;
            bool entered = frame != frames.rbegin() && index == frame->next;
            return index < frame->next || (entered && at == node);
        }
    return false;
}

std::uint64_t Debugger::Impl::forkFor(std::span<const NodeId> affected) const
{
    std::uint64_t first = position();
    for (NodeId node : affected) {
        std::optional<std::uint64_t> ran = lastRun(node, position());
        if (!isBehind(node))
            return position();
        if (ran)
            first = std::min(first, *ran);
    }
    return first;
}

// What is planned for them, unless an edit may have made the shapes others: then what computing them gives.
Result<std::vector<Tensor>> Debugger::Impl::outputsForSkip()
{
    NodeId id = m_execution->next();
    const graph::Node& node = graph().node(id);
    std::vector<Tensor> computed;
    if (m_branches.lineage(m_branch).size() > 1 && node.regions().empty()) {
        Here before = here();
        m_watch.wanted = id;
        m_watch.caught.reset();
        if (m_execution->step().ok() && m_watch.caught)
            computed = std::move(*m_watch.caught);
        m_watch.wanted = {};
        m_watch.caught.reset();
        m_watch.computed.clear();
        comeBack(before);
    }
    std::vector<Tensor> result;
    for (std::size_t i = 0; i < node.outputs.size(); ++i) {
        ValueId output = node.outputs[i];
        if (!output.valid()) {
            result.emplace_back();
            continue;
        }
        const auto& planned = m_execution->memoryPlan().types;
        const graph::ValueType* type = output.index() < planned.size() ? &planned[output.index()] : nullptr;
        std::optional<graph::Dims> dims;
        if (type != nullptr && type->shape)
            dims = type->shape->concrete();
        if (i < computed.size() && computed[i].defined())
            result.push_back(TRY(zeros(computed[i].type(), computed[i].dims())));
        else if (dims && type->element != graph::DataType::Undefined)
            result.push_back(TRY(zeros(type->element, *dims)));
        else
            return Error{ErrorCode::Usage,
                         "it cannot be skipped: the shape of its output \"" + graph().value(output).name +
                             "\" is not known before it has run",
                         node.displayName()};
    }
    return result;
}

void Debugger::Impl::beOn(BranchId branch)
{
    m_branch = branch;
    m_lineage = m_branches.lineage(branch);
    m_breakpoints.match(plan());
}

Result<DebugState> Debugger::Impl::applyAt(std::uint64_t from, const Edit& edit)
{
    BranchId parent = m_branches.owner(m_branch, from);
    BranchRecord record;
    record.info.parent = parent;
    record.info.from = from;
    std::map<ValueId, graph::ValueType> inputTypes;
    const auto& inputs = plan().root().inputs;
    for (ValueId input : inputs)
        if (const Tensor* tensor = m_execution->value(input))
            inputTypes[input] = graph::ValueType::tensor(tensor->type(), graph::Shape::of(tensor->dims()));
    record.plan = TRY(variantFor(edit, m_branches[parent].plan, inputTypes));
    if (Walk walk = reach(m_branch, from); walk != Walk::Arrived)
        return Error{ErrorCode::Cancelled, "going to where the edit begins was interrupted", {}};
    if (m_execution->finished() && std::holds_alternative<Skip>(edit))
        return Error{ErrorCode::Usage, "the run has finished: there is nothing to skip", {}};
    record.info.what = inWords(edit, *m_branches[parent].plan, m_execution->next());
    if (const auto* set = std::get_if<SetValue>(&edit);
        set != nullptr && record.plan == m_branches[parent].plan) {
        // The setting that counts is made on entering the branch; this one shows that it can be.
        Here before = here();
        TRY(m_execution->setValue(set->value, set->tensor));
        comeBack(before);
        record.set.emplace(set->value, set->tensor);
    }
    record.concerned = concernedBy(edit, *m_branches[parent].plan);
    bool skips = std::holds_alternative<Skip>(edit);
    if (skips)
        record.skipped = TRY(outputsForSkip());
    beOn(m_branches.add(std::move(record)));
    follow(m_branch);
    if (skips)
        TRY(carryOut());
    m_hits.clear();
    m_logged.clear();
    m_error.reset();
    return stopped(StopReason::Changed);
}

Result<DebugState> Debugger::Impl::apply(const Edit& edit)
{
    std::vector<NodeId> concerned = concernedBy(edit, plan());
    for (NodeId node : concerned)
        if (!m_index.known(node))
            return Error{ErrorCode::Usage, "there is no such node in this program", {}};
    Here came = here();
    std::uint64_t from = forkFor(concerned);
    auto applied = applyAt(from, edit);
    if (!applied.ok())
        comeBack(came);
    return applied;
}

Result<DebugState> Debugger::Impl::choose(BranchId branch)
{
    if (!m_branches.contains(branch))
        return Error{ErrorCode::Usage, "there is no such branch", {}};
    Here came = here();
    BranchId before = m_branch;
    std::uint64_t target = std::min(position(), m_branches[branch].reached);
    m_hits.clear();
    m_logged.clear();
    m_error.reset();
    beOn(branch);
    Walk walk = reach(branch, target);
    if (walk == Walk::Arrived)
        return stopped(StopReason::Changed);
    beOn(before);
    comeBack(came);
    return ended(walk);
}

} // namespace orrery::debug
