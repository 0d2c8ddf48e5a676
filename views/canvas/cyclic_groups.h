#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// Groups that the flow keeps leaving and entering again. Names need not follow the flow: converters put a
// part of a network's nodes under a scope and leave the others outside. As one box such a group would depend
// on what depends on it, and every second edge would run backwards.

#include "views/canvas/display_graph.h"

namespace orrery::canvas {

// Gives the members of such groups to the parents. A few values that run back are no reason: they are drawn
// as back edges.
void dissolveCyclicGroups(DisplayGraph& graph);

} // namespace orrery::canvas
