#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// What the rules find in a recorded run, as the window shows it: the problem, how fast it grows, and the
// stretch of time in which it does. Reads the whole recording: for a thread that nobody waits for.

#include "engine/base/problem.h"
#include "trace_db/run_rows.h"
#include "trace_db/time_range.h"

#include <stop_token>
#include <string>
#include <vector>

namespace orrery::document {

struct RunFinding {
    Problem problem;
    std::string rate;          // "4096 B" per iteration; empty: nothing grows
    trace_db::TimeRange range; // from the first iteration that grew to the last; empty: not of a time
};

// Empty when the trace cannot be read, which others tell, or when it is asked to stop.
std::vector<RunFinding> findingsOf(const std::string& trace, trace_db::RunId run, std::stop_token stop);

} // namespace orrery::document
