#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// How long nodes took in an earlier, recorded run: for breakpoints on `time > p95`.

#include "engine/graph/graph.h"

#include <cstdint>
#include <map>
#include <string>

namespace orrery::session {

// Per node of `graph`, the 95th percentile of the durations in the last run of the trace, ns. Nodes are the
// same when name and operator are; those without a name, or fewer than 5 times measured, are left out.
Result<std::map<NodeId, std::int64_t>> earlierP95(const std::string& tracePath, const graph::Graph& graph);

} // namespace orrery::session
