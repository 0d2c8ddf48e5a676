#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// The law of a Graph as one table of checks, run after reading, after every pass and after every edit: links
// between nodes, values and regions, names, scopes, cycles, constants, functions, and work that nobody needs.
// Nothing here knows operators; types and shapes are the passes' business. Every check is linear, or nearly,
// and none recurses. Errors mean that the graph cannot run; problems of one kind beyond the first 100 are
// counted, not listed.

#include "engine/base/problem.h"
#include "engine/graph/model.h"

#include <string>
#include <vector>

namespace orrery::graph {

std::vector<Problem> verify(const Graph& graph);

// Of the main graph and all functions, and what concerns the model as a whole.
std::vector<Problem> verify(const Model& model);

// A check's stable code and what it holds graphs to; for documentation and tests.
struct CheckInfo {
    std::string code;
    std::string law;
};
std::vector<CheckInfo> checks();

} // namespace orrery::graph
