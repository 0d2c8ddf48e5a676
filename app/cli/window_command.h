#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// `orrery [FILE] [options]`: parses the window's options and opens it.

#include "app/cli/arguments.h"

namespace orrery::cli {

std::vector<OptionSpec> windowOptions();

// The exit status of the window.
Result<int> openWindow(int& argc, char** argv, const std::vector<std::string>& words);

} // namespace orrery::cli
