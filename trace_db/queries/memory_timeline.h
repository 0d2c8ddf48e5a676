#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// How many bytes were live when, by kind? At most 1,024 samples a run, made at ingest: each covers a stretch
// of time and shows the moment at which most bytes were live in it.

#include "engine/base/result.h"
#include "trace_db/run_rows.h"
#include "trace_db/trace_reader.h"

#include <cstdint>
#include <string>
#include <vector>

namespace orrery::trace_db::memory_timeline {

struct Params {
    RunId run = {};
};

struct Row {
    std::int64_t ts = 0;                        // the moment shown
    std::int64_t totalBytes = 0;                // live at that moment
    std::vector<std::int64_t> bytesByKind = {}; // allocKindCount entries, in the order of AllocKind
    std::int64_t endBytes = 0;                  // live at the end of the stretch
};

Result<std::vector<Row>> run(const TraceReader& reader, const Params& params);

} // namespace orrery::trace_db::memory_timeline
