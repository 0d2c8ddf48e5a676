#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// What the timeline keeps of op events: not the events, but per lane (a depth of a thread) a pyramid over
// groups of them. A group is up to 64 events of one lane out of one chunk of the trace; it knows how much of
// its time is covered, its longest event, and which chunk to decode for all of them. A group holds a 64th of
// the lane's events in the chunk and no gap or event longer than a 64th of their time, so there are at most
// some 200 of them; a lane with few events has them exactly. That is about 2 bytes per event, and a picture
// that must show more than groups spans no more than some dozen chunks.
//
// A segment is the index of consecutive chunks, immutable once made; a trace is a list of them, which grows
// at its end while a run is recorded.

#include "trace_db/event.h"
#include "views/timeline/lod_tree.h"
#include "views/timeline/time_axis.h"

#include <compare>
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <vector>

namespace orrery::timeline {

using trace_db::OpEvent;
using trace_db::OpKind;

struct LaneKey {
    std::uint32_t thread = 0;
    OpKind kind = OpKind::Op;
    std::uint16_t depth = 0; // at most `depthMaximum`; deeper ops share the last lane

    friend auto operator<=>(const LaneKey&, const LaneKey&) = default;
};

inline constexpr std::uint16_t depthMaximum = 31;
inline constexpr std::uint32_t threadMaximum = 255; // threads above it share its lanes
inline constexpr std::uint32_t noChunk = 0xffffffff;

LaneKey laneOf(const OpEvent& event);

// One event, or a group of them.
struct SpanNode {
    std::int64_t begin = 0, end = 0;
    std::int64_t coveredNs = 0; // of all events
    std::int64_t topBegin = 0;  // of the longest event
    std::int64_t topNs = 0;
    std::uint32_t top = trace_db::noId; // its node; of steps its number
    std::uint32_t count = 0;            // events
    std::uint32_t chunk = noChunk;      // where the events are; noChunk: there is nothing more to decode
    std::uint16_t first = 0;            // of the events of this lane in the chunk
    std::uint16_t flags = 0;            // of the longest event: what the lane's owner wants

    void merge(const SpanNode& later);
    bool isOne() const { return count == 1; }
};

using SpanTree = LodTree<SpanNode>;

struct SpanSegment {
    std::map<LaneKey, SpanTree> lanes;
    std::uint32_t firstChunk = 0;
    std::uint32_t lastChunk = 0; // damaged ones are left out, so there may be fewer
    std::uint32_t chunks = 0;
    std::int64_t events = 0;
    TimeRange range; // of all its events
};

// The events of one chunk, ordered by lane; within a lane as recorded.
struct SpanEvent {
    std::int64_t ts = 0, dur = 0;
    std::uint32_t node = trace_db::noId;
    std::uint32_t step = 0;

    std::int64_t end() const { return ts + dur; }
    friend bool operator==(const SpanEvent&, const SpanEvent&) = default;
};

class SpanChunk {
public:
    explicit SpanChunk(std::span<const OpEvent> events);
    std::span<const SpanEvent> lane(const LaneKey& key) const;

private:
    std::vector<SpanEvent> m_events;
    std::map<LaneKey, std::pair<std::uint32_t, std::uint32_t>> m_lanes; // first, count
};

// The events of a group, out of its chunk.
std::span<const SpanEvent> eventsOf(const SpanChunk& chunk, const LaneKey& lane, const SpanNode& group);

class SpanSegmentBuilder {
public:
    void add(std::uint32_t chunk, std::span<const OpEvent> events);
    std::uint32_t chunks() const { return m_segment.chunks; }
    std::shared_ptr<const SpanSegment> finish(); // and begins anew

private:
    std::map<LaneKey, std::vector<SpanNode>> m_lanes;
    SpanSegment m_segment;
};

} // namespace orrery::timeline
