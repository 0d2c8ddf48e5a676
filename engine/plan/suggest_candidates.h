#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// What could be tried against one peak: hints about the nodes and values that are alive there. Whether one
// helps is told by planning it.

#include "engine/plan/suggest.h"

namespace orrery::plan {

// A plan, planned, and its fullest moment.
struct Situation {
    std::shared_ptr<const Plan> plan;
    MemoryPlan memory;
    PeakPrediction peak;
};

struct Candidate {
    passes::PlanHints hints;
    NodeId node;            // that it is about
    std::string value;      // that it is about, where there is one
    std::int64_t bytes = 0; // of that value
    double extraFlops = 0;
    bool sameBits = true;
};

std::vector<Candidate> joinCandidates(const Situation& at);
std::vector<Candidate> recomputeCandidates(const Situation& at);
std::vector<Candidate> holdCandidates(const Situation& at);
std::vector<Candidate> chunkCandidates(const Situation& at);
std::vector<Candidate> orderCandidates(const Situation& at, const std::function<bool()>& cancelled);

// The name that a hint gives a node: of its first output; empty when it has none.
std::string hintName(const graph::Graph& graph, NodeId node);

} // namespace orrery::plan
