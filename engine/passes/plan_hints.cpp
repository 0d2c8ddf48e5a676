// SPDX-License-Identifier: Apache-2.0
#include "engine/passes/plan_hints.h"

namespace orrery::passes {

bool PlanHints::empty() const { return count() == 0; }

std::size_t PlanHints::count() const
{
    return keepApart.size() + recompute.size() + hold.size() + chunk.size() + (order.empty() ? 0 : 1) +
           joinInPlace.size() + threads.size() + kernel.size() + outOfPlace.size();
}

void PlanHints::add(const PlanHints& more)
{
    const auto append = [](auto& list, const auto& added) {
        list.insert(list.end(), added.begin(), added.end());
    };
    append(keepApart, more.keepApart);
    append(recompute, more.recompute);
    append(hold, more.hold);
    append(chunk, more.chunk);
    append(joinInPlace, more.joinInPlace);
    append(threads, more.threads);
    append(kernel, more.kernel);
    append(outOfPlace, more.outOfPlace);
    if (!more.order.empty())
        order = more.order;
}

} // namespace orrery::passes
