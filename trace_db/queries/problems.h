#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// The problems kept with a run, in the order in which they were added.

#include "engine/base/problem.h"
#include "engine/base/result.h"
#include "trace_db/run_rows.h"
#include "trace_db/trace_reader.h"

#include <vector>

namespace orrery::trace_db::problems {

struct Params {
    RunId run = {};
};

using Row = Problem;

Result<std::vector<Row>> run(const TraceReader& reader, const Params& params);

} // namespace orrery::trace_db::problems
