#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// The search through the log, for the files that know what they look for.

#include "engine/debug/debugger_walk.h"

namespace orrery::debug {

template<class Predicate>
Walk Debugger::Impl::findBackward(std::uint64_t before, Predicate&& there,
                                  std::optional<std::uint64_t>& found)
{
    for (std::uint64_t at = before; at-- > 0;) {
        if (Walk recalled = recallNodes(at); recalled != Walk::Arrived)
            return recalled;
        if (there(at)) {
            found = at;
            return Walk::Arrived;
        }
    }
    return Walk::Arrived;
}

} // namespace orrery::debug
