#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// The calls of one recorded stack, innermost first.

#include "trace_db/event.h"
#include "trace_db/run_rows.h"
#include "trace_db/trace_reader.h"

#include <vector>

namespace orrery::trace_db::native_frames {

struct Params {
    RunId run = {};
    std::int64_t stack = -1; // of native_sites
};

using Row = NativeFrame;

Result<std::vector<Row>> run(const TraceReader& reader, const Params& params);

} // namespace orrery::trace_db::native_frames
