// SPDX-License-Identifier: Apache-2.0
#include "views/panels/graph_picture.h"

namespace orrery::panels {

GraphPicture pictureOf(const document::Document& document, const projections::ProjectionSpec& projection,
                       const std::optional<overlays::OverlaySpec>& overlay)
{
    GraphPicture picture;
    picture.projection = projection;
    picture.overlay = overlay;
    picture.title = document.fileName().toStdString();
    picture.of = document.path();
    picture.shown = document.stageGraph(projection.stage);
    picture.run = document.shownRun();
    if (picture.run && picture.run->graphs)
        picture.compute = picture.run->graphs->compute;
    if (const auto trace = document.trace())
        if (const async::RunSummary* shown = trace->shown())
            picture.latency = shown->latency;
    picture.problems = document.problems();
    return picture;
}

bool isAvailable(const GraphPicture& picture)
{
    if (!picture.shown.graph)
        return false;
    return picture.projection.needs != projections::Needs::Run ||
           (picture.run && picture.compute && !picture.run->nodeStats.empty());
}

std::shared_ptr<const canvas::DisplayGraph> drawn(const GraphPicture& picture)
{
    const bool isRuntime = picture.projection.needs == projections::Needs::Run;
    std::unordered_set<std::uint32_t> ran;
    if (isRuntime)
        for (const auto& row : picture.run->nodeStats)
            if (row.calls + row.warmupCalls > 0)
                ran.insert(row.node);
    projections::ProjectionInput input{*picture.shown.graph, picture.title};
    if (picture.shown.placements)
        input.placements = *picture.shown.placements;
    input.problems = picture.problems;
    input.ran = isRuntime ? &ran : nullptr;
    auto graph = std::make_shared<canvas::DisplayGraph>(picture.projection.make(input));
    if (picture.overlay) {
        std::optional<overlays::OverlayValues> values;
        if (picture.run)
            values = picture.overlay->values(
                {picture.run->nodeStats, picture.latency, picture.run->memory, !picture.run->range.empty()});
        overlays::applyOverlay(*graph, *picture.overlay, values ? &*values : nullptr,
                               picture.projection.stage == projections::GraphStage::Dataflow
                                   ? overlays::KeysAre::DataflowNodes
                                   : overlays::KeysAre::ComputeNodes,
                               picture.compute.get());
    }
    return graph;
}

} // namespace orrery::panels
