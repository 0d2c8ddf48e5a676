#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// The Diverge command: the opened model against itself compiled at another level, or against recorded values.
// Progress goes out as DebugProgress, at most ten times a second.

#include "engine/plan/plan.h"
#include "profiler/protocol/command.h"
#include "profiler/runner/run_gate.h"

#include <functional>
#include <memory>

namespace orrery::runner {

protocol::Reply findDivergence(const protocol::Open& opened, std::shared_ptr<const plan::Plan> subject,
                               const protocol::Diverge& command, RunGate& gate,
                               const std::function<Result<void>(const protocol::Reply&)>& send);

} // namespace orrery::runner
