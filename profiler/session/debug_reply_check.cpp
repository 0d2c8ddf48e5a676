// SPDX-License-Identifier: Apache-2.0
#include "profiler/session/debug_reply_check.h"

#include <algorithm>

namespace orrery::session {

namespace {

// Invalid ids are fine where they mean "none".
bool known(NodeId id, const graph::Graph& graph) { return !id.valid() || graph.contains(id); }
bool known(ValueId id, const graph::Graph& graph) { return !id.valid() || graph.contains(id); }
bool exists(RegionId id, const graph::Graph& graph) { return id.valid() && id.index() < graph.regionSlots(); }

bool known(const std::vector<debug::Hit>& hits, const graph::Graph& graph)
{
    return std::all_of(hits.begin(), hits.end(), [&](const debug::Hit& hit) {
        return known(hit.node, graph) && known(hit.value, graph);
    });
}

template<class Ids>
bool allExist(const Ids& ids, const graph::Graph& graph)
{
    return std::all_of(ids.begin(), ids.end(), [&](auto id) { return graph.contains(id); });
}

} // namespace

bool fits(const debug::DebugState& state, const graph::Graph& graph)
{
    bool branches = state.branch.valid() && state.branch.index() < state.branches.size();
    for (std::size_t i = 0; i < state.branches.size(); ++i) {
        const debug::Branch& branch = state.branches[i];
        branches =
            branches && branch.id == BranchId(i) && (!branch.parent.valid() || branch.parent < branch.id);
    }
    bool stack = std::all_of(state.stack.begin(), state.stack.end(), [&](const debug::StackFrame& frame) {
        return exists(frame.region, graph) && known(frame.entered, graph);
    });
    return branches && stack && known(state.next, graph) && known(state.previous, graph) &&
           (state.finished || state.next.valid()) && allExist(state.entered, graph) &&
           known(state.hits, graph) && known(state.logged, graph) && allExist(state.live, graph);
}

bool fits(const protocol::DebugStarted& started, const graph::Graph& graph)
{
    bool order = !started.order.empty() && started.order.front().region == graph.mainRegion();
    for (const protocol::BlockOrder& block : started.order)
        order = order && exists(block.region, graph) && allExist(block.nodes, graph);
    return order && fits(started.state, graph);
}

bool fits(const debug::Breakpoint& breakpoint, const graph::Graph& graph)
{
    return breakpoint.id.valid() && known(breakpoint.node, graph) && known(breakpoint.value, graph);
}

bool fits(const debug::DivergenceReport& report, const protocol::Opened& opened)
{
    bool good = !report.first || *report.first < report.nodes.size();
    for (std::size_t place : report.ranked)
        good = good && place < report.nodes.size();
    for (const debug::NodeError& error : report.nodes) {
        good = good && opened.compute.contains(error.node) && opened.compute.contains(error.value);
        for (NodeId origin : error.origins)
            good = good && origin.index() < opened.dataflow.nodeSlots();
    }
    return good;
}

} // namespace orrery::session
