// SPDX-License-Identifier: Apache-2.0
//
// The loadable extension: `.load build/release/lib/orrery_events` in the sqlite3 shell gives the open trace
// its tables op_events and alloc_events.
#include "trace_db/event_tables.h"

#include <sqlite3ext.h>
SQLITE_EXTENSION_INIT1

extern "C" __attribute__((visibility("default"))) int
sqlite3_orreryevents_init(sqlite3* database, char** message, const sqlite3_api_routines* api)
{
    SQLITE_EXTENSION_INIT2(api);
    int code = orrery::trace_db::registerEventTables(database, nullptr);
    if (code != SQLITE_OK)
        *message = sqlite3_mprintf("orrery_events: %s", sqlite3_errstr(code));
    return code;
}
