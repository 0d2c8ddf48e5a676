#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// The eponymous virtual tables op_events and alloc_events over the chunks of the main database: read-only,
// usable from statements only (never from a view or trigger of a file), with run_id and ts pushed down to the
// chunks' headers. The same source makes our connections' tables and the loadable extension. Unreadable
// chunks are skipped and added to *lostChunks (which may be null and must outlive the connection).

#include <cstdint>

struct sqlite3;

namespace orrery::trace_db {

// An SQLite result code.
int registerEventTables(sqlite3* database, std::int64_t* lostChunks);

} // namespace orrery::trace_db
