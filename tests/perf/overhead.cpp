// SPDX-License-Identifier: Apache-2.0
//
// overhead MODEL [ROUNDS [STEPS]]: what recording costs a whole run. Three executions of one plan in one
// process, one with the recorder and two without an observer, take turns in blocks of steps, in an order that
// changes with every round, while a session's drain writes the events into a trace. Prints the medians, the
// overhead (recorded against not recorded, by round) and, as a measure of the noise, the same between the two
// that do not record.
#include "engine/exec/execution.h"
#include "profiler/record/recorder.h"
#include "profiler/runner/inputs.h"
#include "profiler/runner/opened_model.h"
#include "profiler/session/graph_rows.h"
#include "profiler/session/ring_drain.h"
#include "tests/perf/spread.h"

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <unistd.h>

using namespace orrery;

namespace {

Result<double> medianStepNs(exec::Execution& execution, const std::vector<graph::Tensor>& inputs, int steps)
{
    std::vector<double> ns;
    for (int i = 0; i < steps; ++i) {
        std::int64_t begin = record::monotonicNs();
        TRY(execution.start(inputs));
        TRY(execution.run());
        ns.push_back(static_cast<double>(record::monotonicNs() - begin));
    }
    return perf::quantile(ns, 0.5);
}

Result<void> measure(const std::string& model, int rounds, int steps, const std::string& folder)
{
    protocol::Open open;
    open.modelPath = model;
    runner::OpenedModel opened = TRY(runner::openModel(open));
    protocol::Run run;
    auto inputs = TRY(runner::makeInputs(opened.plan->graph(), opened.plan->root(), run)).tensors;

    record::Clock clock;
    auto ring = TRY(record::SharedRing::create(folder + "/ring", 1 << 18, 1));
    record::Recorder recorder(*ring, clock);
    auto writer = TRY(trace_db::TraceWriter::create(folder + "/trace.orrery"));
    TRY(writer.beginRun({}, {}));
    TRY(writer.addGraph(session::rowsOf(opened.reply.dataflow, "dataflow")));
    TRY(writer.addGraph(session::rowsOf(opened.reply.compute, "compute")));
    session::RingDrain drain(*ring, writer,
                             {opened.reply.compute.nodeSlots(), opened.reply.compute.valueSlots(), 0, {}});

    exec::ExecutionOptions options;
    enum { Plain, Control, Recorded, count };
    std::unique_ptr<exec::Execution> executions[count];
    for (int which = 0; which < count; ++which) {
        options.observer = which == Recorded ? &recorder : nullptr;
        executions[which] = TRY(exec::Execution::create(opened.plan, options));
        TRY(medianStepNs(*executions[which], inputs, steps));
    }
    drain.start(getpid());

    std::vector<double> median[count], overhead, control;
    for (int round = 0; round < rounds; ++round) {
        double ns[count] = {};
        for (int turn = 0; turn < count; ++turn) {
            int which = (turn + round) % count;
            ns[which] = TRY(medianStepNs(*executions[which], inputs, steps));
            median[which].push_back(ns[which]);
        }
        overhead.push_back(100 * (ns[Recorded] / ns[Plain] - 1));
        control.push_back(100 * (ns[Control] / ns[Plain] - 1));
    }
    drain.finish();
    if (drain.error())
        return *drain.error();
    std::printf("%d rounds of %d steps each, %llu events\n", rounds, steps,
                static_cast<unsigned long long>(drain.events()));
    for (auto [which, what] : {std::pair(Plain, "not recorded"), std::pair(Recorded, "recorded")})
        std::printf("%-14s median %.1f us   (p10 %.1f, p90 %.1f)\n", what,
                    perf::quantile(median[which], 0.5) / 1e3, perf::quantile(median[which], 0.1) / 1e3,
                    perf::quantile(median[which], 0.9) / 1e3);
    for (auto [values, what] : {std::pair(&overhead, "overhead"), std::pair(&control, "control")})
        std::printf("%-14s median %+.2f %%  (p25 %+.2f, p75 %+.2f)\n", what, perf::quantile(*values, 0.5),
                    perf::quantile(*values, 0.25), perf::quantile(*values, 0.75));
    return {};
}

} // namespace

int main(int argc, char** argv)
{
    if (argc < 2) {
        std::fputs("usage: overhead MODEL [ROUNDS [STEPS]]\n", stderr);
        return 2;
    }
    std::string folder = (std::filesystem::temp_directory_path() / "overhead-XXXXXX").string();
    if (!mkdtemp(folder.data()))
        return 1;
    auto done =
        measure(argv[1], argc > 2 ? std::atoi(argv[2]) : 100, argc > 3 ? std::atoi(argv[3]) : 50, folder);
    std::filesystem::remove_all(folder);
    if (!done.ok())
        std::fprintf(stderr, "%s\n", done.error().text().c_str());
    return done.ok() ? 0 : 1;
}
