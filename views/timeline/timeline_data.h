#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// TimelineData: what there is to draw of one run, as far as it has been read: an immutable snapshot that
// shares its parts with the snapshots before and after it. Small whatever the run's length: some bytes per
// hundred events. What is finer than its groups is decoded chunk by chunk on demand (TimelineSource::want).

#include "trace_db/run_rows.h"
#include "views/timeline/level_index.h"
#include "views/timeline/span_index.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace orrery::timeline {

struct CounterTrack {
    std::string name, unit;
    LevelTree levels;
    std::int64_t leftOut = 0; // samples beyond what is read
};

struct LiveSegment {
    LevelTree levels;
    std::uint32_t lastChunk = 0, chunks = 0;
    double liveAfter = 0;
};

inline constexpr std::uint16_t warmUpFlag = 1; // SpanNode::flags of a step

struct TimelineData {
    trace_db::RunId run;
    TimeRange bounds;
    std::shared_ptr<const SpanTree> steps; // leaves: a step each, `top` its number
    std::vector<TimeRange> warmUps;        // stretches of warm-up steps; neighbours are one
    std::vector<std::shared_ptr<const SpanSegment>> ops;
    std::vector<std::shared_ptr<const LiveSegment>> live;
    std::vector<std::shared_ptr<const CounterTrack>> counters;
    std::vector<LaneKey> lanes; // of all segments, in order
    std::int64_t opEvents = 0;  // as the trace counts them
    std::int64_t eventsRead = 0;
    std::int64_t lostChunks = 0; // unreadable
    bool complete = false;

    bool empty() const
    {
        return ops.empty() && live.empty() && counters.empty() && (!steps || steps->empty());
    }
};

// The events of one lane that begin within [from, to], and those around it, as groups: the group that holds
// the last event that begins before `at` or at it; null without one.
const SpanNode* groupAt(const TimelineData& data, const LaneKey& lane, std::int64_t at);
const SpanNode* groupAfter(const TimelineData& data, const LaneKey& lane, const SpanNode& group);
const SpanNode* groupBefore(const TimelineData& data, const LaneKey& lane, const SpanNode& group);

// An op of the run.
struct FoundOp {
    LaneKey lane;
    SpanEvent event;
    std::int64_t selfNs = -1; // -1: not worked out

    friend bool operator==(const FoundOp&, const FoundOp&) = default;
};

// All calls of some nodes, by lane, in order of time.
struct Occurrences {
    struct Call {
        std::int64_t begin = 0, end = 0;
    };
    std::vector<std::uint32_t> nodes; // sorted
    std::map<LaneKey, std::vector<Call>> calls;
    std::int64_t leftOut = 0; // beyond what is kept

    TimeRange bounds() const;
    std::int64_t count() const;
    // The call that begins next after `ts`, or before it; of any lane.
    std::optional<std::pair<LaneKey, Call>> after(std::int64_t ts) const;
    std::optional<std::pair<LaneKey, Call>> before(std::int64_t ts) const;
};

} // namespace orrery::timeline
