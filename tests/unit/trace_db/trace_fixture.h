#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// What the tests of trace_db share: a folder that goes away, a small graph, a small run with known times.

#include "trace_db/trace_reader.h"
#include "trace_db/trace_writer.h"

#include <QTemporaryDir>
#include <QTest>

#include <string>
#include <vector>

// The result is evaluated once.
#define VERIFY_OK(result)                                                                                    \
    do {                                                                                                     \
        const std::string failure_ = orrery::trace_db::failureOf(result);                                    \
        QVERIFY2(failure_.empty(), failure_.c_str());                                                        \
    } while (false)

namespace orrery::trace_db {

template<class T>
std::string failureOf(const Result<T>& result)
{
    return result.ok() ? std::string() : "error: " + result.error().text();
}

struct Folder {
    QTemporaryDir dir;
    std::string path(const char* name) const { return dir.filePath(name).toStdString(); }
};

inline GraphRows dataflowGraph()
{
    GraphRows graph;
    graph.stage = "dataflow";
    graph.name = "small";
    for (std::uint32_t i = 0; i < 4; ++i)
        graph.nodes.push_back(
            {.id = i, .name = "d" + std::to_string(i), .opType = "Conv", .attributes = "{}"});
    return graph;
}

// loop holds body; conv and relu stand alone.
inline GraphRows computeGraph()
{
    GraphRows graph;
    graph.stage = "compute";
    graph.name = "small";
    graph.nodes = {{.id = 0,
                    .name = "conv",
                    .opType = "Conv",
                    .backend = "onednn",
                    .kernel = "jit",
                    .scope = "a",
                    .flops = 100},
                   {.id = 1, .name = "loop", .opType = "Loop", .scope = "b"},
                   {.id = 2, .name = "body", .opType = "Conv", .region = 1, .parent = 1, .scope = "b"},
                   {.id = 5, .name = "relu", .opType = "Relu", .scope = "a", .bytesMoved = 64}};
    graph.values = {
        {.id = 0, .name = "x", .dtype = "float32", .shape = "1x2", .kind = "input"},
        {.id = 3, .name = "y", .dtype = "float32", .shape = "2", .producer = 0, .kind = "activation"}};
    graph.edges = {{0, 0, 0, EdgeDirection::In}, {0, 3, 0, EdgeDirection::Out}, {5, 3, 0, EdgeDirection::In}};
    graph.origins = {{0, 0}, {0, 1}, {5, 3}};
    return graph;
}

inline RunInfo runInfo()
{
    return {.modelPath = "small.onnx",
            .modelHash = "sha256:1",
            .root = "main",
            .backend = "auto",
            .optimize = "all",
            .args = "--x",
            .started = "2026-01-01T00:00:00Z",
            .threads = 1,
            .warmup = 1,
            .runs = 2,
            .seed = 7,
            .pid = 42};
}

// A writer with a run and both graphs.
inline Result<TraceWriter> startedWriter(const std::string& path)
{
    TraceWriter writer = TRY(TraceWriter::create(path));
    TRY(writer.beginRun(runInfo(), {.cpuModel = "cpu", .cores = 2}));
    TRY(writer.addGraph(dataflowGraph()));
    TRY(writer.addGraph(computeGraph()));
    return writer;
}

inline OpEvent op(std::int64_t ts, std::int64_t dur, std::uint32_t node, std::uint32_t step,
                  std::uint16_t depth = 0, std::uint32_t thread = 0)
{
    return {.ts = ts, .dur = dur, .node = node, .thread = thread, .step = step, .depth = depth};
}

// Step 0 is warm-up; in each step conv, loop with two calls of body inside, relu.
inline std::vector<OpEvent> smallRun()
{
    return {op(0, 1000, 0, 0),    op(1000, 50, 2, 0, 1),  op(1000, 100, 1, 0), // warm-up
            op(10000, 100, 0, 1), op(10110, 30, 2, 1, 1), op(10150, 20, 2, 1, 1), op(10105, 95, 1, 1),
            op(10200, 10, 5, 1),  op(20000, 300, 0, 2),   op(20310, 40, 2, 2, 1), op(20360, 10, 2, 2, 1),
            op(20305, 85, 1, 2),  op(20400, 30, 5, 2)};
}

} // namespace orrery::trace_db
