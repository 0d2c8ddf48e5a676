#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// What the debugger shows on the canvas: the node that is next, those that have run and those to come in the
// bodies that are being carried out, what failed, and breakpoints.

#include "views/canvas/paint_graph.h"
#include "views/document/debug_controller.h"

#include <vector>

namespace orrery::panels {

using Marks = std::vector<std::pair<std::uint64_t, canvas::Mark>>;

Marks marksOf(const document::DebugController& debugger);

} // namespace orrery::panels
