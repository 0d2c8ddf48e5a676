// SPDX-License-Identifier: Apache-2.0
#include "profiler/session/shrink_failure.h"

#include "engine/base/text.h"
#include "engine/debug/tensor_statistics.h"
#include "profiler/session/crash_report.h"

#include <fmt/format.h>

#include <algorithm>

namespace orrery::session {

namespace {

using Observed = Result<std::optional<Failure>>;

std::set<std::string> namesWritten(const graph::Graph& graph, NodeId node)
{
    std::set<std::string> names;
    for (ValueId output : graph.node(node).outputs)
        if (output.valid())
            names.insert(graph.value(output).name);
    return names;
}

Failure failureAt(FailureKind kind, const protocol::Opened& opened, NodeId node)
{
    Failure failure;
    failure.kind = kind;
    failure.nodes = mainNodesOf(opened, node);
    for (NodeId id : failure.nodes)
        failure.outputs.merge(namesWritten(opened.dataflow, id));
    return failure;
}

Failure badValue(DebugSession& session, const debug::Hit& hit)
{
    Failure failure = failureAt(FailureKind::BadValue, session.opened(), hit.node);
    failure.way = "bad value";
    if (auto captured = session.tensor(hit.value, Recompute::Yes); captured.ok()) {
        debug::TensorStatistics statistics = debug::statistics(captured->tensor);
        failure.way = statistics.nans > 0 ? "NaN" : statistics.infinities > 0 ? "infinity" : failure.way;
    }
    failure.what = fmt::format("{} in output {} of {}", failure.way,
                               displayText(session.graph().value(hit.value).name, 200),
                               nodeText(session.graph().node(hit.node)));
    return failure;
}

Observed observeRun(const std::string& modelPath, const DebugOptions& options, FailureKind kind)
{
    auto session = TRY(DebugSession::open(modelPath, options));
    bool looksForBadValues = kind == FailureKind::Any || kind == FailureKind::BadValue;
    auto is = [&](FailureKind found) { return kind == FailureKind::Any || kind == found; };
    debug::Movement toTheEnd;
    toTheEnd.goal = debug::Goal::Continue;
    auto state = looksForBadValues ? session->findBadValue({}) : session->go(toTheEnd);
    if (!state.ok()) {
        if (!session->dead())
            return state.releaseError();
        if (!is(FailureKind::Crash))
            return std::optional<Failure>();
        NodeId node = session->runningNode();
        if (!session->opened().compute.contains(node))
            return state.releaseError(); // it did not die in a node
        Failure failure = failureAt(FailureKind::Crash, session->opened(), node);
        failure.way = state.error().code == ErrorCode::LimitReached ? "time limit" : "death";
        failure.what = state.error().text();
        return std::optional(failure);
    }
    if (state->error) {
        if (!is(FailureKind::Error) || !session->opened().compute.contains(state->next))
            return std::optional<Failure>();
        Failure failure = failureAt(FailureKind::Error, session->opened(), state->next);
        failure.way = std::to_string(static_cast<int>(state->error->code));
        failure.what = state->error->text();
        return std::optional(failure);
    }
    if (!looksForBadValues || state->reason != debug::StopReason::Breakpoint || state->hits.empty())
        return std::optional<Failure>();
    return std::optional(badValue(*session, state->hits.front()));
}

bool isBeyond(const debug::NodeError& error, double tolerance)
{
    return error.total.relativeL2 > tolerance || error.total.mismatches > 0;
}

Observed observeDifference(const std::string& modelPath, const DebugOptions& options, FailureKind kind,
                           double tolerance)
{
    DivergenceRequest request;
    request.debug = options;
    request.debug.referencePath.clear();
    request.tolerance = tolerance;
    if (kind == FailureKind::WrongOutput)
        request.referencePath = options.referencePath;
    DivergenceOutcome found = TRY(findDivergence(modelPath, request, {}));
    if (!found.report.first)
        return std::optional<Failure>();
    const debug::NodeError& first = found.report.nodes[*found.report.first];
    const graph::Graph& compute = found.opened.compute;
    Failure failure = failureAt(kind, found.opened, first.node);
    for (const debug::NodeError& other : found.report.nodes)
        if (isBeyond(other, tolerance))
            for (NodeId id : mainNodesOf(found.opened, other.node))
                failure.others.merge(namesWritten(found.opened.dataflow, id));
    failure.wrongValue = compute.value(first.value).name;
    failure.what = fmt::format("{} of {} differs from {}: relative L2 error {:.3g}",
                               displayText(failure.wrongValue, 200), nodeText(compute.node(first.node)),
                               kind == FailureKind::WrongOutput ? "the reference" : "the run without passes",
                               first.total.relativeL2);
    return std::optional(failure);
}

} // namespace

std::set<NodeId> mainNodesOf(const protocol::Opened& opened, NodeId node)
{
    const graph::Graph& dataflow = opened.dataflow;
    if (!opened.compute.contains(node))
        return {};
    std::vector<NodeId> origins = opened.compute.node(node).origins;
    if (origins.empty())
        origins.push_back(node);
    std::set<NodeId> result;
    for (NodeId id : origins) {
        while (dataflow.contains(id) && dataflow.node(id).region != dataflow.mainRegion())
            id = dataflow.region(dataflow.node(id).region).parent;
        if (dataflow.contains(id))
            result.insert(id);
    }
    return result;
}

Observed observe(const std::string& modelPath, const DebugOptions& options, FailureKind kind,
                 double tolerance)
{
    bool any = kind == FailureKind::Any;
    if (kind != FailureKind::Divergence && kind != FailureKind::WrongOutput)
        if (auto failure = TRY(observeRun(modelPath, options, kind)); failure || !any)
            return failure;
    if (kind == FailureKind::WrongOutput && options.referencePath.empty())
        return Error{ErrorCode::Usage, "a wrong output needs a reference to compare with", {}};
    if (!options.referencePath.empty() && (any || kind == FailureKind::WrongOutput))
        if (auto failure = TRY(observeDifference(modelPath, options, FailureKind::WrongOutput, tolerance));
            failure || !any)
            return failure;
    if (options.session.optimize == passes::OptimizeLevel::None)
        return std::optional<Failure>();
    return observeDifference(modelPath, options, FailureKind::Divergence, tolerance);
}

bool sameWay(const Failure& whole, const Failure& part)
{
    return whole.kind == part.kind && whole.way == part.way &&
           std::any_of(whole.outputs.begin(), whole.outputs.end(), [&](const std::string& name) {
               return part.outputs.contains(name) || part.others.contains(name);
           });
}

} // namespace orrery::session
