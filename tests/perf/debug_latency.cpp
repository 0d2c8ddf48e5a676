// SPDX-License-Identifier: Apache-2.0
//
// debug_latency MODEL [STEPS [INPUT.pb...]]: what the process border costs a debugging session. Steps forward
// until STEPS are done (in a new session at the end) less the operator's own time; steps back from random
// places with the default budget for history; and the bytes of the answers. `debug_latency --chain NODES` and
// `--fetch MEBIBYTES` do it on a chain of NODES small nodes, and fetch one large tensor.
#include "engine/formats/format.h"
#include "profiler/protocol/codec.h"
#include "profiler/session/debug_session.h"
#include "profiler/session/scratch_folder.h"
#include "tests/perf/spread.h"

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <string>

using namespace orrery;
using debug::Direction;
using debug::Goal;
using session::DebugSession;

namespace {

using Milliseconds = std::chrono::duration<double, std::milli>;

debug::Movement moved(Goal goal, Direction direction = Direction::Forward, std::uint64_t position = 0)
{
    debug::Movement movement;
    movement.goal = goal;
    movement.direction = direction;
    movement.position = position;
    return movement;
}

Result<double> timed(DebugSession& session, const debug::Movement& movement)
{
    auto begin = std::chrono::steady_clock::now();
    auto state = TRY(session.go(movement));
    double ms = Milliseconds(std::chrono::steady_clock::now() - begin).count();
    if (state.error)
        return *state.error;
    return ms;
}

void print(const char* what, const std::vector<double>& ms)
{
    std::printf("%-34s %6zu  p50 %8.3f  p90 %8.3f  p99 %8.3f  max %8.3f ms\n", what, ms.size(),
                perf::quantile(ms, 0.5), perf::quantile(ms, 0.9), perf::quantile(ms, 0.99),
                perf::quantile(ms, 1));
}

std::size_t answerBytes(const DebugSession& session)
{
    protocol::DebugReached answer{session.state(), session.breakpoints(), {}};
    return protocol::encode(protocol::Reply(std::move(answer))).size();
}

Result<void> measureSteps(const std::string& model, std::size_t steps, const session::DebugOptions& options)
{
    auto session = TRY(DebugSession::open(model, options));
    std::vector<double> beside, back;
    std::size_t largest = 0, live = 0;
    while (beside.size() < steps) {
        if (session->state().finished) // anew: an operator's time is that of the first time
            session = TRY(DebugSession::open(model, options));
        double ms = TRY(timed(*session, moved(Goal::Into)));
        beside.push_back(ms - static_cast<double>(session->state().previousNs) / 1e6);
        largest = std::max(largest, answerBytes(*session));
        live = std::max(live, session->state().live.size());
    }
    print("step beside the operator's time", beside);
    std::printf("%-34s %zu bytes with at most %zu live values\n", "largest answer", largest, live);

    TRY(session->go(moved(Goal::Continue)));
    std::uint64_t end = session->state().position;
    std::mt19937_64 random(1);
    for (std::size_t i = 0; i < std::min<std::size_t>(steps, 300); ++i) {
        TRY(timed(*session, moved(Goal::Position, Direction::Forward, 1 + random() % end)));
        back.push_back(TRY(timed(*session, moved(Goal::Into, Direction::Backward))));
    }
    print("step back from a random place", back);
    const debug::HistoryUse& history = session->state().history;
    std::printf("%-34s %llu states, %.1f MiB\n", "history", static_cast<unsigned long long>(history.states),
                static_cast<double>(history.usedBytes) / (1 << 20));
    return {};
}

// x → Neg → Neg → …
graph::Model chain(std::size_t nodes, const graph::Dims& dims)
{
    graph::Model model;
    model.irVersion = 8;
    model.opsets = {{"", 13}};
    graph::Graph& graph = model.graph;
    graph.main().name = "chain";
    auto type = graph::ValueType::tensor(graph::DataType::Float32, graph::Shape::of(dims));
    ValueId last = graph.addValue(graph.mainRegion(), "x", type);
    graph.main().inputs = {last};
    for (std::size_t i = 0; i < nodes; ++i) {
        graph::Node node;
        node.name = "n" + std::to_string(i);
        node.opType = "Neg";
        node.inputs = {last};
        last = graph.addValue(graph.mainRegion(), "v" + std::to_string(i), type);
        node.outputs = {last};
        graph.addNode(graph.mainRegion(), std::move(node));
    }
    graph.main().outputs = {last};
    return model;
}

Result<void> measureFetch(std::int64_t mebibytes, const session::DebugOptions& options,
                          const std::string& path)
{
    TRY(formats::writeModel(chain(2, {mebibytes << 18}), path));
    auto session = TRY(DebugSession::open(path, options));
    TRY(session->go(moved(Goal::Step)));
    ValueId value = session->state().live.back();
    std::vector<double> fetch;
    double sum = 0;
    for (int i = 0; i < 20; ++i) {
        auto begin = std::chrono::steady_clock::now();
        auto captured = TRY(session->tensor(value, session::Recompute::No));
        fetch.push_back(Milliseconds(std::chrono::steady_clock::now() - begin).count());
        sum += captured.tensor.data<float>()[captured.tensor.elementCount() - 1];
    }
    print(("fetch of " + std::to_string(mebibytes) + " MiB").c_str(), fetch);
    return sum == sum ? Result<void>() : Error{ErrorCode::Internal, "NaN", {}};
}

Result<void> measure(int argc, char** argv)
{
    session::DebugOptions options;
    options.session.optimize = passes::OptimizeLevel::None;
    auto folder = TRY(session::ScratchFolder::create());
    std::string path = folder.file("chain.onnx");
    std::string first = argv[1];
    if (first == "--fetch")
        return measureFetch(argc > 2 ? std::atoll(argv[2]) : 50, options, path);
    if (first == "--chain") {
        auto nodes = static_cast<std::size_t>(argc > 2 ? std::atoll(argv[2]) : 10'000);
        TRY(formats::writeModel(chain(nodes, {16}), path));
        return measureSteps(path, 2000, options);
    }
    for (int i = 3; i < argc; ++i)
        options.inputs.push_back({"", static_cast<std::uint32_t>(i - 3), argv[i]});
    return measureSteps(first, static_cast<std::size_t>(argc > 2 ? std::atoll(argv[2]) : 2000), options);
}

} // namespace

int main(int argc, char** argv)
{
    if (argc < 2) {
        std::fputs("usage: debug_latency MODEL [STEPS [INPUT.pb...]]\n"
                   "       debug_latency --chain [NODES]\n"
                   "       debug_latency --fetch [MEBIBYTES]\n"
                   "with ORRERY_RUNNER=build/dev/bin/orrery-runner\n",
                   stderr);
        return 2;
    }
    auto done = measure(argc, argv);
    if (!done.ok())
        std::fprintf(stderr, "%s\n", done.error().text().c_str());
    return done.ok() ? 0 : 1;
}
