// SPDX-License-Identifier: Apache-2.0
//
// heap_recording MODEL [ROUNDS [STEPS [NAME=1x2x3...]]]: what recording allocations costs a run, through the
// real runner and its malloc. Runs without recording (twice, the second as a measure of the noise), with op
// events alone, and with the heap watched by node, with sampled and with full stacks take turns, in an order
// that changes with every round. Prints the medians of a step and, against not recording, by round, the cost.
#include "profiler/session/scratch_folder.h"
#include "profiler/session/session.h"
#include "tests/perf/spread.h"

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

using namespace orrery;

namespace {

struct Way {
    const char* name;
    protocol::Recording recording;
    protocol::HeapWatch heap;
};

constexpr Way ways[] = {
    {"not recorded", protocol::Recording::Off, protocol::HeapWatch::Off},
    {"not recorded, again", protocol::Recording::Off, protocol::HeapWatch::Off},
    {"ops and tensors", protocol::Recording::On, protocol::HeapWatch::Off},
    {"and the heap by node", protocol::Recording::On, protocol::HeapWatch::Nodes},
    {"with sampled stacks", protocol::Recording::On, protocol::HeapWatch::SampledStacks},
    {"with full stacks", protocol::Recording::On, protocol::HeapWatch::FullStacks},
};
constexpr std::size_t wayCount = std::size(ways);

Result<void> measure(const std::string& model, std::size_t rounds, std::uint32_t steps,
                     const std::map<std::string, graph::Dims>& shapes)
{
    session::SessionOptions options;
    options.runnerPath = ORRERY_RUNNER_PROGRAM;
    options.inputShapes = shapes;
    auto session = TRY(session::Session::open(model, options));
    auto folder = TRY(session::ScratchFolder::create());
    std::vector<double> median[wayCount], cost[wayCount];
    for (std::size_t round = 0; round < rounds; ++round) {
        double ns[wayCount] = {};
        for (std::size_t turn = 0; turn < wayCount; ++turn) {
            std::size_t which = (turn + round) % wayCount;
            session::RunRequest request;
            request.warmup = 2;
            request.runs = steps;
            request.recording = ways[which].recording;
            request.heap = ways[which].heap;
            if (request.recording == protocol::Recording::On)
                request.tracePath = folder.path() + "/" + std::to_string(which) + ".orrery";
            auto outcome = session->run(request);
            if (outcome.error)
                return *outcome.error;
            ns[which] = perf::quantile({outcome.durationsNs.begin(), outcome.durationsNs.end()}, 0.5);
            median[which].push_back(ns[which]);
        }
        for (std::size_t which = 0; which < wayCount; ++which)
            cost[which].push_back(100 * (ns[which] / ns[0] - 1));
    }
    std::printf("%s: %zu rounds of %u steps each\n", model.c_str(), rounds, steps);
    for (std::size_t which = 0; which < wayCount; ++which)
        std::printf("%-22s median %10.1f us   cost median %+.2f %%  (p25 %+.2f, p75 %+.2f)\n",
                    ways[which].name, perf::quantile(median[which], 0.5) / 1e3,
                    perf::quantile(cost[which], 0.5), perf::quantile(cost[which], 0.25),
                    perf::quantile(cost[which], 0.75));
    return {};
}

std::map<std::string, graph::Dims> shapesOf(int count, char** texts)
{
    std::map<std::string, graph::Dims> shapes;
    for (int i = 0; i < count; ++i) {
        const char* equals = std::strchr(texts[i], '=');
        if (equals == nullptr)
            continue;
        graph::Dims& dims = shapes[std::string(static_cast<const char*>(texts[i]), equals)];
        for (const char* at = equals; *at == '=' || *at == 'x';) {
            char* end = nullptr;
            dims.push_back(std::strtoll(at + 1, &end, 10));
            at = end;
        }
    }
    return shapes;
}

} // namespace

int main(int argc, char** argv)
{
    if (argc < 2) {
        std::fputs("usage: heap_recording MODEL [ROUNDS [STEPS [NAME=1x2x3...]]]\n", stderr);
        return 2;
    }
    auto done = measure(argv[1], argc > 2 ? static_cast<std::size_t>(std::atoi(argv[2])) : 20,
                        argc > 3 ? static_cast<std::uint32_t>(std::atoi(argv[3])) : 20,
                        shapesOf(std::max(argc - 4, 0), argv + 4));
    if (!done.ok())
        std::fprintf(stderr, "%s\n", done.error().text().c_str());
    return done.ok() ? 0 : 1;
}
