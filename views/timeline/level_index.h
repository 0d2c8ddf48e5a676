#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// A quantity that holds until the next change: live bytes by allocation events, or a counter. As a pyramid
// over groups of changes, each with the least and the largest value in it, so that no peak is lost at any
// zoom. Of live bytes a chunk of the trace gives at most 64 groups; decode the chunk to see more.

#include "trace_db/event.h"
#include "views/timeline/lod_tree.h"
#include "views/timeline/time_axis.h"

#include <cstdint>
#include <span>
#include <vector>

namespace orrery::timeline {

using trace_db::AllocEvent;

struct LevelNode {
    std::int64_t begin = 0, end = 0; // of the changes
    double before = 0, least = 0, most = 0, last = 0;
    std::uint32_t count = 0;
    std::uint32_t chunk = 0xffffffff; // as of SpanNode
    std::uint16_t first = 0;
    double chunkBefore = 0; // the value before the chunk

    void merge(const LevelNode& later);
};

using LevelTree = LodTree<LevelNode>;

struct LevelPoint {
    std::int64_t ts = 0;
    double value = 0; // from then on
};

// Live bytes, chunk after chunk.
class LiveBytesBuilder {
public:
    explicit LiveBytesBuilder(double liveBefore)
        : m_live(liveBefore)
    {}
    void add(std::uint32_t chunk, std::span<const AllocEvent> events);
    double live() const { return m_live; }
    LevelTree finish() { return LevelTree(std::move(m_groups)); }

private:
    std::vector<LevelNode> m_groups;
    double m_live = 0;
};

// Live bytes after each event of a chunk.
std::vector<LevelPoint> liveBytesOf(std::span<const AllocEvent> events, double liveBefore);

LevelTree levelsOf(std::span<const std::int64_t> ts, std::span<const double> values);

} // namespace orrery::timeline
