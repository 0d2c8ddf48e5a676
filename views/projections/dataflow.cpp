// SPDX-License-Identifier: Apache-2.0
//
// The graph as the file holds it.
#include "views/projections/graph_builder.h"

namespace orrery::projections {

ProjectionSpec dataflow()
{
    return {
        .id = "dataflow",
        .title = "Dataflow",
        .toolTip = "The graph as the file holds it",
        .stage = GraphStage::Dataflow,
        .needs = Needs::Model,
        .emptyTitle = "No dataflow graph",
        .emptyText = "The trace does not hold the model's graph. Open the model file to see it.",
        .make = [](const ProjectionInput& input) { return buildGraph(input, {}); },
    };
}

} // namespace orrery::projections
