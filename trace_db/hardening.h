#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// What a connection to a file that is not trusted may and may not do: SQLite's own switches and limits, and
// an authorizer. harden() before the first statement, lockDown() when the temporary views are made.

#include "engine/base/result.h"

#include <string>

struct sqlite3;

namespace orrery::trace_db {

// A regular file with SQLite's magic, our application_id and a version that we know; else what it looks like.
Result<void> checkFileHeader(const std::string& path);

void harden(sqlite3* database);   // defensive, no views, triggers or extensions of the file, small limits
void lockDown(sqlite3* database); // from now on: SELECT and harmless pragmas only

} // namespace orrery::trace_db
