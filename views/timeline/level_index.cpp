// SPDX-License-Identifier: Apache-2.0
#include "views/timeline/level_index.h"

#include <algorithm>

namespace orrery::timeline {
namespace {

constexpr std::size_t groupsPerChunk = 64;

double changeOf(const AllocEvent& event)
{
    return event.action == trace_db::AllocAction::Alloc ? double(event.bytes) : -double(event.bytes);
}

} // namespace

void LevelNode::merge(const LevelNode& later)
{
    begin = std::min(begin, later.begin);
    end = std::max(end, later.end);
    least = std::min(least, later.least);
    most = std::max(most, later.most);
    last = later.last;
    count += later.count;
}

void LiveBytesBuilder::add(std::uint32_t chunk, std::span<const AllocEvent> events)
{
    const std::size_t size = std::max<std::size_t>(1, (events.size() + groupsPerChunk - 1) / groupsPerChunk);
    const double chunkBefore = m_live;
    for (std::size_t first = 0; first < events.size(); first += size) {
        LevelNode group;
        for (std::size_t i = first; i < std::min(first + size, events.size()); ++i) {
            const double before = m_live;
            m_live += changeOf(events[i]);
            const std::int64_t ts = events[i].ts;
            const LevelNode one{ts,     ts, before, std::min(before, m_live), std::max(before, m_live),
                                m_live, 1};
            if (i == first)
                group = one;
            else
                group.merge(one);
        }
        group.chunk = chunk;
        group.first = std::uint16_t(first);
        group.chunkBefore = chunkBefore;
        m_groups.push_back(group);
    }
}

std::vector<LevelPoint> liveBytesOf(std::span<const AllocEvent> events, double liveBefore)
{
    std::vector<LevelPoint> points;
    points.reserve(events.size());
    for (const AllocEvent& event : events)
        points.push_back({event.ts, liveBefore += changeOf(event)});
    return points;
}

LevelTree levelsOf(std::span<const std::int64_t> ts, std::span<const double> values)
{
    std::vector<LevelNode> leaves;
    leaves.reserve(std::min(ts.size(), values.size()));
    for (std::size_t i = 0; i < std::min(ts.size(), values.size()); ++i)
        leaves.push_back({ts[i], ts[i], values[i], values[i], values[i], values[i], 1});
    return LevelTree(std::move(leaves));
}

} // namespace orrery::timeline
