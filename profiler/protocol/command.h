#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// What a session and its runner say to each other, as plain structs. The session sends Commands, the runner
// answers with Replies; codec.h turns both into frames. `protocolVersion` is another with every change: both
// sides are always of one build, so another version is refused, not translated. Paths are absolute; times are
// nanoseconds; nothing here is trusted by the side that receives it.

#include "engine/base/problem.h"
#include "engine/graph/model.h"
#include "engine/passes/pipeline.h"
#include "engine/plan/plan.h"
#include "profiler/protocol/channel.h"
#include "profiler/protocol/debug_command.h"
#include "profiler/protocol/placement.h"
#include "profiler/protocol/predict_command.h"
#include "profiler/protocol/protocol_version.h"

#include <cstdint>
#include <map>
#include <string>
#include <variant>
#include <vector>

namespace orrery::protocol {

enum class Recording : std::uint8_t { Off, On };
enum class Outputs : std::uint8_t { Drop, Return };

// What a recorded run watches of malloc and mmap: nothing; which node asks for how much; or also the calls
// that led there, about once per 512 KiB or each time.
enum class HeapWatch : std::uint8_t { Off, Nodes, SampledStacks, FullStacks };

// Read a model, make its compute graph and its plan.
struct Open {
    std::string modelPath;
    std::string root; // empty: "main"
    passes::OptimizeLevel optimize = passes::OptimizeLevel::All;
    std::vector<std::string> disabledPasses;
    plan::BackendChoice backend = plan::BackendChoice::Auto;
    std::map<std::string, graph::Dims> inputShapes;
    std::vector<std::string> customOps; // shared libraries with operators that the user named
    passes::PlanHints hints;
    passes::InputShapes shapesAre = passes::InputShapes::Concretions;
};

// Run the opened model warmup + runs times on the same inputs.
struct Run {
    std::vector<InputFile> inputs;
    std::map<std::string, graph::Dims> inputShapes; // of inputs without a file
    std::uint64_t seed = 0;                         // for inputs without a file, and for random operators
    std::uint32_t warmup = 0;
    std::uint32_t runs = 1;
    std::int32_t threads = 1;
    std::int64_t memoryLimitBytes = -1; // of live tensor bytes; -1: none
    // Shapes that take turns, one set after the other with each step; empty: inputShapes alone.
    std::vector<std::map<std::string, graph::Dims>> shapeSets;
    Recording recording = Recording::Off;
    HeapWatch heap = HeapWatch::Nodes; // when recording
    SharedFd ring; // the session's; without recording it only says which node runs, and may then be null
    Outputs outputs = Outputs::Drop;
    std::string
        outputsPath; // in the runner's folder; receives the outputs' bytes, one after the other; with Return
};

struct Pause {};
struct Continue {};
struct Stop {}; // ends the run between two ops; the runner answers with Finished
struct Quit {};

using Command = std::variant<Open, Run, Pause, Continue, Stop, Quit, DebugStart, DebugGo, DebugRestart,
                             DebugFindBad, DebugSetBreakpoints, DebugFetch, DebugEvaluate, DebugEdit,
                             DebugAssign, DebugChoose, DebugRerun, DebugSetBudget, Diverge, Predict>;

// First, before anything was asked.
struct Hello {
    std::uint32_t version = protocolVersion;
    std::int64_t pid = 0;
    std::string kernelLevel;   // "x86-64-v3"
    std::string versions;      // "orrery 0.1.0, eigen 3.4.0"
    std::string isolation;     // what the runner cannot do: "no network, no new programs, …"
    std::string isolationGaps; // what this kernel cannot forbid it; empty: nothing
};

struct PassSummary {
    std::string name;
    std::int64_t durationNs = 0;
    std::uint64_t rewrites = 0;
    std::uint64_t nodesBefore = 0;
    std::uint64_t nodesAfter = 0;
    std::vector<NodeId> touched; // see passes::PassRecord
};

struct Opened {
    graph::Graph dataflow; // without the bytes of large constants
    graph::Graph compute;  // the graph that will run, the same
    std::vector<graph::OpsetImport> opsets;
    std::string modelHash; // of the file: "fnv1a64:…"
    graph::Root root;      // ids of the compute graph
    std::vector<Placement> placements;
    std::vector<PassSummary> passes;
    std::vector<Problem> problems; // of reading and of the passes
    std::int64_t readNs = 0;
    std::int64_t compileNs = 0;
};

// The inputs are there and the shapes that follow from them; the first step begins now.
struct Started {
    std::vector<Placement> placements;   // with costs for these shapes
    std::vector<graph::ValueType> types; // by ValueId of the compute graph
    std::vector<Problem> notes;          // what was assumed about the inputs
    std::vector<std::string> inputSets;  // "x=1x3x224x224 y=2", one for each set of shapes
};

struct StepDone {
    std::uint32_t step = 0; // warm-up steps first, from 0
    std::int64_t durationNs = 0;
};

struct OutputInfo {
    std::string name;
    graph::DataType type = graph::DataType::Undefined;
    graph::Dims dims;
    std::uint64_t offset = 0; // in the outputs file
    std::vector<std::string> strings;
};

struct StackFrame {
    std::string module;
    std::uint64_t moduleOffset = 0;
    std::string symbol; // empty: not known
    std::string file;
    std::int64_t line = -1;
};

// The calls behind the numbers that heap events name; before Finished or Failed.
struct HeapStacks {
    std::map<std::uint32_t, std::vector<StackFrame>> stacks; // innermost call first
};

enum class RunEnd : std::uint8_t { Finished, Stopped };

struct Finished {
    RunEnd end = RunEnd::Finished;
    std::vector<std::int64_t> warmupNs;
    std::vector<std::int64_t> durationsNs;
    std::vector<OutputInfo> outputs; // of the last step, with Outputs::Return
    std::int64_t weightBytes = 0;
    std::int64_t arenaBytes = 0; // planned peak
    std::int64_t lowerBoundBytes = 0;
    std::int64_t peakLiveBytes = 0;
    std::uint64_t recordedOps = 0;
    std::uint64_t recordedEvents = 0; // slots written to the ring
    double opEventNs = 0; // measured cost of recording one op, and of one other event; 0 without recording
    double otherEventNs = 0;
    double heapNs = 0; // of watching the heap, all steps together: measured by the block, and by the stack
};

struct LiveValue {
    ValueId value;
    NodeId producer;   // invalid: an input of the run
    NodeId nextReader; // invalid: an output of the run, or nobody reads it any more
    std::int64_t bytes = 0;
};

struct Failed {
    Error error;
    NodeId node; // of the compute graph when it is known
    std::string nodeName;
    std::vector<LiveValue> alive = {}; // then, when memory was short: the largest first, not more than 1000
};

using Reply = std::variant<Hello, Opened, Started, StepDone, HeapStacks, Finished, Failed, DebugStarted,
                           DebugReached, DebugTensor, DebugReran, DebugProgress, Diverged, Predicted>;

} // namespace orrery::protocol
