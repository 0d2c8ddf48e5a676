#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// One filled message of every kind, for the tests of the protocol.

#include "profiler/protocol/command.h"

namespace orrery::tests {

inline graph::Graph sampleGraph()
{
    graph::Graph graph;
    graph.main().name = "sample";
    ValueId x =
        graph.addValue(graph.mainRegion(), "x",
                       graph::ValueType::tensor(graph::DataType::Float32,
                                                graph::Shape({graph::Dim::symbolic("N"), 3, graph::Dim()})));
    ValueId small = graph.addConstant(graph.mainRegion(), "small",
                                      graph::Tensor::of<float>({2}, std::vector<float>{1, 2}));
    ValueId large = graph.addConstant(graph.mainRegion(), "large",
                                      graph::Tensor::of<float>({2000}, std::vector<float>(2000, 0.5f)));
    ValueId y = graph.addValue(graph.mainRegion(), "y");
    ValueId z = graph.addValue(graph.mainRegion(), "z");
    graph.main().inputs = {x};
    graph.main().outputs = {z};
    graph::Node conv;
    conv.name = "conv";
    conv.opType = "Conv";
    conv.inputs = {x, ValueId(), small, large};
    conv.outputs = {y};
    conv.setAttribute("pads", std::vector<std::int64_t>{1, -1});
    conv.setAttribute("alpha", 0.25f);
    conv.setAttribute("auto_pad", std::string("SAME_UPPER"));
    conv.setAttribute("value", graph::Tensor::scalar<std::int64_t>(7));
    NodeId convId = graph.addNode(graph.mainRegion(), conv);
    graph::Node dead;
    dead.opType = "Identity";
    graph.removeNode(graph.addNode(graph.mainRegion(), dead));
    graph::Node branch;
    branch.opType = "If";
    branch.inputs = {y};
    branch.outputs = {z};
    NodeId branchId = graph.addNode(graph.mainRegion(), branch);
    RegionId body = graph.addRegion(branchId, "then_branch");
    graph.node(branchId).setAttribute("then_branch", body);
    graph::Node inner;
    inner.name = "inner";
    inner.opType = "Relu";
    inner.inputs = {y};
    inner.outputs = {graph.addValue(body, "w")};
    NodeId innerId = graph.addNode(body, inner);
    graph.region(body).outputs = {ValueId(5)};
    for (NodeId id : {convId, branchId, innerId})
        graph.node(id).origins = {id};
    graph.roots().push_back({"other", {x}, {y}});
    return graph;
}

inline std::vector<protocol::Command> sampleCommands()
{
    protocol::Open open{
        "/m.onnx",          "main",     passes::OptimizeLevel::Basic, {"fuse"}, plan::BackendChoice::Eigen,
        {{"x", {1, 2, 3}}}, {"/ops.so"}};
    protocol::Run run;
    run.inputs = {{"x", 0, "/x.npy"}, {"", 1, "/y.pb"}};
    run.inputShapes = {{"z", {}}, {"w", {9}}};
    run.seed = UINT64_MAX;
    run.warmup = 3;
    run.runs = 4;
    run.threads = 2;
    run.memoryLimitBytes = INT64_MAX;
    run.recording = protocol::Recording::On;
    run.outputs = protocol::Outputs::Return;
    run.outputsPath = "/out";
    return {open, run, protocol::Pause{}, protocol::Continue{}, protocol::Stop{}, protocol::Quit{}};
}

inline std::vector<protocol::Reply> sampleReplies()
{
    protocol::Opened opened;
    opened.dataflow = sampleGraph();
    opened.compute = sampleGraph();
    opened.opsets = {{"", 17}};
    opened.modelHash = "fnv1a64:0";
    opened.root = opened.compute.mainRoot();
    opened.placements = {{NodeId(0), "eigen", "eigen.Conv", 1e9, -1}};
    opened.passes = {{"fold", 12, 1, 2, 3}};
    opened.problems = {{Severity::Error, "code", "node", NodeId(0), "text", "remedy"}};
    opened.readNs = 5;
    protocol::Started started{opened.placements, {opened.compute.value(ValueId(0)).type}, opened.problems};
    protocol::Finished finished;
    finished.end = protocol::RunEnd::Stopped;
    finished.warmupNs = {1};
    finished.durationsNs = {2, 3, INT64_MAX};
    finished.outputs = {{"y", graph::DataType::String, {1}, 64, {"text"}}};
    finished.weightBytes = 1;
    finished.opEventNs = 12.5;
    return {protocol::Hello{1, 42, "x86-64-v3", "orrery", "no network", "files"},
            opened,
            started,
            protocol::StepDone{7, 8},
            finished,
            protocol::Failed{{ErrorCode::RunFailed, "message", "where"}, NodeId(3), "conv"}};
}

} // namespace orrery::tests
