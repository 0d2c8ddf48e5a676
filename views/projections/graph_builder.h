#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// From a Graph of any stage to a DisplayGraph; what the projections have in common. Constants become lines on
// the nodes that read them, graph inputs and outputs become pills, bodies of If and Loop become groups that
// their node leads into, and "/"-separated names become groups. Linear in nodes and edges, no recursion.

#include "views/projections/projection.h"

#include <functional>

namespace orrery::projections {

struct BuildOptions {
    std::function<bool(const graph::Node&)> shows;                       // empty: every node
    std::function<std::vector<std::string>(const graph::Node&)> details; // lines after the attributes
};

canvas::DisplayGraph buildGraph(const ProjectionInput& input, const BuildOptions& options);

} // namespace orrery::projections
