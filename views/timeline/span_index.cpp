// SPDX-License-Identifier: Apache-2.0
#include "views/timeline/span_index.h"

#include <algorithm>

namespace orrery::timeline {
namespace {

constexpr std::size_t groupsPerChunk = 64; // of one lane

// Calls each(key, events of that lane), lanes in the order in which they first come.
template<class Each>
void eachLane(std::span<const OpEvent> events, Each each)
{
    struct Lane {
        LaneKey key;
        std::vector<const OpEvent*> events;
    };
    std::vector<Lane> lanes;
    std::size_t current = 0;
    for (const OpEvent& event : events) {
        const LaneKey key = laneOf(event);
        if (current >= lanes.size() || lanes[current].key != key) {
            const auto found =
                std::find_if(lanes.begin(), lanes.end(), [&](const Lane& lane) { return lane.key == key; });
            current = std::size_t(found - lanes.begin());
            if (found == lanes.end())
                lanes.push_back({key, {}});
        }
        lanes[current].events.push_back(&event);
    }
    for (const Lane& lane : lanes)
        each(lane.key, lane.events);
}

void addTo(std::int64_t& sum, std::int64_t value)
{
    if (__builtin_add_overflow(sum, value, &sum)) // of a damaged file
        sum = INT64_MAX;
}

} // namespace

LaneKey laneOf(const OpEvent& event)
{
    return {std::min(event.thread, threadMaximum), event.kind,
            event.kind == OpKind::Wait ? std::uint16_t(0) : std::min(event.depth, depthMaximum)};
}

void SpanNode::merge(const SpanNode& later)
{
    begin = std::min(begin, later.begin);
    end = std::max(end, later.end);
    addTo(coveredNs, later.coveredNs);
    if (later.topNs > topNs) {
        topBegin = later.topBegin;
        topNs = later.topNs;
        top = later.top;
        flags = later.flags;
    }
    count += later.count;
}

SpanChunk::SpanChunk(std::span<const OpEvent> events)
{
    m_events.reserve(events.size());
    eachLane(events, [&](const LaneKey& key, const std::vector<const OpEvent*>& lane) {
        m_lanes[key] = {std::uint32_t(m_events.size()), std::uint32_t(lane.size())};
        for (const OpEvent* event : lane)
            m_events.push_back({event->ts, event->dur, event->node, event->step});
    });
}

std::span<const SpanEvent> SpanChunk::lane(const LaneKey& key) const
{
    const auto found = m_lanes.find(key);
    if (found == m_lanes.end())
        return {};
    return std::span(m_events).subspan(found->second.first, found->second.second);
}

std::span<const SpanEvent> eventsOf(const SpanChunk& chunk, const LaneKey& lane, const SpanNode& group)
{
    const auto all = chunk.lane(lane);
    const std::size_t first = std::min<std::size_t>(group.first, all.size());
    return all.subspan(first, std::min<std::size_t>(group.count, all.size() - first));
}

void SpanSegmentBuilder::add(std::uint32_t chunk, std::span<const OpEvent> events)
{
    if (m_segment.chunks == 0)
        m_segment.firstChunk = chunk;
    m_segment.lastChunk = chunk;
    ++m_segment.chunks;
    m_segment.events += std::int64_t(events.size());
    eachLane(events, [&](const LaneKey& key, const std::vector<const OpEvent*>& lane) {
        std::vector<SpanNode>& groups = m_lanes[key];
        const std::size_t size = (lane.size() + groupsPerChunk - 1) / groupsPerChunk;
        const double length =
            double(std::uint64_t(lane.back()->ts + lane.back()->dur) - std::uint64_t(lane.front()->ts));
        const double isLong = length / double(groupsPerChunk);
        for (std::size_t first = 0, next = 0; first < lane.size(); first = next) {
            SpanNode group;
            for (next = first; next < std::min(first + size, lane.size()); ++next) {
                const OpEvent& event = *lane[next];
                const SpanNode one{event.ts,  event.ts + event.dur, event.dur, event.ts,
                                   event.dur, event.node,           1};
                if (next == first)
                    group = one;
                else if (group.topNs > isLong || one.topNs > isLong ||
                         double(one.begin) - double(group.end) > isLong)
                    break;
                else
                    group.merge(one);
            }
            group.chunk = chunk;
            group.first = std::uint16_t(first);
            const TimeRange& known = m_segment.range;
            m_segment.range =
                known.empty() ? TimeRange{group.begin, group.end}
                              : TimeRange{std::min(known.begin, group.begin), std::max(known.end, group.end)};
            groups.push_back(group);
        }
    });
}

std::shared_ptr<const SpanSegment> SpanSegmentBuilder::finish()
{
    for (auto& [key, groups] : m_lanes)
        m_segment.lanes.emplace(key, SpanTree(std::move(groups)));
    m_lanes.clear();
    auto result = std::make_shared<const SpanSegment>(std::move(m_segment));
    m_segment = {};
    return result;
}

} // namespace orrery::timeline
