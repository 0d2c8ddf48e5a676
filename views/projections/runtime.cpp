// SPDX-License-Identifier: Apache-2.0
//
// What really ran: the nodes of the compute graph that have recorded events, and nothing else. A branch that
// was not taken is not there.
#include "views/projections/graph_builder.h"

namespace orrery::projections {

ProjectionSpec runtime()
{
    return {
        .id = "runtime",
        .title = "Runtime",
        .toolTip = "What really ran, with measured times",
        .stage = GraphStage::Compute,
        .needs = Needs::Run,
        .emptyTitle = "Nothing has run yet",
        .emptyText = "Run the model (F5) or profile it (Ctrl+F5) to see what really runs, and for how long.",
        .make =
            [](const ProjectionInput& input) {
                BuildOptions options;
                options.shows = [&input](const graph::Node& node) {
                    return input.ran == nullptr || input.ran->contains(node.id.value);
                };
                return buildGraph(input, options);
            },
    };
}

} // namespace orrery::projections
