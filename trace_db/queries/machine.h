#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// On which machine did a run take place?

#include "engine/base/result.h"
#include "trace_db/run_rows.h"
#include "trace_db/trace_reader.h"

#include <cstdint>
#include <string>
#include <vector>

namespace orrery::trace_db::machine {

struct Params {
    RunId run = {};
};

using Row = Machine;

Result<Row> run(const TraceReader& reader, const Params& params);

} // namespace orrery::trace_db::machine
