// SPDX-License-Identifier: Apache-2.0
#include "views/timeline/timeline_data.h"

#include <algorithm>

namespace orrery::timeline {
namespace {

// The groups of a lane in one segment; null without any.
const std::vector<SpanNode>* groupsOf(const SpanSegment& segment, const LaneKey& lane)
{
    const auto found = segment.lanes.find(lane);
    return found == segment.lanes.end() || found->second.empty() ? nullptr : &found->second.leaves();
}

struct Place {
    std::size_t segment = 0;
    const SpanNode* node = nullptr;
};

Place placeOf(const TimelineData& data, const LaneKey& lane, const SpanNode& group)
{
    for (std::size_t s = 0; s < data.ops.size(); ++s)
        if (const auto* groups = groupsOf(*data.ops[s], lane);
            groups != nullptr && &group >= groups->data() && &group < groups->data() + groups->size())
            return {s, &group};
    return {};
}

} // namespace

const SpanNode* groupAt(const TimelineData& data, const LaneKey& lane, std::int64_t at)
{
    const SpanNode* best = nullptr;
    for (const auto& segment : data.ops) {
        const auto* groups = groupsOf(*segment, lane);
        if (groups == nullptr || groups->front().begin > at)
            continue;
        const auto after =
            std::upper_bound(groups->begin(), groups->end(), at,
                             [](std::int64_t ts, const SpanNode& node) { return ts < node.begin; });
        if (after != groups->begin())
            best = &*(after - 1);
    }
    return best;
}

const SpanNode* groupAfter(const TimelineData& data, const LaneKey& lane, const SpanNode& group)
{
    const Place place = placeOf(data, lane, group);
    if (place.node == nullptr)
        return nullptr;
    const auto* groups = groupsOf(*data.ops[place.segment], lane);
    if (place.node + 1 < groups->data() + groups->size())
        return place.node + 1;
    for (std::size_t s = place.segment + 1; s < data.ops.size(); ++s)
        if (const auto* next = groupsOf(*data.ops[s], lane))
            return &next->front();
    return nullptr;
}

const SpanNode* groupBefore(const TimelineData& data, const LaneKey& lane, const SpanNode& group)
{
    const Place place = placeOf(data, lane, group);
    if (place.node == nullptr)
        return nullptr;
    if (place.node > groupsOf(*data.ops[place.segment], lane)->data())
        return place.node - 1;
    for (std::size_t s = place.segment; s > 0; --s)
        if (const auto* earlier = groupsOf(*data.ops[s - 1], lane))
            return &earlier->back();
    return nullptr;
}

TimeRange Occurrences::bounds() const
{
    TimeRange all;
    for (const auto& [lane, list] : calls)
        for (const Call& call : list)
            all = all.empty() ? TimeRange{call.begin, call.end}
                              : TimeRange{std::min(all.begin, call.begin), std::max(all.end, call.end)};
    return all;
}

std::int64_t Occurrences::count() const
{
    std::int64_t sum = 0;
    for (const auto& [lane, list] : calls)
        sum += std::int64_t(list.size());
    return sum;
}

std::optional<std::pair<LaneKey, Occurrences::Call>> Occurrences::after(std::int64_t ts) const
{
    std::optional<std::pair<LaneKey, Call>> best;
    for (const auto& [lane, list] : calls) {
        const auto next = std::upper_bound(list.begin(), list.end(), ts,
                                           [](std::int64_t at, const Call& call) { return at < call.begin; });
        if (next != list.end() && (!best || next->begin < best->second.begin))
            best = {lane, *next};
    }
    return best;
}

std::optional<std::pair<LaneKey, Occurrences::Call>> Occurrences::before(std::int64_t ts) const
{
    std::optional<std::pair<LaneKey, Call>> best;
    for (const auto& [lane, list] : calls) {
        const auto next = std::lower_bound(list.begin(), list.end(), ts,
                                           [](const Call& call, std::int64_t at) { return call.begin < at; });
        if (next != list.begin() && (!best || (next - 1)->begin > best->second.begin))
            best = {lane, *(next - 1)};
    }
    return best;
}

} // namespace orrery::timeline
