#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// A chunk: up to 4,096 events as one self-checking blob, column by column. Layout, little-endian:
//   u32 CRC-32C of all that follows · u8 codec (1 op, 2 alloc) · varint n · the columns, n entries each
// Op columns: ts (zigzag of the gap since the end of the event before), dur (varint), node (zigzag delta),
// then as runs of (varint value, varint length): thread, step, depth, kind. Alloc columns: ts, buffer, value,
// node (zigzag deltas), bytes (varint), offset + 1 (varint), then as runs: kind * 2 + action. Differences
// wrap, so every value is kept as it is.
//
// Decoding trusts nothing: a CRC, count, length or enum that is wrong, a negative duration or an end beyond
// int64 is an error that names the byte; `out` is then empty.

#include "engine/base/result.h"
#include "trace_db/event.h"

#include <cstddef>
#include <span>
#include <vector>

namespace orrery::trace_db {

inline constexpr std::size_t chunkEvents = 4096;

// Events must be valid (makeValid) and at most chunkEvents.
std::vector<std::byte> encodeChunk(std::span<const OpEvent> events);
std::vector<std::byte> encodeChunk(std::span<const AllocEvent> events);

Result<void> decodeChunk(std::span<const std::byte> bytes, std::vector<OpEvent>& out);
Result<void> decodeChunk(std::span<const std::byte> bytes, std::vector<AllocEvent>& out);

// What a decoder accepts: no negative duration or size, no end beyond int64, known enums. Others are clamped.
OpEvent makeValid(OpEvent event);
AllocEvent makeValid(AllocEvent event);

} // namespace orrery::trace_db
