// SPDX-License-Identifier: Apache-2.0
//
// Any bytes as a trace file: opened, and asked a little of everything.
#include "profiler/findings/finding.h"
#include "trace_db/queries/alive_at.h"
#include "trace_db/queries/alloc_events.h"
#include "trace_db/queries/alloc_index.h"
#include "trace_db/queries/allocation_totals.h"
#include "trace_db/queries/arena_boxes.h"
#include "trace_db/queries/counter_series.h"
#include "trace_db/queries/graph.h"
#include "trace_db/queries/graph_facts.h"
#include "trace_db/queries/hotspots.h"
#include "trace_db/queries/live_at_end.h"
#include "trace_db/queries/memory_curve.h"
#include "trace_db/queries/memory_timeline.h"
#include "trace_db/queries/op_events.h"
#include "trace_db/queries/range_stats.h"
#include "trace_db/queries/runs.h"
#include "trace_db/queries/timeline.h"
#include "trace_db/user_query.h"

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <unistd.h>

using namespace orrery::trace_db;

// Errors are an answer as good as any here.
template<class T>
static void asked(const orrery::Result<T>&)
{}

// A file with a name of its own: SQLite resolves links, so one that has no name cannot be opened through
// /proc.
struct TraceFile {
    std::string path = (std::filesystem::temp_directory_path() / "fuzz-trace-XXXXXX").string();
    int file = ::mkstemp(path.data());

    ~TraceFile()
    {
        ::close(file);
        ::unlink(path.c_str());
    }
};

static void askAboutMemory(const TraceReader& reader, RunId run)
{
    auto index = alloc_index::run(reader, {.run = run});
    auto graph = graph_facts::run(reader, {.run = run});
    if (!index.ok() || !graph.ok())
        return;
    asked(alive_at::run(reader, {.index = *index, .graph = *graph, .ts = 5000}));
    asked(allocation_totals::run(reader, {.index = *index, .graph = *graph, .range = {}}));
    asked(arena_boxes::run(reader, {.index = *index, .range = {1000, 9000}}));
    asked(memory_curve::run(reader, {.index = *index, .range = {1000, 9000}, .columns = 50}));
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    TraceFile trace;
    if (trace.file < 0 || ::write(trace.file, data, size) != static_cast<ssize_t>(size))
        std::abort();
    if (auto reader = TraceReader::open(trace.path)) {
        RunId run(1);
        asked(runs::run(*reader, {}));
        asked(hotspots::run(*reader, {.run = run}));
        asked(graph::run(*reader, {.run = run}));
        asked(op_events::run(*reader, {.run = run}));
        asked(alloc_events::run(*reader, {.run = run}));
        asked(memory_timeline::run(*reader, {.run = run}));
        asked(live_at_end::run(*reader, {.run = run}));
        asked(timeline::run(*reader, {.run = run}));
        asked(counter_series::run(*reader, {.run = run}));
        asked(range_stats::run(*reader, {.run = run, .range = {1000, 5000}, .nodeCount = 3}));
        askAboutMemory(*reader, run);
        asked(orrery::findings::examine(*reader, run));
        asked(reader->quickCheck());
    }
    asked(runUserQuery(trace.path, "SELECT name, sum(dur) FROM op_events GROUP BY name",
                       {.rows = 1000, .seconds = 1}));
    return 0;
}
