// SPDX-License-Identifier: Apache-2.0
//
// Writes the seeds of fuzz_chunk and fuzz_trace_open: chunks behind the byte that chooses what the target
// does with them, and a whole trace, with pages as small as SQLite allows. usage: make_trace_seeds FOLDER
#include "trace_db/chunk_codec.h"
#include "trace_db/connection.h"
#include "trace_db/trace_writer.h"

#include <cstdio>
#include <filesystem>
#include <fstream>

using namespace orrery;
using namespace orrery::trace_db;

namespace {

std::vector<OpEvent> someOps()
{
    std::vector<OpEvent> events;
    for (std::uint32_t i = 0; i < 60; ++i)
        events.push_back({.ts = 1000 + i * 700,
                          .dur = 100 + i * i * i,
                          .node = i % 3,
                          .thread = i / 50,
                          .step = i / 20,
                          .depth = static_cast<std::uint16_t>(i % 4 == 0 ? 1 : 0),
                          .kind = i % 20 == 19 ? OpKind::Wait : OpKind::Op});
    return events;
}

std::vector<AllocEvent> someAllocs()
{
    std::vector<AllocEvent> events;
    for (std::uint32_t i = 0; i < 60; ++i)
        events.push_back({.ts = 1000 + i * 350,
                          .bytes = 4096 * (i % 5),
                          .offset = i % 2 == 0 ? -1 : i * 64,
                          .buffer = i / 2,
                          .value = i % 3,
                          .node = i % 3,
                          .action = i % 7 == 3 ? AllocAction::Free : AllocAction::Alloc,
                          .kind = static_cast<AllocKind>(i % allocKindCount)});
    return events;
}

template<class Event>
void writeChunk(const std::filesystem::path& path, const std::vector<Event>& events)
{
    std::vector<std::byte> bytes = encodeChunk(std::span<const Event>(events));
    std::ofstream(path, std::ios::binary)
        .put('\0')
        .write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
}

Result<void> writeTrace(const std::string& path)
{
    TraceWriter writer = TRY(TraceWriter::create(path));
    TRY(writer.beginRun({.modelPath = "seed.onnx", .warmup = 1}, {.cpuModel = "cpu"}));
    GraphRows graph;
    graph.stage = "compute";
    for (std::uint32_t i = 0; i < 3; ++i)
        graph.nodes.push_back({.id = i, .name = "node" + std::to_string(i), .opType = "Conv", .scope = "a"});
    graph.values = {{.id = 0, .name = "x", .dtype = "float32", .shape = "1x2", .kind = "input"}};
    graph.edges = {{0, 0, 0, EdgeDirection::In}};
    TRY(writer.addGraph(graph));
    TRY(writer.append(someOps()));
    TRY(writer.append(someAllocs()));
    TRY(writer.append(NativeSite{.site = 0, .node = 1, .stack = 7}));
    TRY(writer.append(NativeSample{.site = 0, .step = 0, .liveBytes = 4096, .liveBlocks = 1}));
    TRY(writer.append(NativeUse{.node = 1, .allocations = 1, .allocatedBytes = 4096}));
    TRY(writer.addStack(
        7, {{.module = "ops.so", .moduleOffset = 64, .symbol = "compute", .file = "ops.c", .line = 9}}));
    TRY(writer.addStepInputs(0, "x=1x2"));
    TRY(writer.addStep({0, 1000, 900, StepKind::WarmUp}));
    TRY(writer.setOutcome({}));
    TRY(writer.close());
    Connection connection = TRY(Connection::openForWriting(path));
    return connection.execute("PRAGMA page_size = 512; VACUUM");
}

} // namespace

int main(int argc, char** argv)
{
    if (argc != 2)
        return 2;
    std::filesystem::path folder = argv[1];
    std::filesystem::create_directories(folder / "chunk");
    std::filesystem::create_directories(folder / "trace");
    writeChunk(folder / "chunk" / "ops", someOps());
    writeChunk(folder / "chunk" / "allocs", someAllocs());
    std::filesystem::path trace = folder / "trace" / "small";
    std::filesystem::remove(trace);
    if (Result<void> written = writeTrace(trace.string()); !written) {
        std::fprintf(stderr, "%s\n", written.error().text().c_str());
        return 1;
    }
    return 0;
}
