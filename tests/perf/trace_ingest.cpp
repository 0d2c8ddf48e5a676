// SPDX-License-Identifier: Apache-2.0
//
// How fast do op events get into a trace, and how large is it? Prints events per second (with commit,
// roll-ups and the final checkpoint) and bytes per event, with the spread over several rounds. usage:
// trace_ingest [events [nodes [rounds]]]
#include "trace_db/trace_writer.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <random>
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
    double bytesPerEvent = 0;
};

orrery::Result<Round> ingest(const std::string& path, const std::vector<OpEvent>& events, std::uint32_t nodes)
{
    TraceWriter writer = TRY(TraceWriter::create(path));
    TRY(writer.beginRun({.modelPath = "synthetic", .warmup = 1}, {}));
    TRY(writer.addGraph(graphOf(nodes)));
    TRY(writer.flush());
    auto empty = static_cast<double>(std::filesystem::file_size(path));
    auto start = std::chrono::steady_clock::now();
    for (std::size_t i = 0; i < events.size(); i += 4096)
        TRY(writer.append(std::span(events).subspan(i, std::min<std::size_t>(4096, events.size() - i))));
    TRY(writer.close());
    std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
    auto n = static_cast<double>(events.size());
    return Round{n / took.count() / 1e6, (static_cast<double>(std::filesystem::file_size(path)) - empty) / n};
}

} // namespace

int main(int argc, char** argv)
{
    std::int64_t count = argc > 1 ? std::atoll(argv[1]) : 4000000;
    auto nodes = static_cast<std::uint32_t>(argc > 2 ? std::atoi(argv[2]) : 300);
    int rounds = argc > 3 ? std::atoi(argv[3]) : 7;
    if (count < 1 || nodes < 1 || rounds < 1) {
        fmt::print(stderr, "usage: trace_ingest [events [nodes [rounds]]]\n");
        return 2;
    }
    std::vector<OpEvent> events = realisticOps(count, nodes);
    std::string path =
        fmt::format("{}/trace_ingest_{}.orrery", std::filesystem::temp_directory_path().string(), getpid());
    std::vector<double> speeds;
    double bytes = 0;
    for (int i = 0; i < rounds; ++i) {
        auto round = ingest(path, events, nodes);
        std::filesystem::remove(path);
        if (!round) {
            fmt::print(stderr, "{}\n", round.error().text());
            return 1;
        }
        speeds.push_back(round->millionPerSecond);
        bytes = round->bytesPerEvent;
    }
    std::sort(speeds.begin(), speeds.end());
    fmt::print("{} op events, {} nodes, {} rounds\n", count, nodes, rounds);
    fmt::print("ingest   {:.2f} M events/s (min {:.2f}, max {:.2f})\n", speeds[speeds.size() / 2],
               speeds.front(), speeds.back());
    fmt::print("size     {:.2f} bytes/event\n", bytes);
    return 0;
}
