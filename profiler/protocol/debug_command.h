#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// The commands and replies of a debugging session, beside those of runs in command.h. A session starts with
// DebugStart on an opened model; each command is answered by one reply, its own or Failed. Pause acts on a
// movement that is under way.

#include "engine/debug/debugger.h"
#include "engine/debug/divergence.h"
#include "engine/passes/pipeline.h"
#include "profiler/protocol/tensor_block.h"

#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace orrery::protocol {

// An input of the root that is read from a file (.npy, or an ONNX TensorProto): by name, or by its place
// among the root's inputs when the name is empty.
struct InputFile {
    std::string name;
    std::uint32_t index = 0;
    std::string path;
};

struct DebugStart {
    std::vector<InputFile> inputs;
    std::map<std::string, graph::Dims> inputShapes;
    std::uint64_t seed = 0;
    std::int32_t threads = 1;
    std::int64_t memoryLimitBytes = -1;
    std::int64_t historyBudgetBytes = 0;
    std::string referencePath; // .npz, or a folder with output_0.pb …; may be empty
    std::map<NodeId, std::int64_t> p95Ns;
    SharedFd ring; // its current-op cell says which node runs, and the position before it
};

struct DebugGo {
    debug::Movement movement;
};
struct DebugRestart {};
struct DebugFindBad {
    double overflowAbove = 0; // 0: NaN and infinities only
};
struct DebugSetBreakpoints {
    std::vector<debug::Breakpoint> breakpoints;
};
struct DebugFetch {
    ValueId value;
    bool recompute = false;
};
struct DebugEvaluate {
    std::string expression;
};
struct DebugEdit {
    debug::Edit edit;
    TensorBlock tensor; // of SetValue
};
struct DebugAssign {
    ValueId value;
    std::string expression;
};
struct DebugChoose {
    BranchId branch;
};
struct DebugRerun {};
struct DebugSetBudget {
    std::int64_t bytes = 0;
};

// The opened model against the same one compiled at another level, or against recorded values.
struct Diverge {
    DebugStart start; // inputs, seed, threads, referencePath
    passes::OptimizeLevel referenceOptimize = passes::OptimizeLevel::None;
    double tolerance = 1e-3;
    debug::Rounding rounding = debug::Rounding::None;
};

struct BlockOrder {
    RegionId region;
    std::vector<NodeId> nodes;
};

struct DebugStarted {
    std::vector<graph::ValueType> types; // by ValueId, for these inputs
    std::vector<BlockOrder> order;       // main first
    std::vector<Problem> notes;          // what was assumed about the inputs
    debug::DebugState state;
};
struct DebugReached {
    debug::DebugState state;
    std::vector<debug::Breakpoint> breakpoints; // with their hits
    std::optional<graph::Graph> graph;          // of the current branch, when it is another than before
};
struct DebugTensor {
    debug::Availability availability = debug::Availability::Alive;
    std::optional<std::uint64_t> writtenAt;
    TensorBlock tensor; // one, or none when it was freed and not asked to be computed again
};
struct DebugReran {
    std::uint64_t computed = 0;
    std::uint64_t reused = 0;
    std::vector<std::pair<ValueId, std::optional<debug::TensorDifference>>> outputs;
    TensorBlock tensors; // before and after of each output
};
struct DebugProgress {
    std::uint64_t done = 0;
    std::uint64_t total = 0;
};
struct Diverged {
    debug::DivergenceReport report;
};

} // namespace orrery::protocol
