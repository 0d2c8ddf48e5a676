// SPDX-License-Identifier: Apache-2.0
//
// record_event [ROUNDS]: nanoseconds on the executing thread for each thing that the recorder is told,
// through the virtual call and into a mapped file, as in a run. The ring is emptied between rounds.
#include "profiler/record/recorder.h"
#include "tests/perf/spread.h"

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <unistd.h>

using namespace orrery;

namespace {

constexpr std::uint32_t callsPerRound = 4096;

void report(const char* what, double perCall, const std::vector<double>& ns)
{
    std::printf("%-34s %7.1f ns   (p10 %.1f, p90 %.1f, %zu rounds)   %.1f ns per event\n", what,
                perf::quantile(ns, 0.5), perf::quantile(ns, 0.1), perf::quantile(ns, 0.9), ns.size(),
                perf::quantile(ns, 0.5) / perCall);
}

void measure(const char* what, double eventsPerCall, record::SharedRing& ring, int rounds,
             const std::function<void(std::uint32_t)>& call)
{
    std::vector<double> ns;
    for (int round = 0; round < rounds; ++round) {
        std::int64_t begin = record::monotonicNs();
        for (std::uint32_t i = 0; i < callsPerRound; ++i)
            call(i);
        std::int64_t end = record::monotonicNs();
        ns.push_back(static_cast<double>(end - begin) / callsPerRound);
        ring.release(ring.header().head.load());
    }
    report(what, eventsPerCall, ns);
}

void measureAll(const record::Clock& clock, int rounds, const std::string& path)
{
    auto ring = record::SharedRing::create(path, 1 << 18, 1);
    if (!ring.ok()) {
        std::fprintf(stderr, "%s\n", ring.error().text().c_str());
        std::exit(1);
    }
    record::Recorder recorder(**ring, clock);
    exec::ExecutionObserver* observer = &recorder;
    std::printf("clock: %s\n", clock.source() == record::ClockSource::TimeStampCounter ? "time-stamp counter"
                                                                                       : "CLOCK_MONOTONIC");
    // The body of the loop alone is below 2 ns; it is not subtracted.
    measure("op (begin and end)", 2, **ring, rounds, [&](std::uint32_t i) {
        observer->opBegin(NodeId(i));
        observer->opEnd(NodeId(i));
    });
    measure("allocation", 1, **ring, rounds, [&](std::uint32_t i) {
        observer->allocated({BufferId(i), ValueId(i), NodeId(i), 4096, 0, exec::AllocationKind::Activation});
    });
    measure("free", 1, **ring, rounds, [&](std::uint32_t i) { observer->freed(BufferId(i), NodeId(i)); });
    measure("op, its allocation and its free", 4, **ring, rounds, [&](std::uint32_t i) {
        observer->opBegin(NodeId(i));
        observer->allocated({BufferId(i), ValueId(i), NodeId(i), 4096, 0, exec::AllocationKind::Activation});
        observer->freed(BufferId(i), NodeId(i));
        observer->opEnd(NodeId(i));
    });
    (*ring)->remove();
}

} // namespace

int main(int argc, char** argv)
{
    int rounds = argc > 1 ? std::atoi(argv[1]) : 200;
    std::string path =
        (std::filesystem::temp_directory_path() / ("record_event-" + std::to_string(getpid()))).string();
    record::Clock counter;
    measureAll(counter, rounds, path);
    if (counter.source() == record::ClockSource::TimeStampCounter)
        measureAll(record::Clock::monotonic(), rounds, path);
    return 0;
}
