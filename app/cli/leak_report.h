#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// What `orrery leaks` and `orrery profile --leaks` say of the memory of a run: a row for each finding, what
// was suppressed, what could not be claimed. Judges the exit status: DoesNotHold with a leak.

#include "app/cli/arguments.h"
#include "app/cli/exit_status.h"
#include "app/cli/table.h"
#include "profiler/findings/finding.h"
#include "profiler/findings/suppressions.h"

namespace orrery::cli {

struct LeakReport {
    findings::Report report;
    std::vector<findings::Suppression> suppressions;
    std::string suppressionsFile;

    ExitStatus status() const;
    Table table() const;      // every finding, also those that are suppressed
    std::string text() const; // for people: the table and what is to be said besides
};

OptionSpec suppressOption();
// Reads the file of --suppress, when there is one: do it before what takes long.
Result<LeakReport> emptyLeakReport(const Arguments& arguments);

} // namespace orrery::cli
