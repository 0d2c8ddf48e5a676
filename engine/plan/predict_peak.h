#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// What a run will hold at its fullest moment, told from shapes alone: symbolic dims get numbers, shapes are
// inferred anew and memory is planned, nothing is run. Counted are the inputs (held from the first to the
// last instruction), the planned values and the work space that kernels ask for, as the live bytes of an
// execution are. Not counted, because no shape tells them: values whose shapes follow from data or that live
// in a loop's body, which are named, and the work space of operators out of libraries.

#include "engine/plan/memory_plan.h"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace orrery::plan {

using DimValues = std::map<std::string, std::int64_t>; // by the name of a symbolic dim

enum class LiveKind : std::uint8_t { Input, Activation, Workspace };

struct LiveAtPeak {
    ValueId value;     // the last of those in the buffer that is written by then; invalid: work space
    NodeId producer;   // invalid: an input of the run; of work space the node that uses it
    NodeId nextReader; // invalid: an output of the run, or nobody reads it any more
    std::int64_t bytes = 0;
    LiveKind kind = LiveKind::Activation;
};

struct PeakPrediction {
    NodeId node;                // that is running when most is alive; invalid: nothing but the inputs
    std::int64_t liveBytes = 0; // then: inputs, planned values and work space, unrounded
    std::size_t moments = 0;    // instructions that hold as much
    std::int64_t inputBytes = 0;
    std::int64_t workspaceBytes = 0; // of `node`
    std::int64_t arenaBytes = 0;
    std::int64_t lowerBoundBytes = 0; // of the arena
    std::int64_t weightBytes = 0;
    std::vector<LiveAtPeak> live;   // the largest first
    std::vector<ValueId> unplanned; // computed values that are not counted
};

// The names of symbolic dims of the root's inputs, sorted, each once.
std::vector<std::string> symbolicDims(const Plan& plan);

// The types of the root's inputs with these numbers. Usage for a name that no input has, for a dim that gets
// no number, and for an unknown dim, naming the input.
Result<std::map<ValueId, graph::ValueType>> inputTypesFor(const Plan& plan, const DimValues& values);

// The threads of the run are those that work space is shared among. Errors are those of planMemory, and
// LimitReached naming a value that is larger than the address space.
Result<PeakPrediction> predictPeak(const Plan& plan, const std::map<ValueId, graph::ValueType>& inputTypes,
                                   int threads = 1);

// The same of a memory plan that is there already.
Result<PeakPrediction> predictPeak(const Plan& plan, const MemoryPlan& memory, int threads = 1);

} // namespace orrery::plan
