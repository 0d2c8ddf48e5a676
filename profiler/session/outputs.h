#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// The outputs of a run, read from the file that the runner wrote them into. Sizes are checked against that
// file before memory is taken.

#include "profiler/session/session.h"

#include <span>

namespace orrery::session {

Result<std::vector<NamedTensor>> readOutputs(const std::string& path,
                                             std::span<const protocol::OutputInfo> outputs);

} // namespace orrery::session
