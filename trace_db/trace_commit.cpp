// SPDX-License-Identifier: Apache-2.0
//
// A commit of the writer: every changed chunk, and every table that is made of the events in them, at once.
#include "trace_db/statement.h"
#include "trace_db/trace_writer_state.h"
#include "trace_db/transaction.h"

#include <algorithm>

namespace orrery::trace_db {
namespace {

// A commit is due at 64 chunks (262,144 events), or later where so many nodes changed that their rows would
// outweigh the events: at a chunk per 40 nodes, and 256 chunks (a million events, 7 MB) at the latest.
constexpr std::size_t sealedLeast = 64;
constexpr std::size_t sealedMost = 256;
constexpr std::size_t nodesPerChunk = 40;

Result<void> writeChunks(const Connection& connection, RunInProgress& run)
{
    Statement op = TRY(Statement::prepare(
        connection, "INSERT OR REPLACE INTO op_chunks VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9)"));
    TRY(run.opQueue.forEachChanged([&](const Chunk& chunk) {
        const ChunkSummary& summary = chunk.summary;
        op.bindAll(run.runId, chunk.number, summary.n, summary.t0, summary.t1, summary.sumDur, summary.maxDur,
                   run.firstNodeId, chunk.data);
        return op.run();
    }));
    Statement alloc = TRY(Statement::prepare(
        connection, "INSERT OR REPLACE INTO alloc_chunks VALUES (?1,?2,?3,?4,?5,?6,?7,?8)"));
    return run.allocQueue.forEachChanged([&](const Chunk& chunk) {
        const ChunkSummary& summary = chunk.summary;
        alloc.bindAll(run.runId, chunk.number, summary.n, summary.t0, summary.t1, run.firstNodeId,
                      run.firstValueId, chunk.data);
        return alloc.run();
    });
}

Result<void> writeSteps(const Connection& connection, const RunInProgress& run)
{
    Statement insert =
        TRY(Statement::prepare(connection, "INSERT OR REPLACE INTO steps VALUES (?1,?2,?3,?4,?5,?6,?7)"));
    for (const StepEntry& entry : run.steps) {
        insert.bindAll(run.runId, entry.step.index, entry.step.ts, entry.step.dur,
                       entry.step.kind == StepKind::WarmUp ? 1 : 0, entry.step.peakBytes, entry.liveBytes);
        TRY(insert.run());
    }
    return {};
}

Result<void> writeNumbers(const Connection& connection, const RunInProgress& run)
{
    Statement sample =
        TRY(Statement::prepare(connection, "INSERT OR REPLACE INTO counter_samples VALUES (?1,?2,?3)"));
    for (const CounterSample& entry : run.samples) {
        sample.bindAll(entry.counter, entry.ts, entry.value);
        TRY(sample.run());
    }
    Statement scalar =
        TRY(Statement::prepare(connection, "INSERT OR REPLACE INTO scalars VALUES (?1,?2,?3,?4)"));
    for (const ScalarEntry& entry : run.scalars) {
        scalar.bindAll(run.runId, entry.name, entry.step, entry.value);
        TRY(scalar.run());
    }
    return {};
}

Result<void> writeRun(const Connection& connection, const RunInProgress& run)
{
    Statement update = TRY(Statement::prepare(
        connection,
        "UPDATE runs SET first_ts = ?2, last_ts = ?3, op_count = ?4, alloc_count = ?5, peak_bytes = ?6, "
        "peak_ts = ?7, wait_ns = ?8, lost_events = ?9 WHERE run_id = ?1"));
    bool any = run.firstTs <= run.lastTs;
    update.bind(1, run.runId);
    update.bindOrNull(2, run.firstTs, any);
    update.bindOrNull(3, run.lastTs, any);
    update.bind(4, run.ops.count());
    update.bind(5, run.memory.count());
    update.bind(6, run.memory.peakBytes());
    update.bindOrNull(7, run.memory.peakTs(), run.memory.peakBytes() > 0);
    update.bind(8, run.ops.waitNs());
    update.bind(9, run.lostEvents);
    return update.run();
}

} // namespace

Result<void> TraceWriter::State::commit()
{
    if (run == nullptr || !run->changed())
        return {};
    auto work = [&]() -> Result<void> {
        TRY(writeChunks(connection, *run));
        TRY(run->ops.write(connection));
        TRY(run->memory.write(connection));
        TRY(run->native.write(connection));
        TRY(writeSteps(connection, *run));
        TRY(writeNumbers(connection, *run));
        return writeRun(connection, *run);
    };
    TRY(inTransaction(connection, work));
    run->opQueue.committed();
    run->allocQueue.committed();
    run->ops.committed();
    run->memory.committed();
    run->native.committed();
    run->steps.clear();
    run->samples.clear();
    run->scalars.clear();
    run->runChanged = false;
    return {};
}

Result<void> TraceWriter::State::commitWhenLarge()
{
    std::size_t sealed = run->opQueue.sealed() + run->allocQueue.sealed();
    if (sealed < std::clamp(run->ops.changedNodes() / nodesPerChunk, sealedLeast, sealedMost))
        return {};
    return commit();
}

} // namespace orrery::trace_db
