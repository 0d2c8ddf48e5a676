#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// The loop that carries instructions out, for the files that give it a reason to end.

#include "engine/debug/debugger_impl.h"

#include <algorithm>
#include <chrono>
#include <limits>

namespace orrery::debug {

using Clock = std::chrono::steady_clock;
inline constexpr std::uint64_t never = std::numeric_limits<std::uint64_t>::max();

template<class Predicate>
Walk Debugger::Impl::walk(const Keeping& keeping, Asking asking, Predicate&& there)
{
    for (bool first = true;; first = false) {
        if (m_execution->finished())
            return Walk::End;
        if (!first && !mayGoOn(asking))
            return Walk::Paused;
        if (auto done = carryOut(); !done.ok())
            return failed(done.releaseError());
        keepWhenDue(keeping);
        if (there())
            return Walk::Arrived;
    }
}

} // namespace orrery::debug
