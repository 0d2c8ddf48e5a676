// SPDX-License-Identifier: Apache-2.0
//
// debug_step MODEL [PLACES [INPUT.pb...]]: how long single steps take, with the default budget for history.
// After a run to the end: jumps to random places, from each of which one steps back once, and steps back and
// forward again a few times; then steps forward through the whole model, less the operator's own time. Inputs
// are tensor files, or random numbers.
#include "engine/debug/debugger.h"
#include "engine/formats/tensor_file.h"
#include "profiler/runner/inputs.h"
#include "profiler/runner/opened_model.h"
#include "tests/perf/spread.h"

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <string>

using namespace orrery;
using debug::Direction;
using debug::Goal;

namespace {

debug::Movement moved(Goal goal, Direction direction, std::uint64_t position = 0)
{
    debug::Movement movement;
    movement.goal = goal;
    movement.direction = direction;
    movement.position = position;
    return movement;
}

// Milliseconds; the state is told, as for a picture.
double timed(debug::Debugger& debugger, const debug::Movement& movement, debug::DebugState& state)
{
    auto begin = std::chrono::steady_clock::now();
    state = debugger.go(movement);
    return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin).count();
}

void print(const char* what, const std::vector<double>& ms)
{
    std::printf("%-34s %6zu  p50 %8.3f  p90 %8.3f  p99 %8.3f  max %8.3f ms\n", what, ms.size(),
                perf::quantile(ms, 0.5), perf::quantile(ms, 0.9), perf::quantile(ms, 0.99),
                perf::quantile(ms, 1));
}

Result<void> measure(const std::string& model, int places, const std::vector<std::string>& files)
{
    protocol::Open open;
    open.modelPath = model;
    open.optimize = passes::OptimizeLevel::None;
    runner::OpenedModel opened = TRY(runner::openModel(open));
    std::vector<graph::Tensor> inputs;
    for (const std::string& file : files)
        inputs.push_back(TRY(formats::readTensor(file)));
    if (inputs.empty())
        inputs = TRY(runner::makeInputs(opened.plan->graph(), opened.plan->root(), {})).tensors;
    auto debugger = TRY(debug::Debugger::create(opened.plan, inputs, {}));

    debug::DebugState state;
    double run = timed(*debugger, moved(Goal::Continue, Direction::Forward), state);
    if (state.error)
        return *state.error;
    std::uint64_t end = state.position;
    std::printf("%llu instructions, a run of %.1f ms keeps %llu states in %.1f MiB of %.0f\n",
                static_cast<unsigned long long>(end), run,
                static_cast<unsigned long long>(state.history.states),
                static_cast<double>(state.history.usedBytes) / (1 << 20),
                static_cast<double>(state.history.budgetBytes) / (1 << 20));

    std::vector<double> jump, back, further, again;
    std::mt19937_64 random(1);
    for (int i = 0; i < places; ++i) {
        std::uint64_t place = 4 + random() % (end - 4);
        jump.push_back(timed(*debugger, moved(Goal::Position, Direction::Forward, place), state));
        back.push_back(timed(*debugger, moved(Goal::Into, Direction::Backward), state));
        for (int step = 0; step < 3; ++step)
            further.push_back(timed(*debugger, moved(Goal::Into, Direction::Backward), state));
        double ms = timed(*debugger, moved(Goal::Step, Direction::Forward), state);
        again.push_back(ms);
    }
    print("jump to a place", jump);
    print("step back from it", back);
    print("three more steps back", further);
    print("one forward, its time included", again);
    std::printf("kept now: %llu states in %.1f MiB\n", static_cast<unsigned long long>(state.history.states),
                static_cast<double>(state.history.usedBytes) / (1 << 20));

    auto fresh = TRY(debug::Debugger::create(opened.plan, inputs, {}));
    std::vector<double> beside;
    while (!state.finished || beside.empty()) {
        double ms = timed(*fresh, moved(Goal::Into, Direction::Forward), state);
        beside.push_back(ms - static_cast<double>(state.previousNs) / 1e6);
    }
    print("forward, beside the operator", beside);
    return {};
}

} // namespace

int main(int argc, char** argv)
{
    if (argc < 2) {
        std::fputs("usage: debug_step MODEL [PLACES [INPUT.pb...]]\n", stderr);
        return 2;
    }
    auto done = measure(argv[1], argc > 2 ? std::atoi(argv[2]) : 300,
                        std::vector<std::string>(argv + std::min(argc, 3), argv + argc));
    if (!done.ok())
        std::fprintf(stderr, "%s\n", done.error().text().c_str());
    return done.ok() ? 0 : 1;
}
