// SPDX-License-Identifier: Apache-2.0
#include "profiler/session/earlier_durations.h"

#include "trace_db/queries/graph.h"
#include "trace_db/queries/op_events.h"
#include "trace_db/queries/runs.h"
#include "trace_db/trace_reader.h"

#include <algorithm>
#include <unordered_map>
#include <vector>

namespace orrery::session {

namespace {

constexpr std::size_t fewestMeasurements = 5;

std::string identity(const std::string& opType, const std::string& name) { return opType + '\n' + name; }

} // namespace

Result<std::map<NodeId, std::int64_t>> earlierP95(const std::string& tracePath, const graph::Graph& graph)
{
    trace_db::TraceReader reader = TRY(trace_db::TraceReader::open(tracePath));
    trace_db::RunId run = TRY(trace_db::runs::resolve(reader, {}));

    std::unordered_map<std::string, NodeId> nodes;
    for (NodeId id : graph.liveNodes())
        if (const graph::Node& node = graph.node(id); !node.name.empty())
            nodes.try_emplace(identity(node.opType, node.name), id);
    std::unordered_map<std::uint32_t, NodeId> nodeOf;
    for (const auto& row : TRY(trace_db::graph::run(reader, {run, "compute"})))
        for (const trace_db::NodeRow& node : row.rows.nodes)
            if (auto found = nodes.find(identity(node.opType, node.name)); found != nodes.end())
                nodeOf[node.id] = found->second;

    std::map<NodeId, std::vector<std::int64_t>> durations;
    trace_db::op_events::Params params;
    params.run = run;
    for (const trace_db::OpEvent& event : TRY(trace_db::op_events::run(reader, params)))
        if (auto found = nodeOf.find(event.node); found != nodeOf.end() && event.kind == trace_db::OpKind::Op)
            durations[found->second].push_back(event.dur);

    std::map<NodeId, std::int64_t> result;
    for (auto& [node, times] : durations) {
        if (times.size() < fewestMeasurements)
            continue;
        auto at = times.begin() + static_cast<std::ptrdiff_t>((times.size() - 1) * 95 / 100);
        std::nth_element(times.begin(), at, times.end());
        result[node] = *at;
    }
    return result;
}

} // namespace orrery::session
