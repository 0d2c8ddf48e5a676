#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// Predicted peaks of memory and suggestions for lower ones, as tables. Ids are of the compute graph.

#include "app/cli/table.h"
#include "app/cli/vary.h"
#include "profiler/protocol/command.h"

#include <optional>

namespace orrery::cli {

// A predicted point, and what a run said.
struct MemoryPoint {
    std::int64_t number = 0; // of the dim that varies
    protocol::PredictedPoint predicted;
    std::int64_t measuredBytes = -1; // -1: not measured
};

// One row for each point.
Table memoryCurve(const Variation& vary, const std::vector<MemoryPoint>& points);

// Bytes alive at the peak by what they are, the weights beside them last.
Table memoryByKind(const plan::PeakPrediction& peak);
// By the operator that made them.
Table memoryByOperator(const graph::Graph& graph, const plan::PeakPrediction& peak);
// The largest.
Table memoryAlive(const protocol::Opened& opened, const plan::PeakPrediction& peak);

// Numbered from 1.
Table suggestionTable(const plan::Suggestions& suggestions);

// Which node is running at the peak.
std::string peakNodeText(const protocol::PredictedPoint& point);

} // namespace orrery::cli
