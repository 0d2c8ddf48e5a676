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

inline debug::Breakpoint sampleBreakpoint()
{
    debug::Breakpoint breakpoint;
    breakpoint.id = BreakpointId(4);
    breakpoint.target = debug::BreakpointTarget::Scope;
    breakpoint.text = "/layer3/";
    breakpoint.condition = debug::Condition{debug::Quantity::Zeros, debug::Comparison::GreaterOrEqual, 0.9};
    breakpoint.action = debug::BreakpointAction::Log;
    breakpoint.enabled = false;
    breakpoint.once = true;
    breakpoint.ignore = 2;
    breakpoint.hits = 5;
    return breakpoint;
}

inline debug::DebugState sampleState()
{
    debug::DebugState state;
    state.reason = debug::StopReason::Breakpoint;
    state.position = 12;
    state.lastPosition = 14;
    state.next = NodeId(3);
    state.stack = {{RegionId(0), NodeId(), 1, -1, -1}, {RegionId(1), NodeId(2), 0, 4, 10}};
    state.entered = {NodeId(2)};
    state.previous = NodeId(0);
    state.previousNs = 1500;
    state.hits = {{BreakpointId(4), 12, NodeId(0), ValueId(3), "1 of 6 elements is NaN"}};
    state.logged = state.hits;
    state.error = Error{ErrorCode::RunFailed, "message", "conv"};
    state.branch = BranchId(1);
    state.branches = {{BranchId(0), BranchId(), 0, ""}, {BranchId(1), BranchId(0), 3, "set y"}};
    state.history = {1 << 30, 4096, 2};
    state.live = {ValueId(0), ValueId(3)};
    state.liveBytes = 4096;
    return state;
}

inline std::vector<protocol::Command> sampleCommands()
{
    protocol::Open open{"/m.onnx",
                        "main",
                        passes::OptimizeLevel::Basic,
                        {"fuse"},
                        plan::BackendChoice::Eigen,
                        {{"x", {1, 2, 3}}},
                        {"/ops.so"},
                        {}};
    open.hints.recompute = {{"a", {"b", "c"}}};
    open.hints.hold = {{"d", graph::DataType::BFloat16, {"e"}}};
    open.hints.chunk = {{{"f", "g"}, -2, 5}};
    open.hints.order = {"h", "i"};
    open.hints.joinInPlace = {"j"};
    open.shapesAre = passes::InputShapes::Replacements;
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
    protocol::DebugStart start;
    start.inputs = run.inputs;
    start.inputShapes = run.inputShapes;
    start.seed = 7;
    start.historyBudgetBytes = 1 << 24;
    start.referencePath = "/reference.npz";
    start.p95Ns = {{NodeId(0), 1200}};
    debug::Movement movement;
    movement.goal = debug::Goal::Writer;
    movement.direction = debug::Direction::Backward;
    movement.count = 3;
    movement.node = NodeId(2);
    movement.value = ValueId(1);
    movement.position = 9;
    protocol::TensorBlock block{
        {{graph::DataType::Float32, {2, 3}, 64, {}}, {graph::DataType::String, {1}, 0, {"text"}}, {}},
        nullptr};
    protocol::Predict predict;
    predict.points = {{}, {{"N", 4}, {"x:1", INT64_MAX}}};
    predict.suggest = true;
    predict.threads = 8;
    predict.inputs = run.inputs;
    predict.memoryLimitBytes = 1 << 20;
    return {open,
            run,
            protocol::Pause{},
            protocol::Continue{},
            protocol::Stop{},
            protocol::Quit{},
            start,
            protocol::DebugGo{movement},
            protocol::DebugRestart{},
            protocol::DebugFindBad{65504},
            protocol::DebugSetBreakpoints{{sampleBreakpoint()}},
            protocol::DebugFetch{ValueId(3), true},
            protocol::DebugEvaluate{"x + 1"},
            protocol::DebugEdit{debug::SetValue{ValueId(3), {}}, block},
            protocol::DebugAssign{ValueId(3), "zeros(2)"},
            protocol::DebugChoose{BranchId(1)},
            protocol::DebugRerun{},
            protocol::DebugSetBudget{16 << 20},
            protocol::Diverge{start, passes::OptimizeLevel::Basic, 1e-4, debug::Rounding::BFloat16},
            predict};
}

// Of those kinds of edit that sampleCommands() has no room for.
inline std::vector<protocol::Command> sampleEdits()
{
    debug::ReplaceOperator replace{NodeId(0), "Elu", "", {}};
    replace.attributes.emplace_back();
    replace.attributes.back().name = "alpha";
    replace.attributes.back().value = 0.5f;
    return {protocol::DebugEdit{debug::SetAttribute{NodeId(0), "group", std::int64_t{2}}, {}},
            protocol::DebugEdit{replace, {}}, protocol::DebugEdit{debug::Bypass{NodeId(0)}, {}},
            protocol::DebugEdit{debug::Skip{}, {}}};
}

inline debug::TensorDifference sampleDifference()
{
    return {.maxAbsolute = 0.5,
            .meanAbsolute = 0.25,
            .rms = 0.125,
            .maxRelative = 2,
            .relativeL2 = 0.75,
            .cosine = 0.5,
            .worst = 17,
            .mismatches = 1,
            .different = 3};
}

inline debug::DivergenceReport sampleReport()
{
    debug::DivergenceReport report;
    report.compared = 10;
    report.notCompared = 2;
    report.first = 0;
    report.nodes = {{NodeId(0), ValueId(3), {NodeId(0)}, sampleDifference(), sampleDifference(), false},
                    {NodeId(3), ValueId(5), {NodeId(2)}, sampleDifference(), std::nullopt, true}};
    report.ranked = {1, 0};
    return report;
}

inline protocol::Predicted samplePrediction()
{
    plan::PeakPrediction peak;
    peak.node = NodeId(2);
    peak.liveBytes = 4096;
    peak.moments = 3;
    peak.inputBytes = 16;
    peak.workspaceBytes = 512;
    peak.arenaBytes = 4100;
    peak.lowerBoundBytes = 4000;
    peak.weightBytes = INT64_MAX;
    peak.live = {{ValueId(1), NodeId(0), NodeId(2), 3568},
                 {{}, NodeId(2), {}, 512, plan::LiveKind::Workspace}};
    peak.unplanned = {ValueId(3)};
    plan::Suggestion hold;
    hold.kind = plan::SuggestionKind::Together;
    hold.text = "Hold x as float16";
    hold.cost = "3 digits";
    hold.node = NodeId(1);
    hold.hints.hold = {{"x", graph::DataType::Float16, {"y"}}};
    hold.peakBytes = 2048;
    hold.arenaBytes = 2050;
    hold.extraFlops = 1e6;
    hold.sameBits = false;
    protocol::Predicted predicted;
    predicted.points.push_back({.inputShapes = {{"x", {4, 3}}},
                                .assumed = {"N"},
                                .peak = peak,
                                .nodeText = "If \"branch\"",
                                .problems = {{Severity::Warning, "plan-hint", "x", NodeId(1), "text", ""}}});
    predicted.points.push_back({.error = Error{ErrorCode::BadModel, "message", "where"}});
    predicted.suggestions = {peak, {hold}, {"no order holds less"}};
    return predicted;
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
    opened.passes = {{"fold", 12, 1, 2, 3, {}}};
    opened.problems = {{Severity::Error, "code", "node", NodeId(0), "text", "remedy"}};
    opened.readNs = 5;
    protocol::Started started{
        opened.placements, {opened.compute.value(ValueId(0)).type}, opened.problems, {"x=1x2"}};
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
            protocol::HeapStacks{{{7, {{"libm.so", 0x40, "grow()", "grow.cpp", 12}, {}}}}},
            finished,
            protocol::Failed{{ErrorCode::RunFailed, "message", "where"}, NodeId(3), "conv"},
            protocol::DebugStarted{started.types,
                                   {{RegionId(0), {NodeId(0), NodeId(2)}}, {RegionId(1), {NodeId(3)}}},
                                   opened.problems,
                                   sampleState()},
            protocol::DebugReached{sampleState(), {sampleBreakpoint()}, sampleGraph()},
            protocol::DebugTensor{
                debug::Availability::Freed, 7, {{{graph::DataType::Float32, {2, 3}, 0, {}}}, nullptr}},
            protocol::DebugReran{
                5, 6, {{ValueId(4), sampleDifference()}, {ValueId(3), std::nullopt}}, {{{}, {}}, nullptr}},
            protocol::DebugProgress{3, 4},
            protocol::Diverged{sampleReport()},
            samplePrediction()};
}

} // namespace orrery::tests
