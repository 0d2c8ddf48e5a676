#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// Where each instruction of a plan runs and what it costs by its operator's formula for these value types.

#include "engine/plan/plan.h"
#include "profiler/protocol/placement.h"

#include <span>
#include <vector>

namespace orrery::runner {

// `types` by ValueId; where one that a node reads or writes is not concrete, the node's costs stay -1.
std::vector<protocol::Placement> placementsOf(const plan::Plan& plan,
                                              std::span<const graph::ValueType> types);

// The types that the graph itself says.
std::vector<graph::ValueType> typesOf(const graph::Graph& graph);

} // namespace orrery::runner
