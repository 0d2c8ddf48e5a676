// SPDX-License-Identifier: Apache-2.0
//
// overhead MODEL [PAIRS [STEPS]]: what recording costs a whole run. Two executions of one plan in one
// process, one with the recorder and one without an observer, take turns in blocks of steps, in an order that
// changes with every pair, while a session's drain writes the events into a trace. Prints the medians of
// both, and the ratio of each pair's medians with its spread.
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

Result<void> measure(const std::string& model, int pairs, int steps, const std::string& folder)
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
                             {opened.reply.compute.nodeSlots(), opened.reply.compute.valueSlots(), 0});

    exec::ExecutionOptions options;
    auto plain = TRY(exec::Execution::create(opened.plan, options));
    options.observer = &recorder;
    auto recorded = TRY(exec::Execution::create(opened.plan, options));
    TRY(medianStepNs(*plain, inputs, steps));
    TRY(medianStepNs(*recorded, inputs, steps));
    drain.start(getpid());

    std::vector<double> without, with, ratio;
    for (int pair = 0; pair < pairs; ++pair) {
        double first = 0, second = 0;
        for (int turn = 0; turn < 2; ++turn) {
            bool record = (turn + pair) % 2 == 0;
            (record ? second : first) = TRY(medianStepNs(record ? *recorded : *plain, inputs, steps));
        }
        without.push_back(first);
        with.push_back(second);
        ratio.push_back(100 * (second / first - 1));
    }
    drain.finish();
    if (drain.error())
        return *drain.error();
    std::printf("%d pairs of %d steps, %llu events\n", pairs, steps,
                static_cast<unsigned long long>(drain.events()));
    std::printf("without recording  median %.1f us   (p10 %.1f, p90 %.1f)\n",
                perf::quantile(without, 0.5) / 1e3, perf::quantile(without, 0.1) / 1e3,
                perf::quantile(without, 0.9) / 1e3);
    std::printf("with recording     median %.1f us   (p10 %.1f, p90 %.1f)\n", perf::quantile(with, 0.5) / 1e3,
                perf::quantile(with, 0.1) / 1e3, perf::quantile(with, 0.9) / 1e3);
    std::printf("overhead           median %.2f %%   (p25 %.2f, p75 %.2f), of the pairs' medians\n",
                perf::quantile(ratio, 0.5), perf::quantile(ratio, 0.25), perf::quantile(ratio, 0.75));
    return {};
}

} // namespace

int main(int argc, char** argv)
{
    if (argc < 2) {
        std::fputs("usage: overhead MODEL [PAIRS [STEPS]]\n", stderr);
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
