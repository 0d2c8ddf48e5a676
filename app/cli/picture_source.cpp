// SPDX-License-Identifier: Apache-2.0
#include "app/cli/picture_source.h"

#include "app/cli/exit_status.h"
#include "app/cli/open_trace.h"
#include "profiler/session/graph_rows.h"
#include "profiler/session/session.h"
#include "trace_db/queries/graph.h"
#include "trace_db/queries/latency.h"
#include "trace_db/queries/memory_by_node.h"
#include "trace_db/queries/node_stats.h"
#include "trace_db/queries/runs.h"
#include "views/document/load.h"
#include "views/overlays/overlay.h"
#include "views/projections/projection.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <optional>

namespace orrery::cli {
namespace {

using overlays::OverlaySpec;
using projections::ProjectionSpec;

struct Sources {
    std::optional<graph::Graph> dataflow;
    std::optional<graph::Graph> compute;
    std::vector<protocol::Placement> placements;
    std::vector<Problem> problems;
    std::vector<trace_db::node_stats::Row> stats;
    trace_db::latency::Row latency;
    std::vector<trace_db::memory_by_node::Row> memory;
};

template<class Spec>
Result<Spec> findSpec(const std::vector<Spec>& specs, const std::string& id, std::string_view what)
{
    std::vector<std::string_view> known;
    for (const Spec& spec : specs) {
        if (spec.id == id)
            return spec;
        known.push_back(spec.id);
    }
    return Error{ErrorCode::Usage,
                 fmt::format("there is no {} \"{}\"; there are {}", what, id, fmt::join(known, ", ")),
                 {}};
}

Result<Sources> fromModel(const std::string& path, projections::Needs needs)
{
    Sources sources;
    if (needs == projections::Needs::Run)
        return Error{
            ErrorCode::Usage,
            "the runtime graph is what a run recorded: give a trace written by `orrery profile --trace`",
            path};
    if (needs == projections::Needs::Model) {
        auto loaded = TRY(whileReading(document::loadModel(path, {})));
        sources.dataflow = *loaded->dataflow;
        sources.problems = loaded->problems;
        return sources;
    }
    auto session = TRY(whileReading(session::Session::open(path, {})));
    sources.compute = session->opened().compute;
    sources.placements = session->opened().placements;
    sources.problems = session->opened().problems;
    return sources;
}

Result<Sources> fromTrace(const std::string& path)
{
    auto reader = TRY(openTrace(path));
    auto run = TRY(trace_db::runs::resolve(reader, {}));
    Sources sources;
    for (const auto& row : TRY(trace_db::graph::run(reader, {run, "dataflow"})))
        sources.dataflow = TRY(session::graphOf(row.rows));
    for (const auto& row : TRY(trace_db::graph::run(reader, {run, "compute"}))) {
        sources.compute = TRY(session::graphOf(row.rows));
        sources.placements = session::placementsOf(row.rows);
    }
    sources.stats = TRY(trace_db::node_stats::run(reader, {run}));
    sources.latency = TRY(trace_db::latency::run(reader, {run}));
    sources.memory = TRY(trace_db::memory_by_node::run(reader, {run}));
    return sources;
}

} // namespace

Result<canvas::DisplayGraph> makePicture(const PictureRequest& request)
{
    ProjectionSpec projection = TRY(findSpec(projections::projectionSpecs(), request.projection, "graph"));
    std::optional<OverlaySpec> overlay;
    if (!request.overlay.empty())
        overlay = TRY(findSpec(overlays::overlaySpecs(), request.overlay, "overlay"));

    bool isTrace = TRY(document::fileKind(request.path)) == document::FileKind::Trace;
    Sources sources = isTrace ? TRY(fromTrace(request.path)) : TRY(fromModel(request.path, projection.needs));

    bool dataflow = projection.stage == projections::GraphStage::Dataflow;
    const std::optional<graph::Graph>& shown = dataflow ? sources.dataflow : sources.compute;
    if (!shown)
        return Error{ErrorCode::BadFile,
                     fmt::format("the trace holds no {} graph", dataflow ? "dataflow" : "compute"),
                     request.path};
    std::unordered_set<std::uint32_t> ran;
    for (const auto& row : sources.stats)
        ran.insert(row.node);
    std::string title = std::filesystem::path(request.path).filename().string();
    canvas::DisplayGraph picture =
        projection.make({*shown, title, sources.placements, sources.problems, isTrace ? &ran : nullptr});
    if (overlay) {
        std::optional<overlays::OverlayValues> values;
        if (!sources.stats.empty())
            values = overlay->values({sources.stats, sources.latency, sources.memory});
        overlays::applyOverlay(picture, *overlay, values ? &*values : nullptr,
                               dataflow ? overlays::KeysAre::DataflowNodes : overlays::KeysAre::ComputeNodes,
                               sources.compute ? &*sources.compute : nullptr);
    }
    return picture;
}

} // namespace orrery::cli
