// SPDX-License-Identifier: Apache-2.0
#include "views/async/trace_thread.h"

#include "profiler/session/graph_rows.h"
#include "profiler/session/recover.h"
#include "trace_db/queries/graph.h"
#include "trace_db/queries/range_stats.h"
#include "trace_db/trace_reader.h"

#include <algorithm>
#include <map>
#include <optional>

namespace orrery::async {

namespace db = trace_db;

const RunSummary* TraceSnapshot::shown() const
{
    for (const RunSummary& summary : runs)
        if (details && summary.run.run == details->id)
            return &summary;
    return nullptr;
}

// What stays open between two looks at the same trace. Touched by one job at a time.
struct TraceThread::Reader {
    std::string path;
    std::optional<db::TraceReader> reader;
    std::int64_t version = -1;                  // of the data that was read last
    db::RunId run;                              // shown last
    db::TimeRange range;                        // likewise
    std::shared_ptr<const TraceSnapshot> whole; // of that version and run, without a range
    std::shared_ptr<const TraceSnapshot> last;  // what was answered last; it may not have arrived
    std::map<std::uint32_t, std::shared_ptr<const RunGraphs>> graphs;

    Result<void> openTrace();
    Result<std::shared_ptr<const RunGraphs>> graphsOf(db::RunId id);
    Result<std::shared_ptr<const RunDetails>> detailsOf(db::RunId id);
    Result<std::shared_ptr<const TraceSnapshot>> wholeSnapshot(db::RunId wanted);
    Result<std::shared_ptr<const TraceSnapshot>> withMemory(const TraceSnapshot& snapshot);
    Result<std::shared_ptr<const TraceSnapshot>> snapshot(db::RunId wanted, const db::TimeRange& part,
                                                          const std::shared_ptr<const TraceSnapshot>& shown,
                                                          std::stop_token stop);
    Result<std::shared_ptr<const RunDetails>> detailsWithin(const RunDetails& all, const RunSummary& summary,
                                                            const db::TimeRange& part, std::stop_token stop);
};

namespace {

Result<void> readStage(const db::TraceReader& reader, db::RunId id, const char* stage, RunGraphs& into)
{
    auto rows = TRY(db::graph::run(reader, {id, stage}));
    if (rows.empty())
        return {};
    auto graph = std::make_shared<const graph::Graph>(TRY(session::graphOf(rows.front().rows)));
    if (std::string_view(stage) == "dataflow") {
        into.dataflow = std::move(graph);
    } else {
        into.compute = std::move(graph);
        into.placements = session::placementsOf(rows.front().rows);
        into.firstComputeId = rows.front().firstNodeId;
    }
    return {};
}

// Values that both graphs hold get the type that the run gave them. Ids are the same in both.
void takeTypes(graph::Graph& dataflow, const graph::Graph& compute)
{
    for (std::size_t i = 0; i < std::min(dataflow.valueSlots(), compute.valueSlots()); ++i) {
        graph::Value& value = dataflow.value(ValueId(i));
        const graph::Value& run = compute.value(ValueId(i));
        if (value.alive && run.alive && value.name == run.name && run.type.kind != graph::TypeKind::Unknown)
            value.type = run.type;
    }
}

// Of a run that goes on, memory is not read: it would be at each look anew.
bool lacksMemory(const TraceSnapshot& snapshot)
{
    const RunSummary* shown = snapshot.shown();
    return shown != nullptr && !snapshot.details->memoryIsRead &&
           shown->run.outcome.state != db::RunState::Running;
}

// A snapshot whose data did not change is null.
using Snapshot = Result<std::shared_ptr<const TraceSnapshot>>;

} // namespace

Result<void> TraceThread::Reader::openTrace()
{
    if (reader)
        return {};
    TRY(session::recoverTrace(path));
    reader.emplace(TRY(db::TraceReader::open(path)));
    return {};
}

Result<std::shared_ptr<const RunGraphs>> TraceThread::Reader::graphsOf(db::RunId id)
{
    if (auto found = graphs.find(id.value); found != graphs.end())
        return found->second;
    auto result = std::make_shared<RunGraphs>();
    TRY(readStage(*reader, id, "dataflow", *result));
    TRY(readStage(*reader, id, "compute", *result));
    if (result->dataflow && result->compute) {
        auto typed = std::make_shared<graph::Graph>(*result->dataflow);
        takeTypes(*typed, *result->compute);
        result->dataflow = std::move(typed);
    }
    if (result->dataflow && result->compute) // else the run has only just begun: ask again
        graphs[id.value] = result;
    return std::shared_ptr<const RunGraphs>(result);
}

Result<std::shared_ptr<const RunDetails>> TraceThread::Reader::detailsOf(db::RunId id)
{
    auto details = std::make_shared<RunDetails>();
    details->id = id;
    details->graphs = TRY(graphsOf(id));
    details->hotspots = TRY(db::hotspots::run(*reader, {id}));
    details->nodeStats = TRY(db::node_stats::run(*reader, {id}));
    details->passes = TRY(db::passes::run(*reader, {id}));
    details->problems = TRY(db::problems::run(*reader, {id}));
    details->machine = TRY(db::machine::run(*reader, {id}));
    return std::shared_ptr<const RunDetails>(details);
}

Result<std::shared_ptr<const TraceSnapshot>> TraceThread::Reader::wholeSnapshot(db::RunId wanted)
{
    auto result = std::make_shared<TraceSnapshot>();
    result->path = path;
    for (const db::runs::Row& row : TRY(db::runs::run(*reader, {})))
        result->runs.push_back({row, TRY(db::latency::run(*reader, {row.run}))});
    if (!result->runs.empty()) {
        db::RunId id = result->runs.back().run.run;
        for (const RunSummary& summary : result->runs)
            if (summary.run.run == wanted)
                id = wanted;
        result->details = TRY(detailsOf(id));
    }
    return std::shared_ptr<const TraceSnapshot>(result);
}

Result<std::shared_ptr<const TraceSnapshot>> TraceThread::Reader::withMemory(const TraceSnapshot& snapshot)
{
    auto details = std::make_shared<RunDetails>(*snapshot.details);
    details->memory = TRY(db::memory_by_node::run(*reader, {details->id}));
    details->memoryIsRead = true;
    auto result = std::make_shared<TraceSnapshot>(snapshot);
    result->details = std::move(details);
    return std::shared_ptr<const TraceSnapshot>(result);
}

// The same run with the numbers per node counted anew, from the events of the stretch.
Result<std::shared_ptr<const RunDetails>> TraceThread::Reader::detailsWithin(const RunDetails& all,
                                                                             const RunSummary& summary,
                                                                             const db::TimeRange& part,
                                                                             std::stop_token stop)
{
    db::range_stats::Params params;
    params.run = all.id;
    params.range = part;
    params.warmup = std::uint32_t(std::max<std::int64_t>(summary.run.info.warmup, 0));
    if (all.graphs && all.graphs->compute) {
        params.nodeCount = std::uint32_t(all.graphs->compute->nodeSlots());
        params.firstNodeId = all.graphs->firstComputeId;
    }
    params.cancelled = [stop] { return stop.stop_requested(); };
    auto counted = TRY(db::range_stats::run(*reader, params));
    auto details = std::make_shared<RunDetails>(all);
    details->range = part;
    details->onlyWarmUp = counted.onlyWarmup;
    details->hotspots = db::range_stats::hotspotsOf(counted.rows, all.hotspots);
    details->nodeStats = std::move(counted.rows);
    return std::shared_ptr<const RunDetails>(details);
}

Result<std::shared_ptr<const TraceSnapshot>>
TraceThread::Reader::snapshot(db::RunId wanted, const db::TimeRange& part,
                              const std::shared_ptr<const TraceSnapshot>& shown, std::stop_token stop)
{
    TRY(openTrace());
    std::stop_callback interrupt(stop, [this] { reader->interrupt(); });
    const std::int64_t now = TRY(reader->dataVersion());
    const bool same = whole && now == version && wanted == run;
    if (same && last == shown && lacksMemory(*whole)) {
        whole = TRY(withMemory(*whole));
        last.reset();
    }
    if (same && part == range && last)
        return last == shown ? nullptr : last; // an answer that a newer request overtook is given again
    if (!same) {
        whole = TRY(wholeSnapshot(wanted));
        version = now;
        run = wanted;
        range = {};
        last.reset();
    }
    auto result = whole;
    if (!part.empty() && whole->details && whole->shown() != nullptr) {
        auto within = std::make_shared<TraceSnapshot>(*whole);
        within->details = TRY(detailsWithin(*whole->details, *whole->shown(), part, stop));
        result = std::move(within);
    }
    range = part;
    last = result;
    return result;
}

TraceThread::TraceThread(QObject* parent)
    : QObject(parent)
{
    m_timer.setInterval(250);
    connect(&m_timer, &QTimer::timeout, this, [this] {
        if (!m_task.busy())
            read();
    });
}

TraceThread::~TraceThread() = default;

void TraceThread::watch(const QString& path, Refresh refresh, db::RunId run)
{
    const std::string name = path.toStdString();
    if (!m_reader || name != m_path) {
        m_path = name;
        m_reader = std::make_shared<Reader>();
        m_shown.reset();
        m_reader->path = name;
    }
    m_run = run;
    if (refresh == Refresh::Live)
        m_timer.start();
    else
        m_timer.stop();
    read();
}

void TraceThread::setRange(const db::TimeRange& range)
{
    if (range == m_range)
        return;
    m_range = range;
    read();
}

void TraceThread::stop()
{
    m_timer.stop();
    m_task.cancel();
    m_reader.reset();
    m_shown.reset();
    m_path.clear();
}

void TraceThread::read()
{
    if (!m_reader)
        return;
    const bool live = m_timer.isActive();
    m_task.submit([reader = m_reader, run = m_run, range = m_range, shown = m_shown](
                      std::stop_token stop) -> Snapshot { return reader->snapshot(run, range, shown, stop); },
                  [this, live](Snapshot result) {
                      if (result.ok()) {
                          if (*result) {
                              m_shown = *result;
                              emit snapshotReady(m_shown);
                              if (m_reader && m_shown && lacksMemory(*m_shown) && !m_task.busy())
                                  read();
                          }
                      } else if (!live && result.error().code != ErrorCode::Cancelled) {
                          emit failed(result.error()); // while live, the trace may not be there yet
                      }
                  });
}

} // namespace orrery::async
