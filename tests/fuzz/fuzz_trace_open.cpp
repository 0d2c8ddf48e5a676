// SPDX-License-Identifier: Apache-2.0
//
// Any bytes as a trace file: opened, and asked a little of everything.
#include "trace_db/queries/graph.h"
#include "trace_db/queries/hotspots.h"
#include "trace_db/queries/live_at_end.h"
#include "trace_db/queries/memory_timeline.h"
#include "trace_db/queries/op_events.h"
#include "trace_db/queries/runs.h"
#include "trace_db/queries/timeline.h"
#include "trace_db/user_query.h"

#include <cstdint>
#include <string>
#include <sys/mman.h>
#include <unistd.h>

using namespace orrery::trace_db;

// Errors are an answer as good as any here.
template<class T>
static void asked(const orrery::Result<T>&)
{}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    int file = ::memfd_create("trace", MFD_CLOEXEC);
    if (file < 0)
        return 0;
    std::string path = "/proc/self/fd/" + std::to_string(file);
    if (::write(file, data, size) == static_cast<ssize_t>(size)) {
        if (auto reader = TraceReader::open(path)) {
            RunId run(1);
            asked(runs::run(*reader, {}));
            asked(hotspots::run(*reader, {.run = run}));
            asked(graph::run(*reader, {.run = run}));
            asked(op_events::run(*reader, {.run = run}));
            asked(memory_timeline::run(*reader, {.run = run}));
            asked(live_at_end::run(*reader, {.run = run}));
            asked(timeline::run(*reader, {.run = run}));
            asked(reader->quickCheck());
        }
        asked(runUserQuery(path, "SELECT name, sum(dur) FROM op_events GROUP BY name",
                           {.rows = 1000, .seconds = 1}));
    }
    ::close(file);
    return 0;
}
