#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// A graph of a run, back as it was added. No row when the run has no graph of that stage.

#include "engine/base/result.h"
#include "trace_db/graph_rows.h"
#include "trace_db/run_rows.h"
#include "trace_db/trace_reader.h"

#include <cstdint>
#include <string>
#include <vector>

namespace orrery::trace_db::graph {

struct Params {
    RunId run = {};
    std::string stage = "compute";
};

struct Row {
    std::int64_t graphId = 0;
    std::int64_t firstNodeId = 0; // node_id = firstNodeId + local id
    std::int64_t firstValueId = 0;
    GraphRows rows;
};

Result<std::vector<Row>> run(const TraceReader& reader, const Params& params);

} // namespace orrery::trace_db::graph
