// SPDX-License-Identifier: Apache-2.0
#include "trace_db/queries/event_chunks.h"

#include "trace_db/chunk_codec.h"
#include "trace_db/statement.h"

#include <vector>

namespace orrery::trace_db::event_chunks {
namespace {

template<class Event, class Each>
Result<void> each(const TraceReader& reader, const char* sql, const Params& params, const Each& call)
{
    const std::int64_t begin = params.range.empty() ? INT64_MIN : params.range.begin;
    const std::int64_t end = params.range.empty() ? INT64_MAX : params.range.end;
    Statement chunks = TRY(Statement::prepare(reader.connection(), sql));
    chunks.bindAll(params.run.value, params.first, params.last, begin, end);
    std::vector<Event> events;
    while (TRY(chunks.next())) {
        if (!decodeChunk(chunks.blob(1), events))
            reader.connection().countLostChunk();
        else if (call(chunks.integer(0), std::span<const Event>(events)) == More::Stop)
            break;
    }
    return {};
}

} // namespace

Result<void> ops(const TraceReader& reader, const Params& params, const OpChunk& call)
{
    return each<OpEvent>(reader,
                         "SELECT chunk, data FROM main.op_chunks WHERE run_id = ?1 AND chunk BETWEEN ?2 AND "
                         "?3 AND t1 >= ?4 AND t0 <= ?5 ORDER BY chunk",
                         params, call);
}

Result<void> allocs(const TraceReader& reader, const Params& params, const AllocChunk& call)
{
    return each<AllocEvent>(reader,
                            "SELECT chunk, data FROM main.alloc_chunks WHERE run_id = ?1 AND chunk BETWEEN "
                            "?2 AND ?3 AND t1 >= ?4 AND t0 <= ?5 ORDER BY chunk",
                            params, call);
}

} // namespace orrery::trace_db::event_chunks
