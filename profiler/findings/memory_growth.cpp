// SPDX-License-Identifier: Apache-2.0
//
// Growth that no node keeps: what malloc or the engine holds for later while little of it is live, a value
// that gets longer in every round of a loop, and what the program itself holds between nodes, which is never
// blamed on one.
#include "profiler/findings/run_memory.h"
#include "trace_db/queries/alloc_events.h"
#include "trace_db/queries/native_stats.h"
#include "trace_db/queries/node_identity.h"

#include <algorithm>
#include <map>

namespace orrery::findings {
namespace {

using Site = trace_db::native_sites::Row;

Result<void> examineProgram(const trace_db::TraceReader& reader, trace_db::RunId run, const RunSteps& steps,
                            Findings& into)
{
    MemorySeries series;
    series.liveBytes.resize(steps.size());
    std::int64_t closedBytes = 0;
    bool closed = true;
    for (const Site& site : TRY(trace_db::native_sites::run(reader, {run})))
        if (site.site.share == trace_db::NativeShare::Other) {
            addTo(series.liveBytes, site.samples, steps);
            closed = closed && site.closed;
            closedBytes += site.closed ? plausibleBytes(site.closed->liveBytes) : 0;
        }
    if (closed)
        series.closedBytes = closedBytes;
    MemoryEvidence evidence;
    evidence.owner = MemoryOwner::Program;
    evidence.judgement = judge(series, steps.inputSets);
    if (evidence.judgement.verdict != MemoryVerdict::Leak)
        return {};
    evidence.judgement.verdict = MemoryVerdict::Growth;
    into.list.push_back(TRY(concluded(reader, run, steps, std::move(evidence))));
    return {};
}

Result<void> examineSlack(const trace_db::TraceReader& reader, trace_db::RunId run, const RunSteps& steps,
                          Findings& into)
{
    std::vector<std::int64_t> held = TRY(counterAtSteps(reader, run, "heap_held_bytes", steps));
    std::vector<std::int64_t> live(held.size());
    for (const char* counter : {"heap_tensor_bytes", "heap_native_bytes", "heap_other_bytes"}) {
        std::vector<std::int64_t> share = TRY(counterAtSteps(reader, run, counter, steps));
        for (std::size_t i = 0; i < std::min(share.size(), live.size()); ++i)
            live[i] += share[i];
    }
    MemoryEvidence evidence;
    evidence.owner = MemoryOwner::Allocator;
    evidence.judgement = judgeSlack(held, live);
    if (evidence.judgement.verdict == MemoryVerdict::ArenaSlack) {
        // Who takes and gives back most is who makes the holes.
        auto use = TRY(trace_db::native_stats::run(reader, {run}));
        if (!use.empty())
            evidence.nodeId = use.front().nodeId;
        into.list.push_back(TRY(concluded(reader, run, steps, std::move(evidence))));
    }
    MemoryEvidence engine;
    engine.owner = MemoryOwner::Engine;
    engine.judgement = judgeSlack(TRY(counterAtSteps(reader, run, "engine_held_bytes", steps)),
                                  TRY(counterAtSteps(reader, run, "engine_live_bytes", steps)));
    if (engine.judgement.verdict == MemoryVerdict::ArenaSlack)
        into.list.push_back(TRY(concluded(reader, run, steps, std::move(engine))));
    return {};
}

// The last step stands for all: rounds of a loop are the same in each.
Result<void> examineLoops(const trace_db::TraceReader& reader, trace_db::RunId run, const RunSteps& steps,
                          Findings& into)
{
    constexpr std::int64_t mostEvents = 1'000'000;
    std::string sql = "SELECT g.first_node_id FROM main.runs AS r JOIN main.graphs AS g ON g.graph_id = "
                      "r.compute_graph_id WHERE r.run_id = " +
                      std::to_string(run.value);
    // A file may claim any number; no sum with an id of 32 bits may overflow.
    std::int64_t firstNodeId =
        std::clamp<std::int64_t>(TRY(reader.connection().integer(sql.c_str())), 0, std::int64_t{1} << 62);
    std::map<std::pair<std::uint32_t, std::uint32_t>, std::vector<std::int64_t>> rounds; // by node and value
    for (const auto& event :
         TRY(trace_db::alloc_events::run(reader, {run, steps.begins.back(), steps.ends.back(), mostEvents})))
        if (event.action == trace_db::AllocAction::Alloc && event.node != trace_db::noId)
            rounds[{event.node, event.value}].push_back(plausibleBytes(event.bytes));
    std::map<std::int64_t, MemoryEvidence> worst; // by loop: the rest follows from it
    for (const auto& [key, bytes] : rounds) {
        MemoryJudgement judgement = judgeRounds(bytes);
        if (judgement.verdict == MemoryVerdict::Steady)
            continue;
        std::int64_t nodeId = firstNodeId + key.first;
        auto nodes = TRY(trace_db::node_identity::run(reader, {run, nodeId}));
        if (nodes.empty() || nodes.front().parentNodeId < 0)
            continue;
        MemoryEvidence& evidence = worst[nodes.front().parentNodeId];
        if (evidence.judgement.rate.bytes >= judgement.rate.bytes)
            continue;
        evidence.owner = MemoryOwner::Tensor;
        evidence.judgement = judgement;
        evidence.nodeId = nodeId;
        evidence.loop = nodes.front().parent;
    }
    for (auto& [loop, evidence] : worst)
        into.list.push_back(TRY(concluded(reader, run, steps, std::move(evidence))));
    return {};
}

Result<Findings> find(const trace_db::TraceReader& reader, trace_db::RunId run)
{
    Findings found;
    RunSteps steps = TRY(readSteps(reader, run));
    if (steps.size() == 0)
        return found;
    TRY(examineProgram(reader, run, steps, found));
    TRY(examineSlack(reader, run, steps, found));
    TRY(examineLoops(reader, run, steps, found));
    return found;
}

} // namespace

FindingSpec memory_growth()
{
    return {"memory_growth",
            "memory that grows and that no node keeps: of the allocator, of loops, of the program itself",
            "keep sizes equal from call to call; let loops collect scan outputs", find};
}

} // namespace orrery::findings
