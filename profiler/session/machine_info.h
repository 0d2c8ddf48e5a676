#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// The machine that this process runs on, from /proc and /sys; what cannot be found stays unknown.

#include "trace_db/run_rows.h"

#include <string>

namespace orrery::session {

// `versions` and `kernelLevel` as the runner says them.
trace_db::Machine machineInfo(const std::string& versions, const std::string& kernelLevel);

// "2026-01-31T12:00:00+01:00".
std::string wallClockText();

} // namespace orrery::session
