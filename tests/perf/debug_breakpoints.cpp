// SPDX-License-Identifier: Apache-2.0
//
// debug_breakpoints MODEL [ROUNDS [STEPS [LEVEL]]]: what being debugged costs a whole run. Five ways to run
// one plan take turns in blocks of steps, in an order that changes with every round: an Execution whose
// values lie in the arena, one whose values are shared, the same again as a measure of the noise, a debugger
// that continues without a breakpoint, and one with a condition that never hits and reads the statistics of
// one tensor. Prints the medians and, by round, the ratios to the shared Execution. LEVEL is none (as one
// debugs, the default) or all.
#include "engine/debug/debugger.h"
#include "profiler/runner/inputs.h"
#include "profiler/runner/opened_model.h"
#include "tests/perf/spread.h"

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>

using namespace orrery;

namespace {

enum Way { Arena, Shared, Again, Debugged, Conditional, ways };
constexpr const char* names[ways] = {"arena", "shared", "shared again", "debugger", "one condition"};

std::int64_t nowNs()
{
    return std::chrono::duration_cast<std::chrono::nanoseconds>(
               std::chrono::steady_clock::now().time_since_epoch())
        .count();
}

// The largest output of the graph's nodes that is still of ordinary size: the middle one by bytes.
ValueId middleValue(const plan::Plan& plan, const plan::MemoryPlan& memory)
{
    std::vector<std::pair<std::int64_t, ValueId>> sizes;
    for (const plan::Instruction& instruction : plan.mainBlock().instructions)
        for (ValueId value : plan.graph().node(instruction.node).outputs)
            if (value.valid() && memory.types[value.index()].shape)
                if (auto dims = memory.types[value.index()].shape->concrete())
                    sizes.emplace_back(
                        graph::byteSizeOf(memory.types[value.index()].element, *dims).value_or(0), value);
    std::sort(sizes.begin(), sizes.end());
    return sizes.empty() ? ValueId() : sizes[sizes.size() / 2].second;
}

Result<double> medianRunNs(exec::Execution* execution, debug::Debugger* debugger,
                           const std::vector<graph::Tensor>& inputs, int steps)
{
    std::vector<double> ns;
    for (int i = 0; i < steps; ++i) {
        if (debugger != nullptr)
            debugger->restart();
        std::int64_t begin = nowNs();
        if (debugger != nullptr) {
            debug::Movement on;
            on.goal = debug::Goal::Continue;
            if (debug::DebugState state = debugger->go(on); state.reason != debug::StopReason::End)
                return state.error.value_or(Error{ErrorCode::Internal, "the condition hit", {}});
        } else {
            TRY(execution->start(inputs));
            TRY(execution->run());
        }
        ns.push_back(static_cast<double>(nowNs() - begin));
    }
    return perf::quantile(ns, 0.5);
}

Result<void> measure(const std::string& model, int rounds, int steps, passes::OptimizeLevel level)
{
    protocol::Open open;
    open.modelPath = model;
    open.optimize = level;
    runner::OpenedModel opened = TRY(runner::openModel(open));
    protocol::Run run;
    auto inputs = TRY(runner::makeInputs(opened.plan->graph(), opened.plan->root(), run)).tensors;

    std::unique_ptr<exec::Execution> executions[ways];
    std::unique_ptr<debug::Debugger> debuggers[ways];
    for (int way : {Arena, Shared, Again}) {
        exec::ExecutionOptions options;
        options.storage = way == Arena ? exec::Storage::Arena : exec::Storage::Shared;
        executions[way] = TRY(exec::Execution::create(opened.plan, options));
    }
    for (int way : {Debugged, Conditional})
        debuggers[way] = TRY(debug::Debugger::create(opened.plan, inputs, {}));
    for (int way = 0; way < ways; ++way)
        TRY(medianRunNs(executions[way].get(), debuggers[way].get(), inputs, 3));
    debug::Breakpoint breakpoint;
    breakpoint.target = debug::BreakpointTarget::Value;
    breakpoint.value = middleValue(*opened.plan, executions[Arena]->memoryPlan());
    breakpoint.condition = debug::Condition{debug::Quantity::Mean, debug::Comparison::Greater, 1e30};
    TRY(debuggers[Conditional]->setBreakpoints({breakpoint}));
    std::printf("the condition reads \"%s\", %s\n", opened.plan->graph().value(breakpoint.value).name.c_str(),
                executions[Arena]->memoryPlan().types[breakpoint.value.index()].text().c_str());

    std::vector<double> median[ways], ratio[ways], conditionRatio;
    for (int round = 0; round < rounds; ++round) {
        double ns[ways] = {};
        for (int turn = 0; turn < ways; ++turn) {
            int way = (turn + round) % ways;
            ns[way] = TRY(medianRunNs(executions[way].get(), debuggers[way].get(), inputs, steps));
            median[way].push_back(ns[way]);
        }
        for (int way = 0; way < ways; ++way)
            ratio[way].push_back(100 * (ns[way] / ns[Shared] - 1));
        conditionRatio.push_back(100 * (ns[Conditional] / ns[Debugged] - 1));
    }
    std::printf("%d rounds of %d runs each\n", rounds, steps);
    for (int way = 0; way < ways; ++way)
        std::printf("%-14s median %8.1f us (p10 %.1f, p90 %.1f)  against shared %+.2f %% (p25 %+.2f, p75 "
                    "%+.2f)\n",
                    names[way], perf::quantile(median[way], 0.5) / 1e3,
                    perf::quantile(median[way], 0.1) / 1e3, perf::quantile(median[way], 0.9) / 1e3,
                    perf::quantile(ratio[way], 0.5), perf::quantile(ratio[way], 0.25),
                    perf::quantile(ratio[way], 0.75));
    std::printf("one condition against none: %+.2f %% (p25 %+.2f, p75 %+.2f)\n",
                perf::quantile(conditionRatio, 0.5), perf::quantile(conditionRatio, 0.25),
                perf::quantile(conditionRatio, 0.75));
    return {};
}

} // namespace

int main(int argc, char** argv)
{
    if (argc < 2) {
        std::fputs("usage: debug_breakpoints MODEL [ROUNDS [STEPS [none|all]]]\n", stderr);
        return 2;
    }
    bool all = argc > 4 && std::string_view(argv[4]) == "all";
    auto done = measure(argv[1], argc > 2 ? std::atoi(argv[2]) : 30, argc > 3 ? std::atoi(argv[3]) : 5,
                        all ? passes::OptimizeLevel::All : passes::OptimizeLevel::None);
    if (!done.ok())
        std::fprintf(stderr, "%s\n", done.error().text().c_str());
    return done.ok() ? 0 : 1;
}
