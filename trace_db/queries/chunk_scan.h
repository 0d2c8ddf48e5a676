#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// Events of a stretch of time straight from the chunks: what op_events and alloc_events (the questions)
// share.

#include "trace_db/chunk_codec.h"
#include "trace_db/queries/query.h"
#include "trace_db/run_rows.h"

namespace orrery::trace_db {

// sql selects `data` with ?1 run, ?2 t0, ?3 t1; keep(event) says whether an event lies in the stretch.
template<class Event, class Keep>
Result<std::vector<Event>> scanChunks(const TraceReader& reader, const char* sql, RunId run, std::int64_t t0,
                                      std::int64_t t1, std::int64_t limit, Keep keep)
{
    Statement chunks = TRY(Statement::prepare(reader.connection(), sql));
    chunks.bindAll(run.value, t0, t1);
    std::vector<Event> result = {};
    std::vector<Event> decoded = {};
    while (TRY(chunks.next())) {
        if (!decodeChunk(chunks.blob(0), decoded)) {
            reader.connection().countLostChunk();
            continue;
        }
        for (const Event& event : decoded) {
            if (limit >= 0 && static_cast<std::int64_t>(result.size()) >= limit)
                return result;
            if (keep(event))
                result.push_back(event);
        }
    }
    return result;
}

} // namespace orrery::trace_db
