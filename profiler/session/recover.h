#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// After the program that recorded a trace has died: takes what is left in the ring beside the trace into it,
// writes how the run ended (with the node that was running) and removes the ring. Call it before opening any
// trace to read; it does nothing when there is no ring or somebody still records.

#include "engine/base/result.h"

#include <cstdint>
#include <string>

namespace orrery::session {

enum class Recovery { NothingToDo, StillRecording, Recovered };

struct RecoveryReport {
    Recovery what = Recovery::NothingToDo;
    std::uint64_t events = 0; // taken from the ring
    std::string message;      // the run's outcome, for people
};

Result<RecoveryReport> recoverTrace(const std::string& tracePath);

// The ring that belongs to a trace: "<trace>-ring".
std::string ringPathOf(const std::string& tracePath);

} // namespace orrery::session
