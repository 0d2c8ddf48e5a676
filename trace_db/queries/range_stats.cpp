// SPDX-License-Identifier: Apache-2.0
#include "trace_db/queries/range_stats.h"

#include "trace_db/log_histogram.h"
#include "trace_db/queries/event_chunks.h"
#include "trace_db/self_time.h"

#include <algorithm>
#include <cmath>
#include <unordered_map>

namespace orrery::trace_db::range_stats {
namespace {

constexpr std::int64_t largestAllocation = std::int64_t{1} << 50; // of a damaged file more cannot be added up

// Durations of a damaged file may add up to more than there is.
void addTo(std::int64_t& sum, std::int64_t value)
{
    if (__builtin_add_overflow(sum, value, &sum))
        sum = INT64_MAX;
}

struct Sums {
    std::int64_t calls = 0;
    std::int64_t totalNs = 0;
    std::int64_t selfNs = 0;
    std::int64_t minNs = INT64_MAX;
    std::int64_t maxNs = 0;
    double mean = 0, squares = 0; // of Welford's recurrence
    LogHistogram histogram;

    void add(std::int64_t dur, std::int64_t self)
    {
        ++calls;
        addTo(totalNs, dur);
        addTo(selfNs, self);
        minNs = std::min(minNs, self);
        maxNs = std::max(maxNs, self);
        const double off = double(self) - mean;
        mean += off / double(calls);
        squares += off * (double(self) - mean);
        histogram.add(std::uint64_t(self));
    }
};

struct Node {
    Sums measured, warmup;
    std::int64_t liveBytes = 0, peakBytes = 0;
};

OpEvent within(OpEvent event, const TimeRange& range)
{
    const std::int64_t begin = std::max(event.ts, range.begin);
    const std::int64_t end = std::min(event.ts + event.dur, range.end);
    event.ts = begin;
    event.dur = std::max<std::int64_t>(end - begin, 0);
    return event;
}

Result<void> countOps(const TraceReader& reader, const Params& params, std::vector<Node>& nodes)
{
    std::unordered_map<std::uint32_t, SelfTime> threads;
    SelfTime* current = nullptr;
    std::uint32_t currentThread = noId;
    return event_chunks::ops(
        reader, {.run = params.run, .range = params.range},
        [&](std::int64_t, std::span<const OpEvent> events) {
            if (params.cancelled && params.cancelled())
                return event_chunks::More::Stop;
            for (const OpEvent& event : events) {
                if (event.kind != OpKind::Op || !params.range.overlaps(event.ts, event.ts + event.dur))
                    continue;
                if (current == nullptr || event.thread != currentThread) {
                    currentThread = event.thread;
                    current = &threads[currentThread];
                }
                const OpEvent part = within(event, params.range);
                const std::int64_t self = current->add(part);
                if (event.node >= nodes.size())
                    continue;
                Node& node = nodes[event.node];
                (event.step < params.warmup ? node.warmup : node.measured).add(part.dur, self);
            }
            return event_chunks::More::Continue;
        });
}

Result<void> countBytes(const TraceReader& reader, const Params& params, std::vector<Node>& nodes)
{
    std::unordered_map<std::uint32_t, AllocEvent> live;
    return event_chunks::allocs(reader, {.run = params.run, .range = params.range},
                                [&](std::int64_t, std::span<const AllocEvent> events) {
                                    if (params.cancelled && params.cancelled())
                                        return event_chunks::More::Stop;
                                    for (const AllocEvent& event : events) {
                                        if (!params.range.contains(event.ts))
                                            continue;
                                        if (event.action == AllocAction::Alloc) {
                                            if (event.node >= nodes.size())
                                                continue;
                                            Node& node = nodes[event.node];
                                            node.liveBytes += event.bytes;
                                            node.peakBytes = std::max(node.peakBytes, node.liveBytes);
                                            live[event.buffer] = event;
                                        } else if (auto found = live.find(event.buffer);
                                                   found != live.end()) {
                                            nodes[found->second.node].liveBytes -= found->second.bytes;
                                            live.erase(found);
                                        }
                                    }
                                    return event_chunks::More::Continue;
                                });
}

} // namespace

Result<Answer> run(const TraceReader& reader, const Params& params)
{
    Answer answer;
    if (params.range.empty())
        return answer;
    std::vector<Node> nodes(params.nodeCount);
    TRY(countOps(reader, params, nodes));
    TRY(countBytes(reader, params, nodes));
    if (params.cancelled && params.cancelled())
        return Error{ErrorCode::Cancelled, "another range was chosen", reader.path()};
    bool measured = false, warmup = false;
    for (const Node& node : nodes) {
        measured = measured || node.measured.calls > 0;
        warmup = warmup || node.warmup.calls > 0;
    }
    answer.onlyWarmup = warmup && !measured;
    for (std::size_t i = 0; i < nodes.size(); ++i) {
        const Node& node = nodes[i];
        if (node.measured.calls + node.warmup.calls + node.peakBytes == 0)
            continue;
        const Sums& sums = answer.onlyWarmup ? node.warmup : node.measured;
        Row row;
        row.node = std::uint32_t(i);
        row.nodeId = params.firstNodeId + std::int64_t(i);
        row.calls = sums.calls;
        row.totalNs = sums.totalNs;
        row.selfNs = sums.selfNs;
        row.selfMinNs = sums.calls > 0 ? sums.minNs : 0;
        row.selfMaxNs = sums.maxNs;
        row.selfP50Ns = sums.histogram.quantile(0.5, sums.calls);
        row.selfP95Ns = sums.histogram.quantile(0.95, sums.calls);
        row.selfStddevNs = sums.calls > 1 ? std::sqrt(sums.squares / double(sums.calls - 1)) : 0;
        row.peakBytes = node.peakBytes;
        if (!answer.onlyWarmup) {
            row.warmupCalls = node.warmup.calls;
            row.warmupSelfNs = node.warmup.selfNs;
        }
        answer.rows.push_back(row);
    }
    return answer;
}

std::vector<hotspots::Row> hotspotsOf(const std::vector<Row>& rows,
                                      const std::vector<hotspots::Row>& wholeRun)
{
    std::unordered_map<std::int64_t, const hotspots::Row*> known;
    for (const hotspots::Row& row : wholeRun)
        known[row.nodeId] = &row;
    std::vector<hotspots::Row> result;
    double all = 0;
    for (const Row& row : rows) {
        const auto found = known.find(row.nodeId);
        if (found == known.end() || row.calls + row.warmupCalls == 0)
            continue;
        hotspots::Row hot = *found->second;
        hot.calls = row.calls;
        hot.totalNs = row.totalNs;
        hot.selfNs = row.selfNs;
        hot.selfMeanNs = row.calls > 0 ? double(row.selfNs) / double(row.calls) : 0;
        hot.selfStddevNs = row.selfStddevNs;
        hot.selfMinNs = row.selfMinNs;
        hot.selfMaxNs = row.selfMaxNs;
        hot.selfP50Ns = row.selfP50Ns;
        hot.selfP95Ns = row.selfP95Ns;
        hot.peakBytes = row.peakBytes;
        hot.warmupCalls = row.warmupCalls;
        hot.warmupSelfNs = row.warmupSelfNs;
        all += double(row.selfNs);
        result.push_back(std::move(hot));
    }
    std::sort(result.begin(), result.end(), [](const auto& a, const auto& b) {
        return a.selfNs != b.selfNs ? a.selfNs > b.selfNs : a.nodeId < b.nodeId;
    });
    double sum = 0;
    for (hotspots::Row& row : result) {
        sum += double(row.selfNs);
        row.sharePercent = all > 0 ? 100 * double(row.selfNs) / all : 0;
        row.cumulativePercent = all > 0 ? 100 * sum / all : 0;
    }
    return result;
}

} // namespace orrery::trace_db::range_stats
