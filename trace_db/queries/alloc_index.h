#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// AllocIndex: what is known of all allocations of a run after one pass over them, so that every later
// question about a moment or a stretch of time reads few chunks: what was live before each chunk, its
// highest and lowest moment, the live buffers before some of the chunks (checkpoints), and what each step
// took and gave back. Immutable, shared between threads. Checkpoints take at most 32 MB in all: when they
// would need more, every second one is dropped.

#include "engine/base/result.h"
#include "trace_db/queries/live_bytes.h"
#include "trace_db/run_rows.h"
#include "trace_db/trace_reader.h"

#include <cstdint>
#include <map>
#include <memory>
#include <unordered_map>
#include <vector>

namespace orrery::trace_db {

// An allocation that was not given back yet.
struct LiveBuffer {
    std::int64_t ts = 0; // when it was made
    std::int64_t bytes = 0;
    std::int64_t offset = -1; // in the arena; -1 outside of it
    std::uint32_t buffer = noId;
    std::uint32_t value = noId; // ids of the compute graph
    std::uint32_t node = noId;
    AllocKind kind = AllocKind::Activation;
    friend bool operator==(const LiveBuffer&, const LiveBuffer&) = default;
};

LiveBuffer liveBuffer(const AllocEvent& event);

// A moment and what was live at it, just after the event that made it so.
struct MemoryMoment {
    std::int64_t ts = 0;
    LiveBytes live;
};

struct AllocChunkInfo {
    std::int64_t chunk = 0;
    std::int64_t events = 0;
    std::int64_t t0 = 0, t1 = 0; // earliest and latest event
    LiveBytes before;            // live before its first event
    MemoryMoment highest;
    std::int64_t lowestTotal = 0;
};

// What one run of the root took; allocations count in the step in which they were made.
struct StepMemory {
    std::uint32_t step = 0;
    StepKind kind = StepKind::Measured;
    std::int64_t begin = 0, end = 0;
    std::int64_t allocations = 0, allocatedBytes = 0;
    std::int64_t frees = 0, freedBytes = 0;
    std::int64_t peakBytes = 0; // most live at once in it
    std::int64_t liveBytes = 0; // at its end
};

struct AllocIndex {
    RunId run;
    std::vector<AllocChunkInfo> chunks;                                                // by chunk number
    std::map<std::size_t, std::shared_ptr<const std::vector<LiveBuffer>>> checkpoints; // before chunks[key]
    std::vector<StepMemory> steps;                                                     // by begin
    MemoryMoment peak;
    std::int64_t lastTs = 0;
    LiveBytes atEnd;
    std::vector<std::uint32_t> neverFreed; // buffers, sorted
    std::int64_t arenaTopBytes = 0;        // highest end of a piece of the arena
    MemoryMoment arenaPeak; // most bytes of the arena live at once: no order of places needs less

    std::int64_t firstTs() const { return chunks.empty() ? 0 : chunks.front().t0; }
    // The first chunk that may hold an event after `ts`: everything before it happened at or before.
    std::size_t chunkAfter(std::int64_t ts) const;
    const StepMemory* stepAt(std::int64_t ts) const; // null before the first
};

namespace alloc_index {

struct Params {
    RunId run = {};
};

using Row = std::shared_ptr<const AllocIndex>;

Result<Row> run(const TraceReader& reader, const Params& params);

} // namespace alloc_index

using LiveBuffers = std::unordered_map<std::uint32_t, LiveBuffer>; // by buffer

void applyTo(LiveBuffers& live, const AllocEvent& event);

// The live buffers before a chunk: from a checkpoint and the chunks since.
Result<LiveBuffers> liveBefore(const TraceReader& reader, const AllocIndex& index, std::size_t chunk);

// The events of one chunk; empty and counted as lost when it cannot be decoded.
Result<std::vector<AllocEvent>> readAllocChunk(const TraceReader& reader, const AllocIndex& index,
                                               std::size_t chunk);

} // namespace orrery::trace_db
