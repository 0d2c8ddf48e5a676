#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// From the dataflow graph to the compute graph: runs the passes in order, verifies after each, and keeps a
// record of each (time, rewrites, node counts, the graph as it was after it). The dataflow Model is left
// alone.

#include "engine/passes/pass.h"
#include "engine/passes/plan_hints.h"

#include <cstdint>
#include <map>
#include <set>
#include <string>

namespace orrery::passes {

enum class OptimizeLevel { None, Basic, All };

// What given shapes of inputs are: numbers for what the file leaves open, or also other numbers than it says.
// The latter drops the shapes that it declares of everything else, and refuses a model with a Reshape to
// sizes that are written into it and were made for the old numbers.
enum class InputShapes : std::uint8_t { Concretions, Replacements };

struct PipelineOptions {
    OptimizeLevel level = OptimizeLevel::All;
    std::set<std::string> disabledPasses; // by name
    std::map<std::string, graph::Dims>
        inputShapes; // concrete shapes of inputs, by name; others stay symbolic
    InputShapes shapesAre = InputShapes::Concretions;
    bool keepSnapshots = false;
    PlanHints hints;
};

struct PassRecord {
    std::string name;
    std::int64_t durationNs = 0;
    std::size_t rewrites = 0;
    std::size_t nodesBefore = 0;
    std::size_t nodesAfter = 0;
    std::vector<NodeId> touched; // of the dataflow graph: what it removed, made or changed came from these
    std::vector<graph::Graph> snapshot; // the graph after the pass, when kept and changed; else empty
};

struct Compiled {
    graph::Model compute; // every value's type as far as it can be inferred; origins filled in
    std::vector<PassRecord> passes;
    std::vector<Problem> problems;
};

// BadModel or Unsupported naming the node when the graph cannot be compiled.
Result<Compiled> compile(const graph::Model& dataflow, const PipelineOptions& options,
                         const ops::OpRegistry& ops);

} // namespace orrery::passes
