#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// inTransaction(connection, work): all of what `work` (returning Result<void>) writes, or nothing of it.

#include "trace_db/connection.h"

namespace orrery::trace_db {

template<class Work>
Result<void> inTransaction(const Connection& connection, Work work)
{
    TRY(connection.execute("BEGIN IMMEDIATE"));
    Result<void> result = work();
    if (result)
        result = connection.execute("COMMIT");
    if (!result) {
        // Some errors (a full disk) have rolled back already: then this one has nothing to do and may fail.
        [[maybe_unused]] Result<void> ignored = connection.execute("ROLLBACK");
    }
    return result;
}

} // namespace orrery::trace_db
