#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// The scalars of a run (loss, accuracy) by name and step; its metrics (one number per run) have step -1.

#include "engine/base/result.h"
#include "trace_db/run_rows.h"
#include "trace_db/trace_reader.h"

#include <cstdint>
#include <string>
#include <vector>

namespace orrery::trace_db::scalars {

struct Params {
    RunId run = {};
    std::string name = {}; // empty: all
};

struct Row {
    std::string name = {};
    std::int64_t step = -1;
    double value = 0;
};

Result<std::vector<Row>> run(const TraceReader& reader, const Params& params);

} // namespace orrery::trace_db::scalars
