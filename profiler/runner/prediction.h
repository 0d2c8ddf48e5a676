#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// A Predict command being carried out: each point's shapes, what a run would hold with them, and how the last
// could hold less. Belongs to the executing thread; nothing of the model is run.

#include "profiler/runner/opened_model.h"
#include "profiler/runner/run_gate.h"

namespace orrery::runner {

struct OpenSource {
    const protocol::Open& command; // that the plan was made by
    std::shared_ptr<const plan::Plan> plan;
};

// Predicted, or Failed: Usage for too many points or files that are no inputs, Cancelled, and what keeps
// every point from being told. What keeps one of them is in that point.
protocol::Reply predict(const OpenSource& open, const protocol::Predict& command, const RunGate& gate);

} // namespace orrery::runner
