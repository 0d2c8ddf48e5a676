#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// Who is a node: its name and operator, the node whose body it lies in, and the dataflow nodes that it came
// from. No row for a node that the run does not have.

#include "trace_db/run_rows.h"
#include "trace_db/trace_reader.h"

#include <string>
#include <vector>

namespace orrery::trace_db::node_identity {

struct Params {
    RunId run = {};
    std::int64_t nodeId = -1;
};

struct Origin {
    std::uint32_t node = 0; // local to the dataflow graph
    std::string name = {};
};

struct Row {
    std::int64_t nodeId = -1;
    std::string name = {};
    std::string opType = {};
    std::int64_t parentNodeId = -1;
    std::string parent = {}; // its name
    std::string parentOpType = {};
    std::vector<Origin> origins = {};
};

Result<std::vector<Row>> run(const TraceReader& reader, const Params& params);

} // namespace orrery::trace_db::node_identity
