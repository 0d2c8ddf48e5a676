// SPDX-License-Identifier: Apache-2.0
#include "trace_db/run_rows.h"

namespace orrery::trace_db {

std::string_view name(RunState state)
{
    switch (state) {
    case RunState::Running:
        return "running";
    case RunState::Finished:
        return "finished";
    case RunState::Failed:
        return "failed";
    case RunState::Crashed:
        return "crashed";
    case RunState::Interrupted:
        return "interrupted";
    }
    return "unknown";
}

} // namespace orrery::trace_db
