// SPDX-License-Identifier: Apache-2.0
//
// Going on with a run that is in the file: its roll-ups are restored by feeding them its events again, which
// takes less than a second for ten million of them and keeps the file free of the roll-ups' inner state.
#include "trace_db/statement.h"
#include "trace_db/trace_writer_state.h"

namespace orrery::trace_db {
namespace {

Result<void> restoreGraphs(const Connection& connection, RunInProgress& run)
{
    Statement graphs = TRY(Statement::prepare(
        connection,
        "SELECT stage, first_node_id, first_value_id, node_id_count FROM graphs WHERE run_id = ?1"));
    graphs.bindAll(run.runId);
    while (TRY(graphs.next())) {
        if (graphs.text(0) == "dataflow")
            run.dataflowFirstNodeId = graphs.integer(1);
        int rank = eventGraphRank(graphs.text(0));
        if (rank <= run.graphRank)
            continue;
        constexpr std::int64_t nodesMaximum = std::int64_t{1} << 28;
        run.graphRank = rank;
        run.firstNodeId = graphs.integer(1);
        run.firstValueId = graphs.integer(2);
        run.ops.setGraph(run.firstNodeId, static_cast<std::uint32_t>(
                                              std::clamp<std::int64_t>(graphs.integer(3), 0, nodesMaximum)));
        run.memory.setGraph(run.firstNodeId, run.firstValueId);
        run.native.setGraph(run.firstNodeId);
    }
    return {};
}

// each(events) for every chunk that can be decoded; the last one stays open. A lost chunk is counted.
template<class Event, class Each>
Result<void> replay(const Connection& connection, RunInProgress& run, const char* sql,
                    ChunkQueue<Event>& queue, Each each)
{
    Statement chunks = TRY(Statement::prepare(connection, sql));
    chunks.bindAll(run.runId);
    std::vector<Event> events;
    std::int64_t next = 0;
    while (TRY(chunks.next())) {
        next = chunks.integer(0) + 1;
        if (!decodeChunk(chunks.blob(1), events)) {
            connection.countLostChunk();
            continue;
        }
        each(events);
    }
    if (!events.empty())
        queue.restore(next - 1, std::move(events));
    else
        queue.restore(next, {});
    return {};
}

Result<void> restoreOps(const Connection& connection, RunInProgress& run)
{
    return replay(connection, run, "SELECT chunk, data FROM op_chunks WHERE run_id = ?1 ORDER BY chunk",
                  run.opQueue, [&](const std::vector<OpEvent>& events) {
                      run.ops.add(events);
                      for (const OpEvent& event : events) {
                          run.firstTs = std::min(run.firstTs, event.ts);
                          run.lastTs = std::max(run.lastTs, event.ts + event.dur);
                      }
                  });
}

Result<void> restoreAllocs(const Connection& connection, RunInProgress& run)
{
    std::vector<std::int64_t> stepEnds;
    Statement steps =
        TRY(Statement::prepare(connection, "SELECT ts, dur FROM steps WHERE run_id = ?1 ORDER BY step"));
    steps.bindAll(run.runId);
    while (TRY(steps.next())) {
        OpEvent span = makeValid(OpEvent{.ts = steps.integer(0), .dur = steps.integer(1)});
        stepEnds.push_back(span.ts + span.dur);
    }
    std::size_t ended = 0;
    TRY(replay(connection, run, "SELECT chunk, data FROM alloc_chunks WHERE run_id = ?1 ORDER BY chunk",
               run.allocQueue, [&](std::vector<AllocEvent>& events) {
                   for (AllocEvent& event : events) {
                       for (; ended < stepEnds.size() && stepEnds[ended] <= event.ts; ++ended)
                           run.memory.endStep(stepEnds[ended]);
                       run.memory.add(event);
                       run.firstTs = std::min(run.firstTs, event.ts);
                       run.lastTs = std::max(run.lastTs, event.ts);
                   }
               }));
    for (; ended < stepEnds.size(); ++ended)
        run.memory.endStep(stepEnds[ended]);
    for (auto [node, peak] : run.memory.takeNodePeaks())
        run.ops.setPeakBytes(node, peak);
    return {};
}

} // namespace

Result<std::unique_ptr<RunInProgress>> restoreRun(const Connection& connection, std::int64_t runId)
{
    Statement select = TRY(Statement::prepare(
        connection, "SELECT warmup, lost_events, (SELECT count(*) FROM passes WHERE run_id = ?1) FROM runs "
                    "WHERE run_id = ?1"));
    select.bindAll(runId);
    if (!TRY(select.next()))
        return Error{ErrorCode::Usage, "the trace holds no run " + std::to_string(runId), connection.path()};
    auto run = std::make_unique<RunInProgress>(runId, select.integer(0));
    run->lostEvents = select.integer(1);
    run->passes = select.integer(2);
    TRY(restoreGraphs(connection, *run));
    TRY(restoreOps(connection, *run));
    TRY(restoreAllocs(connection, *run));
    TRY(run->native.restore(connection));
    run->ops.committed();
    run->memory.committed();
    return run;
}

} // namespace orrery::trace_db
