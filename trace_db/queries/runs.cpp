// SPDX-License-Identifier: Apache-2.0
#include "trace_db/queries/runs.h"

#include "trace_db/queries/query.h"

namespace orrery::trace_db::runs {
namespace {

RunState stateOf(const std::string& text)
{
    for (RunState state : {RunState::Finished, RunState::Failed, RunState::Crashed, RunState::Interrupted})
        if (text == name(state))
            return state;
    return RunState::Running;
}

Row rowOf(const Statement& at)
{
    Row row;
    row.run = RunId(static_cast<std::size_t>(at.integer(0)));
    row.info.modelPath = at.text(1);
    row.info.modelHash = at.text(2);
    row.info.root = at.text(3);
    row.info.backend = at.text(4);
    row.info.optimize = at.text(5);
    row.info.threads = at.integerOr(6, -1);
    row.info.warmup = at.integer(7);
    row.info.runs = at.integerOr(8, -1);
    row.info.seed = at.integerOr(9, -1);
    row.info.args = at.text(10);
    row.info.started = at.text(11);
    row.info.pid = at.integerOr(12, -1);
    row.info.recording = at.integer(13) != 0 ? Recording::On : Recording::Off;
    row.outcome.state = stateOf(at.text(14));
    row.outcome.message = at.text(15);
    row.outcomeNodeId = at.integerOr(16, -1);
    row.outcome.signal = at.integer(17);
    row.outcome.exitCode = at.integer(18);
    row.firstTs = at.integer(19);
    row.lastTs = at.integer(20);
    row.opEvents = at.integer(21);
    row.allocEvents = at.integer(22);
    row.peakBytes = at.integer(23);
    row.peakTs = at.integer(24);
    row.waitNs = at.integer(25);
    row.lostEvents = at.integer(26);
    row.outcomeNode = at.text(27);
    if (!at.isNull(28))
        row.outcome.node = static_cast<std::uint32_t>(at.integer(28));
    return row;
}

} // namespace

Result<std::vector<Row>> run(const TraceReader& reader, const Params& params)
{
    return rowsOf<Row>(reader,
                       "SELECT r.run_id, model_path, model_hash, root, r.backend, optimize, threads, warmup, "
                       "runs, seed, args, started, "
                       "pid, recorded, state, message, r.node_id, signal, exit_code, first_ts, last_ts, "
                       "op_count, alloc_count, "
                       "peak_bytes, peak_ts, wait_ns, lost_events, n.name, n.local_id "
                       "FROM main.runs AS r LEFT JOIN main.nodes AS n ON n.node_id = r.node_id "
                       "WHERE ?1 < 0 OR r.run_id = ?1 ORDER BY r.run_id",
                       rowOf, params.run.valid() ? std::int64_t{params.run.value} : -1);
}

Result<RunId> resolve(const TraceReader& reader, RunId run)
{
    std::string sql = run.valid() ? "SELECT run_id FROM main.runs WHERE run_id = " + std::to_string(run.value)
                                  : "SELECT max(run_id) FROM main.runs";
    std::int64_t found = TRY(reader.connection().integer(sql.c_str()));
    if (found <= 0)
        return Error{ErrorCode::Usage,
                     run.valid() ? "the trace holds no run " + std::to_string(run.value)
                                 : "the trace holds no run",
                     reader.path()};
    return RunId(static_cast<std::size_t>(found));
}

} // namespace orrery::trace_db::runs
