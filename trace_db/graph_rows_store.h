#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// Writes the rows of a graph into the open transaction, with ids that are unique in the trace.

#include "engine/base/result.h"
#include "trace_db/connection.h"
#include "trace_db/graph_rows.h"

#include <cstdint>

namespace orrery::trace_db {

struct StoredGraph {
    std::int64_t graphId = 0;
    std::int64_t firstNodeId = 0;
    std::int64_t firstValueId = 0;
    std::uint32_t nodeIds = 0; // ids set aside: one more than the largest local id
};

Result<StoredGraph> storeGraph(const Connection& connection, std::int64_t runId, const GraphRows& graph);

} // namespace orrery::trace_db
