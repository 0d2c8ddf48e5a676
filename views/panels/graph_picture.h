#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// GraphPicture: everything that one picture of the document's graph is made from, as shared immutable parts,
// and the pure function that makes it. Runs on a worker.

#include "views/document/document.h"
#include "views/overlays/overlay.h"

#include <optional>

namespace orrery::panels {

struct GraphPicture {
    projections::ProjectionSpec projection;
    std::optional<overlays::OverlaySpec> overlay;
    std::string title;
    QString of; // path of what is opened
    document::StageGraph shown;
    std::shared_ptr<const graph::Graph> compute;  // that the run's numbers belong to; may be null
    std::shared_ptr<const async::RunDetails> run; // may be null
    trace_db::latency::Row latency;
    std::vector<Problem> problems;
    std::shared_ptr<const overlays::ModelChange> change;         // of compared revisions; may be null
    std::shared_ptr<const overlays::ValueMagnitudes> magnitudes; // of the last check of ranges; may be null
    // What was drawn last in the same projection, and of which graph; may be null.
    std::shared_ptr<const graph::Graph> earlierGraph;
    std::shared_ptr<const canvas::DisplayGraph> earlier;
};

// What the document holds now for that projection and overlay.
GraphPicture pictureOf(const document::Document& document, const projections::ProjectionSpec& projection,
                       const std::optional<overlays::OverlaySpec>& overlay);

// Whether there is something to draw: the graph, and for a runtime view a run.
bool isAvailable(const GraphPicture& picture);

std::shared_ptr<const canvas::DisplayGraph> drawn(const GraphPicture& picture);

} // namespace orrery::panels
