// SPDX-License-Identifier: Apache-2.0
#include "trace_db/trace_writer.h"

#include "trace_db/graph_rows_store.h"
#include "trace_db/hardening.h"
#include "trace_db/schema.h"
#include "trace_db/statement.h"
#include "trace_db/trace_writer_state.h"
#include "trace_db/transaction.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace orrery::trace_db {
namespace {

constexpr const char* writerSettings = "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; "
                                       "PRAGMA temp_store = MEMORY";

bool holdsAnything(const std::string& path)
{
    struct stat status = {};
    return ::stat(path.c_str(), &status) == 0 && !(S_ISREG(status.st_mode) && status.st_size == 0);
}

Result<Connection> createFile(const std::string& path)
{
    Connection connection = TRY(Connection::openForWriting(path));
    TRY(createSchema(connection));
    TRY(connection.execute(writerSettings));
    return connection;
}

} // namespace

TraceWriter::TraceWriter(std::unique_ptr<State> state)
    : m_state(std::move(state))
{}
TraceWriter::TraceWriter(TraceWriter&&) noexcept = default;
TraceWriter& TraceWriter::operator=(TraceWriter&&) noexcept = default;

TraceWriter::~TraceWriter()
{
    if (m_state != nullptr) [[maybe_unused]]
        Result<void> ignored = close();
}

Result<TraceWriter> TraceWriter::create(const std::string& path)
{
    int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    if (file < 0)
        return Error{ErrorCode::Io, std::string("the trace cannot be created: ") + std::strerror(errno),
                     path};
    ::close(file);
    Result<Connection> connection = createFile(path);
    if (!connection) {
        ::unlink(path.c_str());
        return connection.releaseError();
    }
    return TraceWriter(std::make_unique<State>(connection.releaseValue()));
}

Result<TraceWriter> TraceWriter::openAppend(const std::string& path)
{
    TRY(checkFileHeader(path));
    Connection connection = TRY(Connection::openForWriting(path));
    harden(connection.handle());
    TRY(checkSchema(connection));
    TRY(connection.execute(writerSettings));
    return TraceWriter(std::make_unique<State>(std::move(connection)));
}

Result<TraceWriter> TraceWriter::openOrCreate(const std::string& path)
{
    if (holdsAnything(path))
        return openAppend(path);
    ::unlink(path.c_str());
    return create(path);
}

Result<void> TraceWriter::State::needRun() const
{
    if (run == nullptr)
        return Error{ErrorCode::Usage, "no run has been begun", connection.path()};
    return {};
}

Result<void> TraceWriter::State::needEvents() const
{
    TRY(needRun());
    if (run->graphRank == 0)
        return Error{ErrorCode::Usage, "events came before the graph that they are of", connection.path()};
    return {};
}

RunId TraceWriter::run() const
{
    return m_state->run == nullptr ? RunId() : RunId(static_cast<std::size_t>(m_state->run->runId));
}

Result<RunId> TraceWriter::beginRun(const RunInfo& run, const Machine& machine)
{
    TRY(flush());
    const Connection& connection = m_state->connection;
    std::int64_t runId = 0;
    auto work = [&]() -> Result<void> {
        runId = TRY(connection.integer("SELECT coalesce(max(run_id), 0) + 1 FROM runs"));
        Statement insert = TRY(Statement::prepare(
            connection,
            "INSERT INTO runs VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,NULL,'running',NULL,"
            "NULL,0,0,NULL,NULL,0,0,0,NULL,0,0)"));
        insert.bindAll(runId, run.modelPath, run.modelHash, run.root, run.backend, run.optimize);
        insert.bindOrNull(7, run.threads, run.threads >= 0);
        insert.bind(8, std::max<std::int64_t>(run.warmup, 0));
        insert.bindOrNull(9, run.runs, run.runs >= 0);
        insert.bindOrNull(10, run.seed, run.seed >= 0);
        insert.bind(11, run.args);
        insert.bind(12, run.started);
        insert.bindOrNull(13, run.pid, run.pid >= 0);
        insert.bind(14, run.recording == Recording::On ? 1 : 0);
        TRY(insert.run());
        Statement on =
            TRY(Statement::prepare(connection, "INSERT INTO machine VALUES (?1,?2,?3,?4,?5,?6,?7,?8)"));
        on.bindAll(runId, machine.cpuModel);
        on.bindOrNull(3, machine.cores, machine.cores >= 0);
        on.bindOrNull(4, machine.memoryBytes, machine.memoryBytes >= 0);
        on.bind(5, machine.os);
        on.bind(6, machine.versions);
        on.bind(7, machine.governor);
        on.bind(8, machine.kernelLevel);
        return on.run();
    };
    TRY(inTransaction(connection, work));
    m_state->run = std::make_unique<RunInProgress>(runId, run.warmup);
    return RunId(static_cast<std::size_t>(runId));
}

Result<void> TraceWriter::resumeRun(RunId run)
{
    TRY(flush());
    m_state->run = TRY(restoreRun(m_state->connection, run.value));
    return {};
}

int eventGraphRank(std::string_view stage)
{
    if (stage == "compute")
        return 3;
    if (stage == "training")
        return 2;
    return stage == "dataflow" ? 1 : 0;
}

Result<void> TraceWriter::addGraph(const GraphRows& graph)
{
    TRY(m_state->needRun());
    RunInProgress& run = *m_state->run;
    const Connection& connection = m_state->connection;
    int rank = eventGraphRank(graph.stage);
    bool forEvents = rank > run.graphRank;
    if (forEvents && run.ops.count() + run.memory.count() > 0)
        return Error{ErrorCode::Usage, "came after events of an earlier graph",
                     "graph \"" + graph.stage + "\""};
    StoredGraph stored;
    auto work = [&]() -> Result<void> {
        stored = TRY(storeGraph(connection, run.runId, graph));
        if (!forEvents)
            return {};
        Statement update =
            TRY(Statement::prepare(connection, "UPDATE runs SET compute_graph_id = ?2 WHERE run_id = ?1"));
        update.bindAll(run.runId, stored.graphId);
        return update.run();
    };
    TRY(inTransaction(connection, work));
    if (graph.stage == "dataflow")
        run.dataflowFirstNodeId = stored.firstNodeId;
    if (forEvents) {
        run.graphRank = rank;
        run.firstNodeId = stored.firstNodeId;
        run.firstValueId = stored.firstValueId;
        run.ops.setGraph(stored.firstNodeId, stored.nodeIds);
        run.memory.setGraph(stored.firstNodeId, stored.firstValueId);
        run.native.setGraph(stored.firstNodeId);
    }
    return {};
}

Result<void> TraceWriter::addPasses(std::span<const PassRow> passes)
{
    TRY(m_state->needRun());
    RunInProgress& run = *m_state->run;
    const Connection& connection = m_state->connection;
    auto work = [&]() -> Result<void> {
        Statement insert =
            TRY(Statement::prepare(connection, "INSERT INTO passes VALUES (?1,?2,?3,?4,?5,?6)"));
        std::int64_t position = run.passes;
        for (const PassRow& pass : passes) {
            insert.bindAll(run.runId, position++, pass.name, pass.durationNs, pass.nodesBefore,
                           pass.nodesAfter);
            TRY(insert.run());
        }
        return {};
    };
    TRY(inTransaction(connection, work));
    run.passes += static_cast<std::int64_t>(passes.size());
    return {};
}

Result<void> TraceWriter::addProblem(const Problem& problem)
{
    TRY(m_state->needRun());
    const RunInProgress& run = *m_state->run;
    Statement insert = TRY(Statement::prepare(
        m_state->connection, "INSERT INTO problems (run_id, severity, code, node, text, remedy, node_id) "
                             "VALUES (?1,?2,?3,?4,?5,?6,?7)"));
    insert.bindAll(run.runId, orrery::name(problem.severity), problem.code, problem.node, problem.text,
                   problem.remedy);
    bool known = problem.nodeId.valid() && run.dataflowFirstNodeId > 0;
    insert.bindOrNull(7, run.dataflowFirstNodeId + problem.nodeId.value, known);
    return insert.run();
}

Result<void> TraceWriter::append(std::span<const OpEvent> events)
{
    TRY(m_state->needEvents());
    RunInProgress& run = *m_state->run;
    constexpr std::size_t block = 256; // small enough to stay in the nearest cache between the two loops
    while (!events.empty()) {
        std::span<OpEvent> room = run.opQueue.room();
        std::span<OpEvent> valid = room.first(std::min({block, room.size(), events.size()}));
        for (std::size_t i = 0; i < valid.size(); ++i) {
            valid[i] = makeValid(events[i]);
            run.firstTs = std::min(run.firstTs, valid[i].ts);
            run.lastTs = std::max(run.lastTs, valid[i].ts + valid[i].dur);
        }
        run.ops.add(valid);
        run.opQueue.filled(valid.size());
        events = events.subspan(valid.size());
    }
    return m_state->commitWhenLarge();
}

Result<void> TraceWriter::append(const NativeSite& site)
{
    TRY(m_state->needEvents());
    m_state->run->native.add(site);
    return {};
}

Result<void> TraceWriter::append(const NativeSample& sample)
{
    TRY(m_state->needEvents());
    m_state->run->native.add(sample);
    return {};
}

Result<void> TraceWriter::append(const NativeUse& use)
{
    TRY(m_state->needEvents());
    m_state->run->native.add(use);
    return {};
}

Result<void> TraceWriter::addStack(std::int64_t stack, std::vector<NativeFrame> frames)
{
    TRY(m_state->needRun());
    m_state->run->native.addStack(stack, std::move(frames));
    return {};
}

Result<void> TraceWriter::addStepInputs(std::uint32_t step, std::string shapes)
{
    TRY(m_state->needRun());
    m_state->run->native.addStepInputs(step, std::move(shapes));
    return {};
}

Result<void> TraceWriter::append(std::span<const AllocEvent> events)
{
    TRY(m_state->needEvents());
    RunInProgress& run = *m_state->run;
    while (!events.empty()) {
        std::span<AllocEvent> room = run.allocQueue.room();
        std::span<AllocEvent> valid = room.first(std::min(room.size(), events.size()));
        for (std::size_t i = 0; i < valid.size(); ++i) {
            valid[i] = makeValid(events[i]);
            run.memory.add(valid[i]);
            run.firstTs = std::min(run.firstTs, valid[i].ts);
            run.lastTs = std::max(run.lastTs, valid[i].ts);
        }
        run.allocQueue.filled(valid.size());
        events = events.subspan(valid.size());
    }
    for (auto [node, peak] : run.memory.takeNodePeaks())
        run.ops.setPeakBytes(node, peak);
    return m_state->commitWhenLarge();
}

Result<void> TraceWriter::append(std::span<const CounterSample> samples)
{
    TRY(m_state->needRun());
    m_state->run->samples.insert(m_state->run->samples.end(), samples.begin(), samples.end());
    return {};
}

Result<void> TraceWriter::addStep(const Step& step)
{
    TRY(m_state->needRun());
    RunInProgress& run = *m_state->run;
    StepEntry entry{step, run.memory.liveBytes()};
    OpEvent span = makeValid(OpEvent{.ts = step.ts, .dur = step.dur});
    entry.step.dur = span.dur;
    std::int64_t peak = run.memory.endStep(span.ts + span.dur);
    if (entry.step.peakBytes < 0)
        entry.step.peakBytes = peak;
    run.steps.push_back(entry);
    return {};
}

Result<void> TraceWriter::addScalar(std::string_view name, std::int64_t step, double value)
{
    TRY(m_state->needRun());
    m_state->run->scalars.push_back({std::string(name), step, value});
    return {};
}

Result<void> TraceWriter::setMetric(std::string_view name, double value)
{
    return addScalar(name, -1, value);
}

Result<void> TraceWriter::addLostEvents(std::int64_t count)
{
    TRY(m_state->needRun());
    m_state->run->lostEvents += count;
    m_state->run->runChanged = true;
    return {};
}

Result<std::uint32_t> TraceWriter::counter(std::string_view name, std::string_view unit)
{
    TRY(m_state->needRun());
    std::int64_t runId = m_state->run->runId;
    Statement insert = TRY(Statement::prepare(
        m_state->connection, "INSERT OR IGNORE INTO counter_tracks (run_id, name, unit) VALUES (?1,?2,?3)"));
    insert.bindAll(runId, name, unit);
    TRY(insert.run());
    Statement select = TRY(Statement::prepare(
        m_state->connection, "SELECT counter_id FROM counter_tracks WHERE run_id = ?1 AND name = ?2"));
    select.bindAll(runId, name);
    if (!TRY(select.next()))
        return Error{ErrorCode::Internal, "the counter \"" + std::string(name) + "\" was not kept",
                     m_state->connection.path()};
    return static_cast<std::uint32_t>(select.integer(0));
}

Result<void> TraceWriter::flush() { return m_state->commit(); }

Result<void> TraceWriter::setOutcome(const Outcome& outcome)
{
    TRY(m_state->needRun());
    TRY(flush());
    const RunInProgress& run = *m_state->run;
    Statement update =
        TRY(Statement::prepare(m_state->connection, "UPDATE runs SET state = ?2, message = ?3, signal = ?4, "
                                                    "exit_code = ?5, node_id = ?6 WHERE run_id = ?1"));
    update.bindAll(run.runId, name(outcome.state), outcome.message, outcome.signal, outcome.exitCode);
    update.bindOrNull(6, run.firstNodeId + outcome.node, outcome.node != noId && run.graphRank > 0);
    return update.run();
}

Result<void> TraceWriter::close()
{
    TRY(flush());
    m_state->run.reset();
    m_state->checkpointer.reset();
    // Readers may have the trace open: then it stays in WAL mode, which the next writer or reader goes on
    // with.
    [[maybe_unused]] Result<void> ignored = m_state->connection.execute(
        "PRAGMA busy_timeout = 200; PRAGMA wal_checkpoint(TRUNCATE); PRAGMA journal_mode = DELETE");
    return {};
}

} // namespace orrery::trace_db
