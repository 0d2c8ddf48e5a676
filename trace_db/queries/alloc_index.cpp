// SPDX-License-Identifier: Apache-2.0
#include "trace_db/queries/alloc_index.h"

#include "trace_db/chunk_codec.h"
#include "trace_db/queries/query.h"
#include "trace_db/queries/steps.h"

#include <algorithm>

namespace orrery::trace_db {
namespace {

constexpr std::size_t checkpointBuffersMaximum = (std::size_t{32} << 20) / sizeof(LiveBuffer);

class Builder {
public:
    explicit Builder(AllocIndex index)
        : m_index(std::move(index))
    {}

    Result<void> readSteps(const TraceReader& reader)
    {
        std::vector<StepMemory> steps;
        for (const steps::Row& row : TRY(steps::run(reader, {m_index.run}))) {
            StepMemory step;
            step.step = row.step.index;
            step.kind = row.step.kind;
            step.begin = row.step.ts;
            step.end =
                row.step.ts + std::min(row.step.dur, INT64_MAX - std::max<std::int64_t>(row.step.ts, 0));
            step.peakBytes = std::max<std::int64_t>(row.step.peakBytes, 0);
            step.liveBytes = std::max<std::int64_t>(row.liveBytes, 0);
            steps.push_back(step);
        }
        std::stable_sort(steps.begin(), steps.end(),
                         [](const StepMemory& a, const StepMemory& b) { return a.begin < b.begin; });
        m_index.steps = std::move(steps);
        return {};
    }

    Result<void> readChunks(const TraceReader& reader)
    {
        Statement rows = TRY(
            Statement::prepare(reader.connection(),
                               "SELECT chunk, data FROM main.alloc_chunks WHERE run_id = ?1 ORDER BY chunk"));
        rows.bindAll(m_index.run.value);
        std::vector<AllocEvent> events;
        while (TRY(rows.next())) {
            if (!decodeChunk(rows.blob(1), events)) {
                reader.connection().countLostChunk();
                continue;
            }
            if (!events.empty())
                add(rows.integer(0), events);
        }
        return {};
    }

    AllocIndex take()
    {
        m_index.atEnd = m_live;
        for (const auto& [id, buffer] : m_buffers)
            m_index.neverFreed.push_back(id);
        std::sort(m_index.neverFreed.begin(), m_index.neverFreed.end());
        return std::move(m_index);
    }

private:
    void add(std::int64_t chunk, const std::vector<AllocEvent>& events)
    {
        keepCheckpoint(m_index.chunks.size());
        AllocChunkInfo info;
        info.chunk = chunk;
        info.events = std::int64_t(events.size());
        info.t0 = INT64_MAX;
        info.t1 = INT64_MIN;
        info.before = m_live;
        info.highest = {events.front().ts, m_live};
        info.lowestTotal = m_live.total;
        for (const AllocEvent& event : events) {
            info.t0 = std::min(info.t0, event.ts);
            info.t1 = std::max(info.t1, event.ts);
            take(event);
            if (m_live.total > info.highest.live.total)
                info.highest = {event.ts, m_live};
            info.lowestTotal = std::min(info.lowestTotal, m_live.total);
        }
        if (m_index.chunks.empty() || info.highest.live.total > m_index.peak.live.total)
            m_index.peak = info.highest;
        m_index.lastTs = m_index.chunks.empty() ? info.t1 : std::max(m_index.lastTs, info.t1);
        m_index.chunks.push_back(info);
    }

    void take(const AllocEvent& event)
    {
        const bool isAlloc = event.action == AllocAction::Alloc;
        if (auto before = m_buffers.find(event.buffer); before != m_buffers.end()) {
            forget(before->second);
            m_buffers.erase(before);
        } else if (!isAlloc) {
            return; // what was never seen to be allocated is not given back
        }
        if (isAlloc) {
            const LiveBuffer buffer = liveBuffer(event);
            m_buffers.emplace(event.buffer, buffer);
            m_live.add(buffer.kind, buffer.bytes);
            if (buffer.offset >= 0) {
                m_index.arenaTopBytes =
                    std::max(m_index.arenaTopBytes, addSaturated(buffer.offset, buffer.bytes));
                m_inArena.add(buffer.kind, buffer.bytes);
                if (m_inArena.total > m_index.arenaPeak.live.total)
                    m_index.arenaPeak = {event.ts, m_inArena};
            }
        }
        while (m_step < m_index.steps.size() && m_index.steps[m_step].begin <= event.ts)
            ++m_step;
        if (m_step == 0)
            return;
        StepMemory& step = m_index.steps[m_step - 1];
        (isAlloc ? step.allocations : step.frees) += 1;
        std::int64_t& sum = isAlloc ? step.allocatedBytes : step.freedBytes;
        sum = addSaturated(sum, event.bytes);
    }

    void forget(const LiveBuffer& buffer)
    {
        m_live.add(buffer.kind, -buffer.bytes);
        if (buffer.offset >= 0)
            m_inArena.add(buffer.kind, -buffer.bytes);
    }

    void keepCheckpoint(std::size_t chunk)
    {
        if (chunk % m_checkpointEvery != 0)
            return;
        auto buffers = std::make_shared<std::vector<LiveBuffer>>();
        buffers->reserve(m_buffers.size());
        for (const auto& [id, buffer] : m_buffers)
            buffers->push_back(buffer);
        m_checkpointBuffers += buffers->size();
        m_index.checkpoints[chunk] = std::move(buffers);
        while (m_checkpointBuffers > checkpointBuffersMaximum && m_index.checkpoints.size() > 2) {
            m_checkpointEvery *= 2;
            std::erase_if(m_index.checkpoints, [&](const auto& entry) {
                if (entry.first % m_checkpointEvery == 0)
                    return false;
                m_checkpointBuffers -= entry.second->size();
                return true;
            });
        }
    }

    AllocIndex m_index;
    LiveBytes m_live, m_inArena;
    LiveBuffers m_buffers;
    std::size_t m_step = 0; // steps begun so far
    std::size_t m_checkpointEvery = 8, m_checkpointBuffers = 0;
};

} // namespace

LiveBuffer liveBuffer(const AllocEvent& event)
{
    return {event.ts, event.bytes, event.offset, event.buffer, event.value, event.node, event.kind};
}

std::size_t AllocIndex::chunkAfter(std::int64_t ts) const
{
    const auto at = std::partition_point(chunks.begin(), chunks.end(),
                                         [&](const AllocChunkInfo& chunk) { return chunk.t1 <= ts; });
    return std::size_t(at - chunks.begin());
}

const StepMemory* AllocIndex::stepAt(std::int64_t ts) const
{
    const auto after =
        std::partition_point(steps.begin(), steps.end(), [&](const StepMemory& s) { return s.begin <= ts; });
    return after == steps.begin() ? nullptr : &*std::prev(after);
}

void applyTo(LiveBuffers& live, const AllocEvent& event)
{
    if (event.action == AllocAction::Alloc)
        live.insert_or_assign(event.buffer, liveBuffer(event));
    else
        live.erase(event.buffer);
}

namespace alloc_index {

Result<Row> run(const TraceReader& reader, const Params& params)
{
    AllocIndex empty;
    empty.run = params.run;
    Builder builder(std::move(empty));
    TRY(builder.readSteps(reader));
    TRY(builder.readChunks(reader));
    return std::make_shared<const AllocIndex>(builder.take());
}

} // namespace alloc_index

Result<std::vector<AllocEvent>> readAllocChunk(const TraceReader& reader, const AllocIndex& index,
                                               std::size_t chunk)
{
    Statement row = TRY(Statement::prepare(
        reader.connection(), "SELECT data FROM main.alloc_chunks WHERE run_id = ?1 AND chunk = ?2"));
    row.bindAll(index.run.value, index.chunks[chunk].chunk);
    std::vector<AllocEvent> events;
    if (TRY(row.next()) && !decodeChunk(row.blob(0), events))
        reader.connection().countLostChunk();
    return events;
}

Result<LiveBuffers> liveBefore(const TraceReader& reader, const AllocIndex& index, std::size_t chunk)
{
    LiveBuffers live;
    auto checkpoint = index.checkpoints.upper_bound(chunk);
    if (checkpoint == index.checkpoints.begin())
        return live;
    --checkpoint;
    for (const LiveBuffer& buffer : *checkpoint->second)
        live.emplace(buffer.buffer, buffer);
    for (std::size_t i = checkpoint->first; i < chunk; ++i)
        for (const AllocEvent& event : TRY(readAllocChunk(reader, index, i)))
            applyTo(live, event);
    return live;
}

} // namespace orrery::trace_db
