// SPDX-License-Identifier: Apache-2.0
#include "trace_db/queries/memory_by_node.h"

#include "trace_db/queries/alive_at.h"
#include "trace_db/queries/graph.h"
#include "trace_db/queries/native_sites.h"

#include <algorithm>
#include <map>

namespace orrery::trace_db::memory_by_node {
namespace {

// Live bytes at the end of a step: those of the last sample up to it.
std::int64_t liveAt(const native_sites::Row& site, std::uint32_t step)
{
    std::int64_t bytes = 0;
    for (const native_sites::Sample& sample : site.samples)
        if (sample.step <= step)
            bytes = sample.liveBytes;
    return bytes;
}

Result<void> addGrowth(const TraceReader& reader, RunId run, const AllocIndex& index,
                       std::map<std::uint32_t, Row>& byNode)
{
    const auto sites = TRY(native_sites::run(reader, {run}));
    std::uint32_t first = noId, last = 0;
    for (const StepMemory& step : index.steps)
        if (step.kind == StepKind::Measured) {
            first = std::min(first, step.step);
            last = std::max(last, step.step);
        }
    if (sites.empty() || first == noId || last <= first)
        return {};
    const auto graphs = TRY(graph::run(reader, {run, "compute"}));
    const std::int64_t firstNode = graphs.empty() ? 0 : graphs.front().firstNodeId;
    for (auto& [node, row] : byNode)
        row.isHeapWatched = true;
    for (const native_sites::Row& site : sites) {
        if (site.site.share != NativeShare::Native || site.nodeId < firstNode)
            continue;
        const double grown = double(liveAt(site, last)) - double(liveAt(site, first));
        if (auto found = byNode.find(std::uint32_t(site.nodeId - firstNode)); found != byNode.end())
            found->second.nativeGrowthPerStep += grown / double(last - first);
    }
    return {};
}

} // namespace

Result<std::vector<Row>> run(const TraceReader& reader, const Params& params)
{
    const auto index = TRY(alloc_index::run(reader, {params.run}));
    const auto graph = TRY(graph_facts::run(reader, {params.run}));
    std::map<std::uint32_t, Row> byNode;
    for (const NodeRow& node : graph->nodes())
        byNode[node.id].node = node.id;
    if (!index->chunks.empty()) {
        const auto alive = TRY(alive_at::run(reader, {index, graph, index->peak.ts}));
        for (const alive_at::Row& row : alive.rows) {
            const auto readers = graph->readers(row.buffer.value);
            const bool isWeight = row.buffer.kind == AllocKind::Weight;
            const std::uint32_t node = !isWeight ? row.buffer.node : readers.empty() ? noId : readers.front();
            const auto found = byNode.find(node);
            if (found == byNode.end())
                continue;
            std::int64_t& bytes = isWeight ? found->second.weightBytes : found->second.peakBytes;
            bytes = addSaturated(bytes, row.buffer.bytes);
        }
    }
    TRY(addGrowth(reader, params.run, *index, byNode));
    std::vector<Row> rows;
    for (const auto& [node, row] : byNode)
        rows.push_back(row);
    return rows;
}

} // namespace orrery::trace_db::memory_by_node
