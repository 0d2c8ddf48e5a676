#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// CommandSpec: a subcommand as a passive record. The registry is generated from app/commands' CMake list;
// main looks the first word up in it. run() prints its result to stdout and returns the exit status; an Error
// is printed by the caller as one line on stderr.

#include "app/cli/arguments.h"
#include "app/cli/exit_status.h"

#include <string_view>
#include <vector>

namespace orrery::cli {

struct CommandSpec {
    std::string_view name;
    std::string_view arguments; // "MODEL", "TRACE QUERY"
    std::string_view summary;   // one line
    std::vector<std::string_view> positionals;
    std::vector<OptionSpec> options;
    Result<ExitStatus> (*run)(const Arguments&) = nullptr;
};

enum class Format { Text, Json, Csv };

// The `--format` option, and what was chosen.
OptionSpec formatOption();
OptionSpec formatOptionWithCsv();
Format chosenFormat(const Arguments& arguments);

} // namespace orrery::cli

namespace orrery::commands {

using orrery::cli::CommandSpec;

std::vector<CommandSpec> commandSpecs(); // generated

} // namespace orrery::commands
