#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// The runner as a process: its command line, and what it gives up before it reads anything.

#include "profiler/runner/runner.h"

namespace orrery::runner {

// The program's main(): `orrery-runner --channel FD [--folder OWN]`. Locks itself in (sandbox.h) with OWN as
// the one place to write, is the first to go when memory runs out, leaves interrupts from the terminal to its
// session.
int runnerMain(int argc, char** argv, RunnerOptions options);

} // namespace orrery::runner
