#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// Which passes made the compute graph, in order?

#include "engine/base/result.h"
#include "trace_db/graph_rows.h"
#include "trace_db/run_rows.h"
#include "trace_db/trace_reader.h"

#include <vector>

namespace orrery::trace_db::passes {

struct Params {
    RunId run = {};
};

using Row = PassRow;

Result<std::vector<Row>> run(const TraceReader& reader, const Params& params);

} // namespace orrery::trace_db::passes
