#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// The options of every command that runs a model, and running it with progress on a terminal and a clean end
// on Ctrl+C.

#include "app/cli/arguments.h"
#include "app/cli/interrupt_watch.h"
#include "profiler/session/session.h"

namespace orrery::cli {

std::vector<OptionSpec> runOptions();
// Those, then more.
std::vector<OptionSpec> runOptionsAnd(std::vector<OptionSpec> more);

struct RunSettings {
    session::SessionOptions session;
    session::RunRequest request;
    std::string dataFolder; // empty: none given
};

Result<RunSettings> runSettings(const Arguments& arguments);

// Runs; SIGINT and SIGTERM end the run between two ops and keep what was recorded.
session::RunOutcome runWithProgress(session::Session& session, const session::RunRequest& request,
                                    InterruptWatch& interrupts);

// What the user should know before the result: problems of reading and compiling, on stderr.
void printProblems(const std::vector<Problem>& problems);

} // namespace orrery::cli
