#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// Turns the scopes of a DisplayGraph's nodes into its groups, and a graph with collapsed groups into the
// graph that is drawn. Projections call groupByScope() once; buildScene() calls visibleGraph(). Both keep
// node keys and never drop an edge's meaning: what disappears inside a collapsed group is represented by the
// group.

#include "views/canvas/display_graph.h"

#include <unordered_map>
#include <unordered_set>

namespace orrery::canvas {

struct GroupOptions {
    std::size_t visibleBudget = 400; // groups are expanded from the top until this many boxes are visible
    std::size_t flatLimit = 2000;    // a level with more nodes than this is cut into pieces …
    std::size_t pieceSize = 200;     // … of about this many, in topological order
    std::size_t bodyLimit = 30;      // a body of If, Loop or Scan with more nodes than this starts collapsed
    std::uint32_t bodyDepth = 1;     // … and so does every body that lies deeper than this
};

// Fills graph.groups and every node's group from DisplayNode::scope. Groups with a single member are
// dissolved, chains of groups that only hold each other become one ("encoder/layers"), groups that the flow
// keeps leaving and entering are dissolved too, and depth is bounded.
void groupByScope(DisplayGraph& graph, const GroupOptions& options = {});

struct VisibleGraph {
    DisplayGraph graph; // no collapsed groups left: they are nodes of kind Group
    std::unordered_map<std::uint64_t, std::uint64_t>
        hiddenBy; // key of what is hidden → key of the visible group
    std::unordered_map<std::uint32_t, std::uint64_t> stubTargets; // stub's index → key of its producer
};

VisibleGraph visibleGraph(const DisplayGraph& full,
                          const std::unordered_set<std::uint64_t>& toggledGroups = {});

} // namespace orrery::canvas
