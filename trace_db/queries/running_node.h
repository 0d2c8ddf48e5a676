#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// At which node did a run stop? The node that failed, or was begun and not ended when the runner died. No row
// when the run ended well or the node is not known.

#include "engine/base/result.h"
#include "trace_db/run_rows.h"
#include "trace_db/trace_reader.h"

#include <cstdint>
#include <string>
#include <vector>

namespace orrery::trace_db::running_node {

struct Params {
    RunId run = {};
};

struct Row {
    std::int64_t nodeId = 0;
    std::string name = {};
    std::string opType = {};
    std::vector<std::string> origins = {}; // names of the dataflow nodes it came from
};

Result<std::vector<Row>> run(const TraceReader& reader, const Params& params);

} // namespace orrery::trace_db::running_node
