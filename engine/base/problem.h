#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// Problem: anything the user should know about a model, a run or a trace. One struct for load warnings, graph
// checks, findings and crashes; one list on the command line, one panel in the window.

#include "engine/base/ids.h"
#include "engine/base/result.h"

#include <string>
#include <string_view>
#include <vector>

namespace orrery {

enum class Severity { Info, Warning, Error };

struct Problem {
    Severity severity = Severity::Warning;
    std::string code;   // stable, kebab-case: "unsorted-nodes", "shape-mismatch"
    std::string node;   // display name of the node, or empty
    NodeId nodeId = {}; // in the dataflow graph, or invalid
    std::string text;   // one sentence: what was expected and what was found
    std::string remedy; // what to do about it; may be empty
};

std::string_view name(Severity severity); // "info", "warning", "error"

bool hasErrors(const std::vector<Problem>& problems);

Problem problemFromError(const Error& error, std::string code);

} // namespace orrery
