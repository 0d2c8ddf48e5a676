// SPDX-License-Identifier: Apache-2.0
//
// The graph after the passes, with the kernel that each node runs with.
#include "engine/base/text.h"
#include "views/projections/graph_builder.h"

#include <unordered_map>

namespace orrery::projections {

ProjectionSpec compute()
{
    return {
        .id = "compute",
        .title = "Compute",
        .toolTip = "The graph that will run: folded, fused and placed on kernels",
        .stage = GraphStage::Compute,
        .needs = Needs::Compiled,
        .emptyTitle = "No compute graph yet",
        .emptyText = "The model could not be compiled; the Problems panel says why.",
        .make =
            [](const ProjectionInput& input) {
                std::unordered_map<std::uint32_t, const protocol::Placement*> placements;
                for (const protocol::Placement& placement : input.placements)
                    placements[placement.node.value] = &placement;
                BuildOptions options;
                options.details = [&placements](const graph::Node& node) -> std::vector<std::string> {
                    auto found = placements.find(node.id.value);
                    if (found == placements.end() || found->second->kernel.empty())
                        return {};
                    return {"→ " + displayText(found->second->kernel, 60)};
                };
                return buildGraph(input, options);
            },
    };
}

} // namespace orrery::projections
