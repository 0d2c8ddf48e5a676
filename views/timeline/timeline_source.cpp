// SPDX-License-Identifier: Apache-2.0
#include "views/timeline/timeline_source.h"

#include "trace_db/queries/counter_series.h"
#include "trace_db/queries/event_chunks.h"
#include "trace_db/queries/runs.h"
#include "trace_db/queries/steps.h"

#include <QElapsedTimer>

#include <algorithm>
#include <set>

namespace orrery::timeline {

namespace db = trace_db;
using db::event_chunks::More;

namespace {

constexpr std::uint32_t chunksPerSegment = 256; // a million events
constexpr std::int64_t occurrencesMaximum = 1'000'000;
constexpr std::size_t warmUpsMaximum = 64;

TimeRange joined(const TimeRange& a, const TimeRange& b)
{
    if (a.empty())
        return b;
    return b.empty() ? a : TimeRange{std::min(a.begin, b.begin), std::max(a.end, b.end)};
}

void addTo(std::int64_t& sum, std::int64_t value)
{
    if (__builtin_add_overflow(sum, value, &sum)) // of a damaged file
        sum = INT64_MAX;
}

std::int64_t endOf(const db::Step& step)
{
    std::int64_t end = 0;
    return __builtin_add_overflow(step.ts, std::max<std::int64_t>(step.dur, 0), &end) ? INT64_MAX : end;
}

void addSteps(const std::vector<db::steps::Row>& rows, TimelineData& data)
{
    std::vector<SpanNode> leaves;
    leaves.reserve(rows.size());
    for (const db::steps::Row& row : rows) {
        const db::Step& step = row.step;
        const std::int64_t end = endOf(step);
        SpanNode node{step.ts,
                      end,
                      std::max<std::int64_t>(step.dur, 0),
                      step.ts,
                      std::max<std::int64_t>(step.dur, 0),
                      step.index,
                      1};
        if (step.kind == db::StepKind::WarmUp) {
            node.flags = warmUpFlag;
            if (!leaves.empty() && leaves.back().flags == warmUpFlag && !data.warmUps.empty())
                data.warmUps.back().end = std::max(data.warmUps.back().end, end);
            else if (data.warmUps.size() < warmUpsMaximum)
                data.warmUps.push_back({step.ts, end});
        }
        leaves.push_back(node);
    }
    data.steps = std::make_shared<const SpanTree>(std::move(leaves));
    if (!data.steps->empty())
        data.bounds = joined(data.bounds, {data.steps->root().begin, data.steps->root().end});
}

// The self time of an op: its time without that of the ops right below it that lie inside. Groups of ops that
// lie inside as a whole are not decoded.
std::int64_t selfTimeOf(const db::TraceReader& reader, const TimelineData& data, const FoundOp& op)
{
    LaneKey below = op.lane;
    if (below.kind != OpKind::Op || ++below.depth > depthMaximum)
        return op.event.dur;
    const std::int64_t begin = op.event.ts, end = op.event.end();
    auto isInside = [&](const auto& span) { return span.begin >= begin && span.end <= end; };
    std::int64_t inside = 0;
    std::vector<SpanNode> partly;
    for (const auto& segment : data.ops) {
        const auto lane = segment->lanes.find(below);
        if (lane == segment->lanes.end() || segment->range.begin > end || segment->range.end < begin)
            continue;
        lane->second.walk(begin, end, SIZE_MAX, isInside, [&](const SpanNode& group, bool) {
            if (isInside(group))
                addTo(inside, group.coveredNs);
            else
                partly.push_back(group);
        });
    }
    for (const SpanNode& group : partly)
        (void)db::event_chunks::ops(reader, {.run = data.run, .first = group.chunk, .last = group.chunk},
                                    [&](std::int64_t, std::span<const OpEvent> events) {
                                        const SpanChunk decoded(events);
                                        for (const SpanEvent& event : eventsOf(decoded, below, group))
                                            if (event.ts >= begin && event.end() <= end)
                                                addTo(inside, event.dur);
                                        return More::Stop;
                                    });
    return std::max<std::int64_t>(op.event.dur - inside, 0);
}

} // namespace

struct TimelineSource::Reading {
    std::string path;
    db::RunId run;
    std::optional<db::TraceReader> reader;
    // Of loading alone: what has been read and does not change any more.
    std::vector<std::shared_ptr<const SpanSegment>> ops;
    std::vector<std::shared_ptr<const LiveSegment>> live;

    Result<void> open()
    {
        if (!reader)
            reader.emplace(TRY(db::TraceReader::open(path)));
        return {};
    }

    using Publish = std::function<void(std::shared_ptr<const TimelineData>)>;
    Result<void> load(const std::stop_token& stop, const Publish& publish);
    Result<void> loadOps(TimelineData& data, const std::stop_token& stop, const Publish& publish);
    Result<void> loadLive(TimelineData& data, const std::stop_token& stop, const Publish& publish);
    std::shared_ptr<const SpanChunk> decode(std::uint32_t chunk);
    std::optional<FoundOp> find(const TimelineData& data, const LaneKey& lane, std::int64_t ts,
                                Direction direction, const std::stop_token& stop);
};

Result<void> TimelineSource::Reading::loadOps(TimelineData& data, const std::stop_token& stop,
                                              const Publish& publish)
{
    // A chunk at the end may have grown since it was read.
    if (!ops.empty() && ops.back()->chunks < chunksPerSegment)
        ops.pop_back();
    data.ops = ops;
    std::set<LaneKey> lanes;
    auto take = [&](std::shared_ptr<const SpanSegment> segment) {
        for (const auto& [key, tree] : segment->lanes)
            lanes.insert(key);
        data.bounds = joined(data.bounds, segment->range);
        data.eventsRead += segment->events;
        data.lanes.assign(lanes.begin(), lanes.end());
        data.lostChunks = reader->lostChunks();
    };
    for (const auto& segment : ops)
        take(segment);
    SpanSegmentBuilder builder;
    QElapsedTimer sinceShown;
    sinceShown.start();
    const std::int64_t next = ops.empty() ? 0 : std::int64_t(ops.back()->lastChunk) + 1;
    auto finish = [&] {
        auto segment = builder.finish();
        ops.push_back(segment);
        data.ops.push_back(segment);
        take(segment);
        if (sinceShown.elapsed() > 100) {
            sinceShown.restart();
            publish(std::make_shared<const TimelineData>(data));
        }
    };
    TRY(db::event_chunks::ops(*reader, {.run = run, .first = next},
                              [&](std::int64_t chunk, std::span<const OpEvent> events) {
                                  if (stop.stop_requested() || chunk < 0 || chunk >= noChunk)
                                      return More::Stop;
                                  builder.add(std::uint32_t(chunk), events);
                                  if (builder.chunks() == chunksPerSegment)
                                      finish();
                                  return More::Continue;
                              }));
    if (builder.chunks() > 0)
        finish();
    return {};
}

Result<void> TimelineSource::Reading::loadLive(TimelineData& data, const std::stop_token& stop,
                                               const Publish& publish)
{
    if (!live.empty() && live.back()->chunks < chunksPerSegment)
        live.pop_back();
    data.live = live;
    std::int64_t next = 0;
    double bytes = 0;
    if (!live.empty()) {
        next = std::int64_t(live.back()->lastChunk) + 1;
        bytes = live.back()->liveAfter;
    }
    LiveBytesBuilder builder(bytes);
    auto segment = std::make_shared<LiveSegment>();
    QElapsedTimer sinceShown;
    sinceShown.start();
    auto finish = [&] {
        segment->levels = builder.finish();
        segment->liveAfter = builder.live();
        builder = LiveBytesBuilder(segment->liveAfter);
        if (!segment->levels.empty()) {
            const LevelNode& all = segment->levels.root();
            data.bounds = joined(data.bounds, {all.begin, std::max(all.end, all.begin + 1)});
            live.push_back(segment);
            data.live.push_back(segment);
        }
        segment = std::make_shared<LiveSegment>();
        if (sinceShown.elapsed() > 100) {
            sinceShown.restart();
            publish(std::make_shared<const TimelineData>(data));
        }
    };
    TRY(db::event_chunks::allocs(*reader, {.run = run, .first = next},
                                 [&](std::int64_t chunk, std::span<const AllocEvent> events) {
                                     if (stop.stop_requested() || chunk < 0 || chunk >= noChunk)
                                         return More::Stop;
                                     ++segment->chunks;
                                     segment->lastChunk = std::uint32_t(chunk);
                                     builder.add(std::uint32_t(chunk), events);
                                     if (segment->chunks == chunksPerSegment)
                                         finish();
                                     return More::Continue;
                                 }));
    if (segment->chunks > 0)
        finish();
    return {};
}

Result<void> TimelineSource::Reading::load(const std::stop_token& stop, const Publish& publish)
{
    TRY(open());
    std::stop_callback interrupt(stop, [this] { reader->interrupt(); });
    const auto rows = TRY(db::runs::run(*reader, {run}));
    if (rows.empty())
        return Error{ErrorCode::BadFile, "the trace has no such run", path};
    TimelineData data;
    data.run = run;
    data.opEvents = rows.front().opEvents;
    if (rows.front().lastTs > rows.front().firstTs)
        data.bounds = {rows.front().firstTs, rows.front().lastTs};
    addSteps(TRY(db::steps::run(*reader, {run})), data);
    if (ops.empty())
        publish(std::make_shared<const TimelineData>(data)); // the first picture
    data.live = live;                                        // as it was, until it is read on
    for (db::counter_series::Row& row : TRY(db::counter_series::run(*reader, {run}))) {
        if (row.ts.empty())
            continue;
        auto track = std::make_shared<CounterTrack>();
        track->name = std::move(row.name);
        track->unit = std::move(row.unit);
        track->leftOut = row.leftOut;
        track->levels = levelsOf(row.ts, row.values);
        data.counters.push_back(std::move(track));
    }
    TRY(loadOps(data, stop, publish));
    TRY(loadLive(data, stop, publish));
    if (stop.stop_requested())
        return Error{ErrorCode::Cancelled, "reading was cancelled", path};
    data.complete = true;
    publish(std::make_shared<const TimelineData>(std::move(data)));
    return {};
}

std::shared_ptr<const SpanChunk> TimelineSource::Reading::decode(std::uint32_t chunk)
{
    std::shared_ptr<const SpanChunk> result;
    if (open().ok())
        (void)db::event_chunks::ops(*reader, {.run = run, .first = chunk, .last = chunk},
                                    [&](std::int64_t, std::span<const OpEvent> events) {
                                        result = std::make_shared<const SpanChunk>(events);
                                        return More::Stop;
                                    });
    return result;
}

std::optional<FoundOp> TimelineSource::Reading::find(const TimelineData& data, const LaneKey& lane,
                                                     std::int64_t ts, Direction direction,
                                                     const std::stop_token& stop)
{
    const SpanNode* group = groupAt(data, lane, ts);
    if (group == nullptr && direction == Direction::Next && ts < INT64_MAX)
        for (const auto& segment : data.ops)
            if (auto found = segment->lanes.find(lane);
                found != segment->lanes.end() && !found->second.empty()) {
                group = &found->second.leaves().front();
                break;
            }
    while (group != nullptr && !stop.stop_requested()) {
        const auto chunk = decode(group->chunk);
        if (!chunk)
            return {};
        const SpanEvent* best = nullptr;
        for (const SpanEvent& event : eventsOf(*chunk, lane, *group)) {
            if (direction == Direction::At && event.ts == ts)
                best = &event;
            else if (direction == Direction::Next && event.ts > ts &&
                     (best == nullptr || event.ts < best->ts))
                best = &event;
            else if (direction == Direction::Previous && event.ts < ts &&
                     (best == nullptr || event.ts > best->ts))
                best = &event;
        }
        if (best != nullptr) {
            FoundOp found{lane, *best, -1};
            found.selfNs = selfTimeOf(*reader, data, found);
            return found;
        }
        if (direction == Direction::At)
            return {};
        group =
            direction == Direction::Next ? groupAfter(data, lane, *group) : groupBefore(data, lane, *group);
    }
    return {};
}

TimelineSource::TimelineSource(QObject* parent)
    : QObject(parent)
{}

TimelineSource::~TimelineSource() = default;

void TimelineSource::clear()
{
    ++m_generation;
    for (async::Task* task : {&m_loadTask, &m_detailTask, &m_findTask, &m_glanceTask, &m_locateTask})
        task->cancel();
    m_loading.reset();
    m_detailing.reset();
    m_finding.reset();
    m_glancing.reset();
    m_locating.reset();
    m_path.clear();
    m_run = {};
    m_data.reset();
    emit cleared();
}

void TimelineSource::take(std::shared_ptr<const TimelineData> data, std::uint64_t generation)
{
    if (generation != m_generation)
        return;
    m_data = std::move(data);
    emit dataChanged();
}

void TimelineSource::load(const std::string& path, db::RunId run)
{
    if (path != m_path || run != m_run) {
        clear();
        m_path = path;
        m_run = run;
        for (auto* reading : {&m_loading, &m_detailing, &m_finding, &m_glancing, &m_locating}) {
            *reading = std::make_shared<Reading>();
            (*reading)->path = path;
            (*reading)->run = run;
        }
    }
    m_loadTask.submit(
        [this, reading = m_loading, generation = m_generation](std::stop_token stop) -> Result<void> {
            return reading->load(stop, [this, generation](std::shared_ptr<const TimelineData> data) {
                QMetaObject::invokeMethod(
                    this, [this, data, generation] { take(data, generation); }, Qt::QueuedConnection);
            });
        },
        [this](Result<void> result) {
            if (!result.ok() && result.error().code != ErrorCode::Cancelled)
                emit failed(result.error());
        });
}

void TimelineSource::want(const Wanted& chunks)
{
    if (!m_data)
        return;
    m_detailTask.submit(
        [reading = m_detailing, chunks](std::stop_token stop) {
            Detail detail;
            for (const std::uint32_t chunk : chunks.ops)
                if (!stop.stop_requested())
                    if (auto decoded = reading->decode(chunk))
                        detail.ops[chunk] = std::move(decoded);
            for (const auto& [chunk, before] : chunks.live)
                if (!stop.stop_requested() && reading->open().ok())
                    (void)db::event_chunks::allocs(
                        *reading->reader, {.run = reading->run, .first = chunk, .last = chunk},
                        [&, at = chunk, live = before](std::int64_t, std::span<const AllocEvent> events) {
                            detail.live[at] =
                                std::make_shared<const std::vector<LevelPoint>>(liveBytesOf(events, live));
                            return More::Stop;
                        });
            return detail;
        },
        [this](Detail detail) { emit detailReady(std::move(detail)); });
}

void TimelineSource::find(const LaneKey& lane, std::int64_t ts, Direction direction, Found done)
{
    if (!m_data)
        return;
    m_findTask.submit([reading = m_finding, data = m_data, lane, ts, direction](
                          std::stop_token stop) { return reading->find(*data, lane, ts, direction, stop); },
                      std::move(done));
}

void TimelineSource::glance(const LaneKey& lane, std::int64_t ts, Found done)
{
    if (!m_data)
        return;
    m_glanceTask.submit(
        [reading = m_glancing, data = m_data, lane, ts](std::stop_token stop) {
            return reading->find(*data, lane, ts, Direction::At, stop);
        },
        std::move(done));
}

void TimelineSource::locate(std::vector<std::uint32_t> nodes)
{
    if (!m_data)
        return;
    std::sort(nodes.begin(), nodes.end());
    m_locateTask.submit(
        [reading = m_locating, nodes = std::move(nodes)](std::stop_token stop) {
            auto result = std::make_shared<Occurrences>();
            result->nodes = nodes;
            std::int64_t kept = 0;
            if (!nodes.empty() && reading->open().ok())
                (void)db::event_chunks::ops(
                    *reading->reader, {.run = reading->run},
                    [&](std::int64_t, std::span<const OpEvent> events) {
                        for (const OpEvent& event : events) {
                            if (event.kind != OpKind::Op ||
                                !std::binary_search(nodes.begin(), nodes.end(), event.node))
                                continue;
                            if (++kept > occurrencesMaximum)
                                ++result->leftOut;
                            else
                                result->calls[laneOf(event)].push_back({event.ts, event.ts + event.dur});
                        }
                        return stop.stop_requested() ? More::Stop : More::Continue;
                    });
            for (auto& [lane, calls] : result->calls)
                std::sort(calls.begin(), calls.end(),
                          [](const auto& a, const auto& b) { return a.begin < b.begin; });
            return std::shared_ptr<const Occurrences>(std::move(result));
        },
        [this](std::shared_ptr<const Occurrences> result) { emit occurrencesReady(std::move(result)); });
}

bool TimelineSource::isIdle() const
{
    return !m_loadTask.busy() && !m_detailTask.busy() && !m_findTask.busy() && !m_glanceTask.busy() &&
           !m_locateTask.busy();
}

} // namespace orrery::timeline
