#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// A chunk: up to 4,096 events as one self-checking blob, column by column. Layout, little-endian:
//   u32 CRC-32C of all that follows · u8 codec (1 op, 2 alloc) · varint n · the columns, n entries each
// Op columns: ts (zigzag of the gap since the end of the event before), dur (varint), node (zigzag delta),
// then as runs of (varint value, varint length): thread, step, depth, kind. Alloc columns: ts, buffer, value,
// node (zigzag deltas), bytes, offset (zigzag deltas from the event before in the chunk whose value has the
// same ten last bits), kind * 2 + action (varint). Differences wrap, so every value is kept as it is.
//
// Decoding trusts nothing: a CRC, count, length or enum that is wrong, a negative duration or an end beyond
// int64 is an error that names the byte; `out` is then empty.

#include "engine/base/result.h"
#include "trace_db/event.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <span>
#include <vector>

namespace orrery::trace_db {

inline constexpr std::size_t chunkEvents = 4096;

// What is known of a chunk without decoding it. Of allocations: no durations.
struct ChunkSummary {
    std::int64_t n = 0;
    std::int64_t t0 = std::numeric_limits<std::int64_t>::max(); // earliest start
    std::int64_t t1 = std::numeric_limits<std::int64_t>::min(); // latest end
    std::int64_t sumDur = 0;                                    // at most what an int64 holds
    std::int64_t maxDur = 0;
};

// Encodes chunk after chunk with the same working memory. Events must be valid (makeValid) and at most
// chunkEvents.
class ChunkEncoder {
public:
    ChunkEncoder();
    // Appends the chunk's bytes to `out`.
    ChunkSummary encode(std::span<const OpEvent> events, std::vector<std::byte>& out);
    ChunkSummary encode(std::span<const AllocEvent> events, std::vector<std::byte>& out);

private:
    std::unique_ptr<std::byte[]> m_columns; // room for each column at its largest
};

std::vector<std::byte> encodeChunk(std::span<const OpEvent> events);
std::vector<std::byte> encodeChunk(std::span<const AllocEvent> events);

Result<void> decodeChunk(std::span<const std::byte> bytes, std::vector<OpEvent>& out);
Result<void> decodeChunk(std::span<const std::byte> bytes, std::vector<AllocEvent>& out);

// What a decoder accepts: no negative duration or size, no end beyond int64, known enums. Others are clamped.
inline OpEvent makeValid(OpEvent event)
{
    event.dur = std::max<std::int64_t>(event.dur, 0);
    if (event.ts > 0)
        event.dur = std::min(event.dur, std::numeric_limits<std::int64_t>::max() - event.ts);
    if (event.kind > OpKind::Wait)
        event.kind = OpKind::Op;
    return event;
}

inline AllocEvent makeValid(AllocEvent event)
{
    event.bytes = std::max<std::int64_t>(event.bytes, 0);
    event.offset = std::max<std::int64_t>(event.offset, -1);
    if (static_cast<std::size_t>(event.kind) >= allocKindCount)
        event.kind = AllocKind::Native;
    if (event.action > AllocAction::Free)
        event.action = AllocAction::Free;
    return event;
}

} // namespace orrery::trace_db
