// SPDX-License-Identifier: Apache-2.0
#include "engine/debug/breakpoint_set.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace orrery::debug {

using graph::Tensor;

namespace {

// "/layer3/" and "/layer3" hold "/layer3/Conv" and "/layer3" itself, not "/layer33/Conv".
bool inScope(std::string_view name, std::string_view scope)
{
    constexpr std::string_view separators = "/.:";
    if (!name.starts_with(scope))
        return false;
    return name.size() == scope.size() || separators.find(scope.back()) != separators.npos ||
           separators.find(name[scope.size()]) != separators.npos;
}

Error wrong(std::string message) { return {ErrorCode::Usage, std::move(message), "breakpoint"}; }

} // namespace

Result<void> BreakpointSet::check(const Breakpoint& breakpoint, const plan::Plan& plan) const
{
    switch (breakpoint.target) {
    case BreakpointTarget::Node:
        if (!plan.graph().contains(breakpoint.node))
            return wrong("there is no such node");
        break;
    case BreakpointTarget::Value:
        if (!plan.graph().contains(breakpoint.value))
            return wrong("there is no such value");
        break;
    case BreakpointTarget::OpType:
    case BreakpointTarget::Scope:
        if (breakpoint.text.empty())
            return wrong("expected an op type or a scope, found nothing");
        break;
    case BreakpointTarget::Any:
        if (!breakpoint.condition)
            return wrong("one for every node needs a condition");
        break;
    }
    if (!breakpoint.condition)
        return {};
    if (breakpoint.condition->quantity == Quantity::TimeAboveP95 &&
        (breakpoint.target == BreakpointTarget::Node ? !m_p95Ns.contains(breakpoint.node) : m_p95Ns.empty()))
        return wrong("`time > p95` needs recorded times of earlier runs; there are none");
    if (breakpoint.condition->quantity == Quantity::Difference &&
        (breakpoint.target == BreakpointTarget::Value ? !m_references.contains(breakpoint.value)
                                                      : m_references.empty()))
        return wrong("`difference` needs reference tensors; there are none");
    return {};
}

const Breakpoint* BreakpointSet::byId(BreakpointId id) const
{
    auto at = std::find_if(m_breakpoints.begin(), m_breakpoints.end(),
                           [&](const Breakpoint& breakpoint) { return breakpoint.id == id; });
    return at == m_breakpoints.end() ? nullptr : &*at;
}

Result<void> BreakpointSet::set(std::vector<Breakpoint> breakpoints, const plan::Plan& plan)
{
    std::set<BreakpointId> taken;
    for (Breakpoint& breakpoint : breakpoints) {
        TRY(check(breakpoint, plan));
        if (const Breakpoint* known = byId(breakpoint.id))
            breakpoint.hits = known->hits;
        if (breakpoint.id.valid() && taken.insert(breakpoint.id).second)
            m_nextId = std::max(m_nextId, breakpoint.id.value + 1);
        else
            breakpoint.id = {};
    }
    for (Breakpoint& breakpoint : breakpoints)
        if (!breakpoint.id.valid())
            breakpoint.id = BreakpointId(m_nextId++);
    m_breakpoints = std::move(breakpoints);
    match(plan);
    return {};
}

void BreakpointSet::matchNode(const graph::Node& node, const Breakpoint& breakpoint)
{
    Target target{breakpoint.id, {}, {}};
    switch (breakpoint.target) {
    case BreakpointTarget::Node:
        if (breakpoint.node != node.id)
            return;
        break;
    case BreakpointTarget::OpType:
        if (breakpoint.text != node.opType)
            return;
        break;
    case BreakpointTarget::Scope:
        if (!inScope(node.name, breakpoint.text))
            return;
        break;
    case BreakpointTarget::Value: {
        auto at = std::find(node.outputs.begin(), node.outputs.end(), breakpoint.value);
        if (at == node.outputs.end())
            return;
        target.output = static_cast<std::size_t>(at - node.outputs.begin());
        break;
    }
    case BreakpointTarget::Any:
        break;
    }
    bool after = breakpoint.condition || breakpoint.target == BreakpointTarget::Value;
    (after ? m_after : m_before)[node.id].push_back(target);
    std::uint8_t& flags = m_flags[node.id.index()];
    flags |= after ? LooksAfter : StopsBefore;
    if (breakpoint.condition && breakpoint.condition->quantity == Quantity::ShapeChange)
        flags |= LogsShapes;
}

// What a body is given has no node that writes it: it is there when the first one of the body comes next.
void BreakpointSet::matchBodyInput(const plan::Plan& plan, const Breakpoint& breakpoint)
{
    const graph::Value& value = plan.graph().value(breakpoint.value);
    if (value.producer.valid() || value.isConstant() || value.region == plan.graph().mainRegion())
        return;
    for (const plan::Block& block : plan.blocks())
        if (block.region == value.region && !block.instructions.empty()) {
            NodeId first = block.instructions.front().node;
            m_before[first].push_back({breakpoint.id, {}, breakpoint.value});
            m_flags[first.index()] |= StopsBefore;
        }
}

void BreakpointSet::match(const plan::Plan& plan)
{
    m_plan = &plan;
    m_before.clear();
    m_after.clear();
    m_flags.assign(plan.graph().nodeSlots(), 0);
    for (const Breakpoint& breakpoint : m_breakpoints) {
        if (!breakpoint.enabled)
            continue;
        for (const plan::Block& block : plan.blocks())
            for (const plan::Instruction& instruction : block.instructions)
                matchNode(plan.graph().node(instruction.node), breakpoint);
        if (breakpoint.target == BreakpointTarget::Value)
            matchBodyInput(plan, breakpoint);
    }
}

bool BreakpointSet::onlyPlainBefore(NodeId node) const
{
    auto targets = m_before.find(node);
    return targets == m_before.end() ||
           std::all_of(targets->second.begin(), targets->second.end(),
                       [&](const Target& target) { return !byId(target.breakpoint)->condition; });
}

void BreakpointSet::findBefore(NodeId next, const Moment& moment,
                               const std::function<const Tensor*(ValueId)>& tensorOf,
                               std::vector<Hit>& found) const
{
    auto targets = m_before.find(next);
    if (targets == m_before.end())
        return;
    for (const Target& target : targets->second) {
        const Breakpoint& breakpoint = *byId(target.breakpoint);
        Hit hit{breakpoint.id, moment.position, next, {}, {}};
        if (breakpoint.condition) {
            hit.value = target.bodyInput;
            const Tensor* tensor = tensorOf(target.bodyInput);
            auto reference = m_references.find(target.bodyInput);
            const Tensor* expected = reference == m_references.end() ? nullptr : &reference->second;
            Evidence evidence;
            evidence.outputs = {&tensor, 1};
            evidence.references = {&expected, 1};
            auto finding = evaluate(*breakpoint.condition, evidence);
            if (!finding)
                continue;
            hit.sentence = finding->sentence;
        }
        found.push_back(std::move(hit));
    }
}

void BreakpointSet::findAfter(const Computed& computed, const Moment& moment, std::vector<Hit>& found)
{
    const std::vector<ValueId>& values = m_plan->graph().node(computed.node).outputs;
    std::vector<const Tensor*> outputs, references;
    ShapeLog::OutputDims dims;
    for (std::size_t i = 0; i < computed.outputs.size(); ++i) {
        outputs.push_back(computed.outputs[i].defined() ? &computed.outputs[i] : nullptr);
        auto reference = m_references.find(values[i]);
        references.push_back(reference == m_references.end() ? nullptr : &reference->second);
        dims.push_back(computed.outputs[i].dims());
    }
    Evidence evidence;
    evidence.outputs = outputs;
    evidence.references = references;
    evidence.durationNs = computed.ns;
    if (auto p95 = m_p95Ns.find(computed.node); p95 != m_p95Ns.end())
        evidence.p95Ns = p95->second;
    if ((flags(computed.node) & LogsShapes) != 0) {
        if (auto* earlier = m_shapes.before(moment.branches, moment.owner, moment.position, computed.node))
            evidence.earlierDims = *earlier;
        m_shapes.record(moment.owner, moment.position, computed.node, dims);
    }
    auto targets = m_after.find(computed.node);
    if (targets == m_after.end())
        return;
    for (const Target& target : targets->second) {
        const Breakpoint& breakpoint = *byId(target.breakpoint);
        Hit hit{breakpoint.id, moment.position, computed.node, {}, {}};
        if (breakpoint.condition) {
            std::vector<const Tensor*> one(outputs.size());
            if (target.output) {
                one[*target.output] = outputs[*target.output];
                evidence.outputs = one;
            }
            auto finding = evaluate(*breakpoint.condition, evidence);
            evidence.outputs = outputs;
            if (!finding)
                continue;
            hit.sentence = finding->sentence;
            hit.value = finding->output < values.size() ? values[finding->output] : ValueId();
        }
        found.push_back(std::move(hit));
    }
}

Counted BreakpointSet::count(const Hit& hit)
{
    auto at = std::find_if(m_breakpoints.begin(), m_breakpoints.end(),
                           [&](const Breakpoint& breakpoint) { return breakpoint.id == hit.breakpoint; });
    if (at == m_breakpoints.end() || !at->enabled)
        return Counted::Passed;
    ++at->hits;
    if (at->ignore > 0) {
        --at->ignore;
        return Counted::Passed;
    }
    Counted result = at->action == BreakpointAction::Log ? Counted::Logged : Counted::Stops;
    if (at->once) {
        m_breakpoints.erase(at);
        match(*m_plan);
    }
    return result;
}

} // namespace orrery::debug
