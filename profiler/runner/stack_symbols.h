#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// Return addresses of this process → module, function and, where the module carries debug information, source
// line. Slow (it reads the modules' files): for the end of a run, in the runner, which has nothing to lose by
// a broken file.

#include "profiler/protocol/command.h"

#include <span>

namespace orrery::runner {

std::vector<protocol::StackFrame> symbolise(std::span<void* const> frames);

} // namespace orrery::runner
