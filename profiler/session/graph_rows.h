#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// Between a graph and its rows in a trace, so that a trace alone can show all its graphs. Names, operators,
// attributes (as a JSON object), types, shapes, edges, regions and origins go there and back; the bytes of
// constants do not. Ids stay the same.

#include "engine/graph/graph.h"
#include "profiler/protocol/placement.h"
#include "trace_db/graph_rows.h"

#include <span>
#include <string>

namespace orrery::session {

// `stage` is "dataflow", "compute" or "training".
trace_db::GraphRows rowsOf(const graph::Graph& graph, std::string stage,
                           std::span<const protocol::Placement> placements = {});

// Constants come back as values without bytes; what a row does not say stays empty. Rows come from a file:
// ids that name nothing are refused (BadFile).
Result<graph::Graph> graphOf(const trace_db::GraphRows& rows);

// Backend, kernel and costs of the rows of a compute graph.
std::vector<protocol::Placement> placementsOf(const trace_db::GraphRows& rows);

} // namespace orrery::session
