#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// The options of every command that runs a model, and running it with progress on a terminal and a clean end
// on Ctrl+C.

#include "app/cli/arguments.h"
#include "app/cli/interrupt_watch.h"
#include "profiler/session/session.h"

#include <functional>

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

// --no-hints
OptionSpec noHintsOption();
// Takes the plan hints that are kept beside the model, unless --no-hints is given; says so on stderr.
void followSavedHints(const Arguments& arguments, const std::string& modelPath,
                      session::SessionOptions& options);

// Shapes of an input that is given more than once take turns, step by step, instead of the last one counting.
Result<void> letShapesTakeTurns(const Arguments& arguments, RunSettings& settings);

// Runs; SIGINT and SIGTERM end the run between two ops and keep what was recorded.
session::RunOutcome runWithProgress(session::Session& session, const session::RunRequest& request,
                                    InterruptWatch& interrupts,
                                    const std::function<void(const session::Progress&)>& also = {});

// What the user should know before the result: problems of reading and compiling, on stderr.
void printProblems(const std::vector<Problem>& problems);

} // namespace orrery::cli
