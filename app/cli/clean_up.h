#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// Clean-up tools on the command line: the options, carrying them out on a model in the order in which they
// help each other, and what is said of each step.

#include "app/cli/arguments.h"
#include "engine/edit/clean_up.h"

#include <nlohmann/json_fwd.hpp>

#include <vector>

namespace orrery::cli {

std::vector<OptionSpec> cleanUpOptions(); // those of all tools
OptionSpec onlyOption();                  // which kinds simplify may go for

struct CleanUpStep {
    std::string name; // "Simplify"
    edit::GraphCounts before, after;
    std::vector<edit::TouchedNode> touched;
    std::vector<std::string> notes;
    bool changes = false;
};

// batch, opset, simplify, floats, names and order. The model is replaced step by step.
Result<std::vector<CleanUpStep>> cleanUp(const Arguments& arguments, graph::Model& model, bool simplifies);

void printSteps(const std::vector<CleanUpStep>& steps);
nlohmann::json stepsJson(const std::vector<CleanUpStep>& steps);

} // namespace orrery::cli
