#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// What the opened model would hold at its fullest moment, asked and answered without a run. A Stop ends it
// between two points and between two candidates for a suggestion; the answer is then Failed with Cancelled.

#include "engine/plan/suggest.h"
#include "profiler/protocol/debug_command.h"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace orrery::protocol {

inline constexpr std::size_t mostPredictedPoints = 1000;

struct Predict {
    // Numbers for the dims of the inputs, one set for each point: by the name of a symbolic dim, or as
    // INPUT:INDEX for any dim. Where the file has that one fixed, and where hints say to run nodes slice by
    // slice, which needs numbers, the model is compiled anew for the point.
    std::vector<plan::DimValues> points;
    bool suggest = false;          // how the last point could hold less
    std::int32_t threads = 1;      // that work space is shared among
    std::vector<InputFile> inputs; // give shapes only
    std::int64_t memoryLimitBytes = -1;
};

struct PredictedPoint {
    std::map<std::string, graph::Dims> inputShapes = {};
    std::vector<std::string> assumed = {}; // symbolic dims that nothing says, taken as 1
    // Ids are of the opened compute graph. Of a model compiled anew they are found by name, and invalid where
    // that graph has no such node or value.
    plan::PeakPrediction peak = {};
    std::string nodeText = {}; // of peak.node in its own graph, `Conv "c"`; empty: nothing but the inputs
    std::vector<Problem> problems = {}; // hints that a model compiled anew does not follow
    std::optional<Error> error = {};    // instead: why there is none for these numbers
};

struct Predicted {
    std::vector<PredictedPoint> points;
    plan::Suggestions suggestions;
};

} // namespace orrery::protocol
