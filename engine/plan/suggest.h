#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// Suggestions: how the peak of memory could be lower, each as plan hints that can be applied as they stand.
// Nothing is told that was not planned: every candidate is carried out on a copy of the compute graph,
// planned and predicted, and counts only by the bytes that this saves.

#include "engine/passes/plan_hints.h"
#include "engine/plan/predict_peak.h"

#include <functional>
#include <string>
#include <vector>

namespace orrery::plan {

enum class SuggestionKind : std::uint8_t { Reorder, JoinInPlace, Recompute, Hold, Chunk, Together };

struct Suggestion {
    SuggestionKind kind = SuggestionKind::Reorder;
    std::string text; // "Compute \"x\" (Relu) again right before Concat \"c\" instead of keeping it"
    std::string
        cost;    // "1.2 MFLOP more a run", "about 3 decimal digits of \"x\"", "" when there is none known
    NodeId node; // of the compute graph, to look at; invalid when the whole graph is meant
    passes::PlanHints hints;     // to be added to those in force
    std::int64_t peakBytes = 0;  // live, predicted with the hints
    std::int64_t arenaBytes = 0; // planned with the hints
    double extraFlops = 0;       // per run
    bool sameBits = true;        // no result changes
};

struct Suggestions {
    PeakPrediction now;
    std::vector<Suggestion> list;   // the most saved first
    std::vector<std::string> notes; // kinds that were looked for in vain, and why; candidates left out
};

// `plan` has the hints in force applied already: `hints` are these. `cancelled` is asked between candidates.
// Errors are those of predictPeak, and Cancelled.
Result<Suggestions> suggest(const Plan& plan, const passes::PlanHints& hints,
                            const std::map<ValueId, graph::ValueType>& inputTypes,
                            const std::function<bool()>& cancelled, int threads = 1);

} // namespace orrery::plan
