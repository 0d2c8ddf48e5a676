// SPDX-License-Identifier: Apache-2.0
#include "trace_db/queries/arena_boxes.h"

#include <algorithm>

namespace orrery::trace_db::arena_boxes {
namespace {

class Collector {
public:
    explicit Collector(std::size_t limit)
        : m_limit(limit)
    {}

    void take(const AllocEvent& event)
    {
        const auto open = m_open.find(event.buffer);
        if (open != m_open.end()) {
            Row& row = m_answer.boxes[open->second];
            row.end = event.ts;
            row.freedBy = event.node;
            m_inUse.add(row.buffer.kind, -row.buffer.bytes);
            m_open.erase(open);
        }
        if (event.action == AllocAction::Alloc)
            add(liveBuffer(event), event.ts);
    }

    void add(const LiveBuffer& buffer, std::int64_t now)
    {
        if (buffer.offset < 0)
            return;
        m_answer.isCut = m_answer.isCut || m_answer.boxes.size() >= m_limit;
        if (m_answer.isCut)
            return;
        m_open.insert_or_assign(buffer.buffer, m_answer.boxes.size());
        m_answer.boxes.push_back({.buffer = buffer});
        m_answer.topBytes = std::max(m_answer.topBytes, addSaturated(buffer.offset, buffer.bytes));
        m_inUse.add(buffer.kind, buffer.bytes);
        if (m_inUse.total > m_answer.fullest.live.total)
            m_answer.fullest = {now, m_inUse};
    }

    Answer finish()
    {
        std::stable_sort(m_answer.boxes.begin(), m_answer.boxes.end(),
                         [](const Row& a, const Row& b) { return a.buffer.ts < b.buffer.ts; });
        return std::move(m_answer);
    }

private:
    std::size_t m_limit;
    Answer m_answer;
    LiveBytes m_inUse;
    std::unordered_map<std::uint32_t, std::size_t> m_open; // buffer → box
};

} // namespace

Result<Answer> run(const TraceReader& reader, const Params& params)
{
    const AllocIndex& index = *params.index;
    Collector collector(params.limit);
    const std::size_t first = index.chunkAfter(params.range.begin);
    auto live = TRY(liveBefore(reader, index, first));
    std::vector<AllocEvent> events;
    if (first < index.chunks.size())
        events = TRY(readAllocChunk(reader, index, first));
    for (const AllocEvent& event : events)
        if (event.ts <= params.range.begin)
            applyTo(live, event);
    for (const auto& [id, buffer] : live)
        collector.add(buffer, params.range.begin);
    for (std::size_t i = first; i < index.chunks.size() && index.chunks[i].t0 < params.range.end; ++i) {
        if (i != first)
            events = TRY(readAllocChunk(reader, index, i));
        for (const AllocEvent& event : events)
            if (event.ts > params.range.begin && event.ts < params.range.end)
                collector.take(event);
    }
    return collector.finish();
}

} // namespace orrery::trace_db::arena_boxes
