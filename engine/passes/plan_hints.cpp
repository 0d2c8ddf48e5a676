// SPDX-License-Identifier: Apache-2.0
#include "engine/passes/plan_hints.h"

namespace orrery::passes {

bool PlanHints::empty() const { return count() == 0; }

std::size_t PlanHints::count() const
{
    return recompute.size() + hold.size() + chunk.size() + (order.empty() ? 0 : 1) + joinInPlace.size();
}

void PlanHints::add(const PlanHints& more)
{
    recompute.insert(recompute.end(), more.recompute.begin(), more.recompute.end());
    hold.insert(hold.end(), more.hold.begin(), more.hold.end());
    chunk.insert(chunk.end(), more.chunk.begin(), more.chunk.end());
    joinInPlace.insert(joinInPlace.end(), more.joinInPlace.begin(), more.joinInPlace.end());
    if (!more.order.empty())
        order = more.order;
}

} // namespace orrery::passes
