#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// Which allocations were still live at the end of a run? Largest first.

#include "engine/base/result.h"
#include "trace_db/run_rows.h"
#include "trace_db/trace_reader.h"

#include <cstdint>
#include <string>
#include <vector>

namespace orrery::trace_db::live_at_end {

struct Params {
    RunId run = {};
    std::int64_t limit = -1; // -1: all
};

struct Row {
    std::uint32_t buffer = 0;
    std::int64_t ts = 0;    // when it was allocated
    std::uint32_t step = 0; // the step it was allocated in: steps ended before
    std::int64_t bytes = 0;
    AllocKind kind = AllocKind::Activation;
    std::int64_t nodeId = -1;
    std::string node = {};
    std::string opType = {};
    std::int64_t valueId = -1;
    std::string value = {};
};

Result<std::vector<Row>> run(const TraceReader& reader, const Params& params);

} // namespace orrery::trace_db::live_at_end
