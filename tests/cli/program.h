#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// Runs the real program as a shell would and tells all that can be seen from outside: exit status, both
// outputs, time and the largest resident set of it and its helpers (wait4). A program that does not end in
// time is killed and says so. QProcess cannot tell the resident set, hence fork and exec here.

#include <cstdint>
#include <string>
#include <vector>

namespace orrery::tests {

enum class StandardOutput { Captured, ClosedPipe, FullDevice, Closed };

// SIGINT to the program alone.
struct Interrupt {
    std::string afterOutput; // that standard output must have shown …
    double seconds = 0;      // … and then so long
};

struct ProgramOptions {
    double timeoutSeconds = 60;
    double interruptAfterSeconds = -1; // SIGINT to the program alone; negative: never
    StandardOutput output = StandardOutput::Captured;
    std::string input = {};                 // on standard input, which then ends
    std::vector<Interrupt> interrupts = {}; // one after the other
    std::string folder = {};                // to run in; empty: this one
};

struct ProgramOutcome {
    int status = -1; // of exit; -1 when a signal ended it
    int signal = 0;
    bool timedOut = false;
    std::string out;
    std::string err;
    double seconds = 0;
    std::int64_t peakBytes = 0;

    // Of stderr, but for those that start with "note: " or "warning: ".
    std::vector<std::string> errorLines() const;
};

ProgramOutcome runProgram(const std::vector<std::string>& arguments, const ProgramOptions& options = {});

} // namespace orrery::tests
