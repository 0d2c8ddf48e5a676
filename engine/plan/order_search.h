#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// Orders of the main block that may hold less at once than the present one. The search counts buffers as they
// are born and die, in-place writing included; what an order is worth is told by planning it.

#include "engine/plan/memory_plan.h"

#include <functional>
#include <vector>

namespace orrery::plan {

// The best of a beam search and of a depth-first walk that takes the branch first which needs the most beside
// its result; none that is the present order. Random and foreign nodes keep their order among themselves.
// Stops early when `cancelled` says so.
std::vector<std::vector<NodeId>> leanOrders(const Plan& plan, const MemoryPlan& memory,
                                            const std::function<bool()>& cancelled);

} // namespace orrery::plan
