// SPDX-License-Identifier: Apache-2.0
#include "views/panels/graph_picture.h"

#include "engine/base/text.h"
#include "views/document/range_check.h"
#include "views/document/revisions.h"

namespace orrery::panels {
namespace {

std::shared_ptr<const overlays::ModelChange> changeOf(const document::Comparison& compared)
{
    auto change = std::make_shared<overlays::ModelChange>();
    change->title = displayText(QString("Change of self time: %1, against %2")
                                    .arg(compared.afterName, compared.beforeName)
                                    .toStdString(),
                                200);
    for (const auto& [from, to] :
         {std::pair(&compared.dataflow, &change->dataflow), std::pair(&compared.compute, &change->compute)})
        for (const document::NodeChange& node : *from)
            to->emplace(node.result,
                        overlays::TimeChange{double(node.beforeNs), double(node.afterNs), node.afterWithin});
    return change;
}

std::shared_ptr<const overlays::ValueMagnitudes> magnitudesOf(const document::ValueRanges& ranges,
                                                              bool isOfNow)
{
    auto magnitudes = std::make_shared<overlays::ValueMagnitudes>();
    magnitudes->title =
        isOfNow ? "Largest number made, of one run" : "Largest number made, of one run before the last edit";
    for (const auto& [name, range] : ranges.values)
        magnitudes->values[name] = {range.largest, range.nans > 0, range.infinities > 0};
    return magnitudes;
}

} // namespace

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
    if (overlay && overlay->paint) {
        if (const auto compared = document.revisions().comparison())
            picture.change = changeOf(*compared);
        if (const auto ranges = document.ranges().ranges())
            picture.magnitudes = magnitudesOf(*ranges, document.ranges().isOfNow());
    }
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
    if (picture.earlier && picture.earlierGraph)
        input.earlier = {picture.earlierGraph.get(), picture.earlier.get()};
    auto graph = std::make_shared<canvas::DisplayGraph>(picture.projection.make(input));
    const auto keys = picture.projection.stage == projections::GraphStage::Dataflow
                          ? overlays::KeysAre::DataflowNodes
                          : overlays::KeysAre::ComputeNodes;
    if (picture.overlay && picture.overlay->paint) {
        graph->legend = {
            std::string(picture.overlay->title) + ": " + std::string(picture.overlay->notMeasured), "", ""};
        overlays::OverlayInput of{{}, {}};
        of.change = picture.change.get();
        of.magnitudes = picture.magnitudes.get();
        picture.overlay->paint(*graph, *picture.shown.graph, keys, of);
    } else if (picture.overlay) {
        std::optional<overlays::OverlayValues> values;
        if (picture.run)
            values = picture.overlay->values(
                {picture.run->nodeStats, picture.latency, picture.run->memory, !picture.run->range.empty()});
        overlays::applyOverlay(*graph, *picture.overlay, values ? &*values : nullptr, keys,
                               picture.compute.get());
    }
    return graph;
}

} // namespace orrery::panels
