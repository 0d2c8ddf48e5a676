#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// Whether what a runner says of a debugging session fits the graph that it is about: a runner that a model
// has taken over must not make its session look up nodes and values that do not exist.

#include "profiler/protocol/command.h"

namespace orrery::session {

bool fits(const debug::DebugState& state, const graph::Graph& graph);
bool fits(const protocol::DebugStarted& started, const graph::Graph& graph);
bool fits(const debug::Breakpoint& breakpoint, const graph::Graph& graph);
bool fits(const debug::DivergenceReport& report, const protocol::Opened& opened);

} // namespace orrery::session
