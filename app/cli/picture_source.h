#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// From a model or a trace to the DisplayGraph of one projection with one overlay, without a window: what
// `render` paints.

#include "engine/base/result.h"
#include "views/canvas/display_graph.h"

#include <string>

namespace orrery::cli {

struct PictureRequest {
    std::string path;
    std::string projection; // "dataflow", "compute", "runtime"
    std::string overlay;    // "time", "memory"; empty: none
};

// Usage when there is no such projection or overlay, or the file cannot give it (a model has no runtime
// graph).
Result<canvas::DisplayGraph> makePicture(const PictureRequest& request);

} // namespace orrery::cli
