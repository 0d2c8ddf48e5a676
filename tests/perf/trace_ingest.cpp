// SPDX-License-Identifier: Apache-2.0
//
// How fast do events get into a trace, and how large is it? Prints events per second (with commit, roll-ups
// and the final checkpoint), processor time and bytes per event, with the spread over several rounds. With
// "memory" there are two allocation events to each op, as of a run whose nodes each make a buffer that lives
// for a few nodes. usage: trace_ingest [events [nodes [rounds [memory]]]]
#include "trace_db/trace_writer.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <random>
#include <span>
#include <string_view>
#include <time.h>
#include <unistd.h>
#include <vector>

using namespace orrery::trace_db;

namespace {

// One thread that runs a model over and over: each node has its own usual time, with 5 % of noise around it.
std::vector<OpEvent> realisticOps(std::int64_t count, std::uint32_t nodes)
{
    std::mt19937_64 random(1);
    std::normal_distribution<double> noise(1, 0.05);
    std::uniform_real_distribution<double> exponent(3.3, 6.3); // 2 us to 2 ms
    std::vector<double> usual(nodes);
    for (double& ns : usual)
        ns = std::pow(10, exponent(random));
    std::vector<OpEvent> events(static_cast<std::size_t>(count));
    std::int64_t now = 1000000000;
    for (std::size_t i = 0; i < events.size(); ++i) {
        auto node = static_cast<std::uint32_t>(i % nodes);
        auto dur = static_cast<std::int64_t>(usual[node] * std::max(0.5, noise(random)));
        events[i] = {.ts = now, .dur = dur, .node = node, .step = static_cast<std::uint32_t>(i / nodes)};
        now += dur + 150 + static_cast<std::int64_t>(random() % 200);
    }
    return events;
}

// An output per op, freed four ops later.
std::vector<AllocEvent> allocsOf(std::span<const OpEvent> ops)
{
    constexpr std::size_t life = 4;
    std::vector<AllocEvent> events;
    events.reserve(2 * ops.size());
    for (std::size_t i = 0; i < ops.size(); ++i) {
        const OpEvent& op = ops[i];
        auto buffer = static_cast<std::uint32_t>(i);
        std::int64_t bytes = 1024 + (op.node * 7919 % 512) * 1024;
        events.push_back({.ts = op.ts,
                          .bytes = bytes,
                          .offset = (op.node * 104729 % 8192) * 64,
                          .buffer = buffer,
                          .value = op.node,
                          .node = op.node});
        if (i >= life)
            events.push_back({.ts = op.ts + op.dur,
                              .buffer = static_cast<std::uint32_t>(buffer - life),
                              .node = op.node,
                              .action = AllocAction::Free});
    }
    return events;
}

GraphRows graphOf(std::uint32_t nodes)
{
    GraphRows graph;
    graph.stage = "compute";
    for (std::uint32_t i = 0; i < nodes; ++i)
        graph.nodes.push_back({.id = i, .name = fmt::format("node{}", i), .opType = "Conv"});
    return graph;
}

struct Round {
    double millionPerSecond = 0;
    double processorNs = 0; // per event, of all threads
    double bytesPerEvent = 0;
};

double processorSeconds()
{
    timespec time = {};
    ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

orrery::Result<Round> ingest(const std::string& path, std::span<const OpEvent> ops,
                             std::span<const AllocEvent> allocs, std::uint32_t nodes)
{
    constexpr std::size_t batch = 4096;
    TraceWriter writer = TRY(TraceWriter::create(path));
    TRY(writer.beginRun({.modelPath = "synthetic", .warmup = 1}, {}));
    TRY(writer.addGraph(graphOf(nodes)));
    TRY(writer.flush());
    auto empty = static_cast<double>(std::filesystem::file_size(path));
    auto n = static_cast<double>(ops.size() + allocs.size());
    auto start = std::chrono::steady_clock::now();
    double processorStart = processorSeconds();
    while (!ops.empty() || !allocs.empty()) {
        TRY(writer.append(ops.first(std::min(batch, ops.size()))));
        TRY(writer.append(allocs.first(std::min(2 * batch, allocs.size()))));
        ops = ops.subspan(std::min(batch, ops.size()));
        allocs = allocs.subspan(std::min(2 * batch, allocs.size()));
    }
    TRY(writer.close());
    std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
    return Round{n / took.count() / 1e6, (processorSeconds() - processorStart) / n * 1e9,
                 (static_cast<double>(std::filesystem::file_size(path)) - empty) / n};
}

struct Spread {
    std::vector<double> values;

    std::string text() const
    {
        std::vector<double> sorted = values;
        std::sort(sorted.begin(), sorted.end());
        return fmt::format("{:.2f} (min {:.2f}, max {:.2f})", sorted[sorted.size() / 2], sorted.front(),
                           sorted.back());
    }
};

} // namespace

int main(int argc, char** argv)
{
    std::int64_t count = argc > 1 ? std::atoll(argv[1]) : 4000000;
    auto nodes = static_cast<std::uint32_t>(argc > 2 ? std::atoi(argv[2]) : 300);
    int rounds = argc > 3 ? std::atoi(argv[3]) : 7;
    bool memory = argc > 4 && std::string_view(argv[4]) == "memory";
    if (count < 1 || nodes < 1 || rounds < 1 || (argc > 4 && !memory)) {
        fmt::print(stderr, "usage: trace_ingest [events [nodes [rounds [memory]]]]\n");
        return 2;
    }
    std::vector<OpEvent> ops = realisticOps(memory ? (count + 2) / 3 : count, nodes);
    std::vector<AllocEvent> allocs = memory ? allocsOf(ops) : std::vector<AllocEvent>();
    std::string path =
        fmt::format("{}/trace_ingest_{}.orrery", std::filesystem::temp_directory_path().string(), getpid());
    Spread speed;
    Spread processor;
    double bytes = 0;
    for (int i = 0; i < rounds; ++i) {
        auto round = ingest(path, ops, allocs, nodes);
        std::filesystem::remove(path);
        if (!round) {
            fmt::print(stderr, "{}\n", round.error().text());
            return 1;
        }
        speed.values.push_back(round->millionPerSecond);
        processor.values.push_back(round->processorNs);
        bytes = round->bytesPerEvent;
    }
    fmt::print("{} op events, {} alloc events, {} nodes, {} rounds\n", ops.size(), allocs.size(), nodes,
               rounds);
    fmt::print("ingest   {} M events/s\n", speed.text());
    fmt::print("takes    {} ns of processor time per event\n", processor.text());
    fmt::print("size     {:.2f} bytes/event\n", bytes);
    return 0;
}
