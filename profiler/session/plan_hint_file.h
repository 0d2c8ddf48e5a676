#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// Plan hints that are kept beside a model, under "plan_hints" of the file that holds its breakpoints too. One
// entry for each root and optimisation level, since hints name what is in the compute graph of these. What
// cannot be understood is told and left out; entries and keys of others stay in the file.

#include "engine/base/problem.h"
#include "engine/passes/pipeline.h"

#include <string>
#include <vector>

namespace orrery::session {

struct SavedPlanHints {
    passes::PlanHints hints;
    std::vector<Problem> notes; // what was left out; a file that cannot be understood
};

// An empty root is "main". Empty when there is no file.
Result<SavedPlanHints> loadPlanHints(const std::string& modelPath, const std::string& root,
                                     passes::OptimizeLevel optimize);

// Takes the place of the entry that is there; without hints there will be none. Io when the folder cannot be
// written. No file is made for nothing.
Result<void> savePlanHints(const std::string& modelPath, const std::string& root,
                           passes::OptimizeLevel optimize, const passes::PlanHints& hints);

} // namespace orrery::session
