#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// The packed events of a run chunk by chunk, for who wants to see all of them once or a few of them again
// without keeping any: at most one chunk is decoded at a time. Unreadable chunks are skipped and counted in
// TraceReader::lostChunks().

#include "engine/base/result.h"
#include "trace_db/event.h"
#include "trace_db/run_rows.h"
#include "trace_db/time_range.h"
#include "trace_db/trace_reader.h"

#include <cstdint>
#include <functional>
#include <span>

namespace orrery::trace_db::event_chunks {

enum class More : std::uint8_t { Stop, Continue };

struct Params {
    RunId run = {};
    std::int64_t first = 0; // number of a chunk
    std::int64_t last = INT64_MAX;
    TimeRange range = {}; // only chunks that may hold events of it; empty: all
};

using OpChunk = std::function<More(std::int64_t chunk, std::span<const OpEvent>)>;
using AllocChunk = std::function<More(std::int64_t chunk, std::span<const AllocEvent>)>;

// In the order recorded. Chunks of a run that is still recorded may grow: the last one seen is read again.
Result<void> ops(const TraceReader& reader, const Params& params, const OpChunk& each);
Result<void> allocs(const TraceReader& reader, const Params& params, const AllocChunk& each);

} // namespace orrery::trace_db::event_chunks
