#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// ProjectionSpec: one way to look at a model, as a pure function from a Graph to a DisplayGraph. Runs on any
// thread. Nodes' keys are NodeIds of the graph shown; graph inputs and outputs have inputKey()/outputKey() of
// their ValueId, which is the same in every stage. The registry is generated from this folder's CMake list.

#include "engine/base/problem.h"
#include "engine/graph/graph.h"
#include "profiler/protocol/placement.h"
#include "views/canvas/display_graph.h"

#include <span>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

namespace orrery::projections {

// Whose NodeIds the keys are.
enum class GraphStage : std::uint8_t { Dataflow, Compute };

// What must be there before a projection can be shown.
enum class Needs : std::uint8_t { Model, Compiled, Run };

// A picture made before, of an earlier state of the graph or of another: what looks the same is taken from
// it.
struct EarlierPicture {
    const graph::Graph* graph = nullptr; // null: there is none
    const canvas::DisplayGraph* shown = nullptr;
};

struct ProjectionInput {
    const graph::Graph& graph;
    std::string title;
    std::span<const protocol::Placement> placements = {};   // of the compute graph
    std::span<const Problem> problems = {};                 // their nodes are dataflow nodes
    const std::unordered_set<std::uint32_t>* ran = nullptr; // nodes with recorded events; null: not known
    EarlierPicture earlier = {};                            // of the same projection
};

struct ProjectionSpec {
    std::string_view id;    // "dataflow", as on the command line
    std::string_view title; // of the tab
    std::string_view toolTip;
    GraphStage stage = GraphStage::Dataflow;
    Needs needs = Needs::Model;
    std::string_view emptyTitle; // when what it needs is missing
    std::string_view emptyText;
    canvas::DisplayGraph (*make)(const ProjectionInput&) = nullptr;
};

std::vector<ProjectionSpec> projectionSpecs(); // generated

} // namespace orrery::projections
