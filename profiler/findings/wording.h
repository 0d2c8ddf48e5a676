#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// What is said of a finding about memory: one sentence with the figures, one with what to do.

#include "profiler/findings/finding.h"

namespace orrery::findings {

Severity severityOf(const MemoryEvidence& evidence);
std::string textOf(const MemoryEvidence& evidence);
std::string remedyOf(const MemoryEvidence& evidence);

// "4096 B/iteration", or "–" where nothing grows.
std::string rateText(const MemoryEvidence& evidence);
// The innermost call that is not of an allocator: "compute (scratch_pad.c:18)".
std::string callText(const std::vector<trace_db::NativeFrame>& stack);

} // namespace orrery::findings
