#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// Opening a trace that some other program may have left behind: what is still in the ring beside it is taken
// in first.

#include "trace_db/trace_reader.h"

#include <string>

namespace orrery::cli {

// Says on stderr what was recovered.
Result<void> recover(const std::string& tracePath);

Result<trace_db::TraceReader> openTrace(const std::string& tracePath);

} // namespace orrery::cli
