// SPDX-License-Identifier: Apache-2.0
//
// Allocations and the ends of ops are read side by side in the order of time. A free belongs to the call that
// made the buffer when the same node frees it and has not ended a call since; or has ended one, with no other
// op after it: outputs that nobody reads are freed just after their op.
#include "trace_db/queries/allocation_totals.h"

#include "trace_db/chunk_codec.h"
#include "trace_db/queries/query.h"

#include <algorithm>
#include <optional>

namespace orrery::trace_db::allocation_totals {
namespace {

// When each node ended a call last, up to a moment that only moves forward.
class OpEnds {
public:
    static Result<OpEnds> create(const TraceReader& reader, RunId run, TimeRange range)
    {
        Statement chunks = TRY(Statement::prepare(
            reader.connection(),
            "SELECT data FROM main.op_chunks WHERE run_id = ?1 AND t1 >= ?2 AND t0 <= ?3 ORDER BY chunk"));
        chunks.bindAll(run.value, range.begin, range.end);
        return OpEnds(reader, std::move(chunks));
    }

    Result<void> advanceTo(std::int64_t ts)
    {
        for (;;) {
            for (; m_next < m_events.size(); ++m_next) {
                const OpEvent& event = m_events[m_next];
                if (event.ts + event.dur > ts)
                    return {};
                if (event.kind != OpKind::Op)
                    continue;
                Ends& ends = m_ends[event.node];
                ends.before = ends.last;
                ends.last = m_last = event.ts + event.dur;
            }
            if (m_done || !TRY(m_chunks.next())) {
                m_done = true;
                return {};
            }
            m_next = 0;
            if (!decodeChunk(m_chunks.blob(0), m_events))
                m_reader->connection().countLostChunk();
        }
    }

    bool isSameCall(std::uint32_t node, std::int64_t since) const
    {
        const auto found = m_ends.find(node);
        if (found == m_ends.end() || found->second.last < since)
            return true;
        return found->second.before < since && found->second.last == m_last;
    }

private:
    struct Ends {
        std::int64_t last = INT64_MIN, before = INT64_MIN;
    };

    OpEnds(const TraceReader& reader, Statement chunks)
        : m_reader(&reader)
        , m_chunks(std::move(chunks))
    {}

    const TraceReader* m_reader;
    Statement m_chunks;
    std::vector<OpEvent> m_events;
    std::size_t m_next = 0;
    bool m_done = false;
    std::unordered_map<std::uint32_t, Ends> m_ends;
    std::int64_t m_last = INT64_MIN; // of any node
};

class Groups {
public:
    explicit Groups(std::size_t limit)
        : m_limit(limit)
    {}

    void allocate(const AllocEvent& event)
    {
        const std::size_t place = groupOf(event);
        Row& row = m_rows[place];
        ++row.count;
        row.bytes = addSaturated(row.bytes, event.bytes);
        row.largestBytes = std::max(row.largestBytes, event.bytes);
        ++row.heldCount;
        row.heldBytes = addSaturated(row.heldBytes, event.bytes);
        m_open.insert_or_assign(event.buffer, Open{event.ts, event.bytes, event.node, std::uint32_t(place)});
    }

    void release(const AllocEvent& event, const OpEnds& ends)
    {
        const auto found = m_open.find(event.buffer);
        if (found == m_open.end())
            return;
        const Open& open = found->second;
        Row& row = m_rows[open.place];
        ++row.freedCount;
        row.lifetimeNs += double(event.ts) - double(open.ts);
        --row.heldCount;
        row.heldBytes = addSaturated(row.heldBytes, -open.bytes);
        if (open.node != noId && open.node == event.node && ends.isSameCall(open.node, open.ts)) {
            ++row.temporaryCount;
            row.temporaryBytes = addSaturated(row.temporaryBytes, open.bytes);
        }
        m_open.erase(found);
    }

    std::vector<Row> take() { return std::move(m_rows); }

private:
    struct Open {
        std::int64_t ts = 0, bytes = 0;
        std::uint32_t node = noId, place = 0;
    };

    std::size_t groupOf(const AllocEvent& event)
    {
        std::uint32_t node = event.node, value = event.value;
        if (m_rows.size() >= m_limit && !m_places.contains(key(node, value, event.kind)))
            node = value = noId;
        const auto [found, isNew] = m_places.try_emplace(key(node, value, event.kind), m_rows.size());
        if (isNew)
            m_rows.push_back({.node = node, .value = value, .kind = event.kind});
        return found->second;
    }

    struct Key {
        std::uint32_t node, value;
        AllocKind kind;
        friend bool operator==(const Key&, const Key&) = default;
    };
    struct KeyHash {
        std::size_t operator()(const Key& key) const
        {
            const auto ids = std::uint64_t{key.node} << 32 | key.value;
            return std::hash<std::uint64_t>{}(ids * 8 + std::uint64_t(key.kind));
        }
    };
    static Key key(std::uint32_t node, std::uint32_t value, AllocKind kind) { return {node, value, kind}; }

    std::size_t m_limit;
    std::vector<Row> m_rows;
    std::unordered_map<Key, std::size_t, KeyHash> m_places;
    std::unordered_map<std::uint32_t, Open> m_open; // buffers
};

} // namespace

Result<std::vector<Row>> run(const TraceReader& reader, const Params& params)
{
    const AllocIndex& index = *params.index;
    TimeRange range = params.range;
    if (range.empty())
        range = {INT64_MIN, INT64_MAX};
    OpEnds ends = TRY(OpEnds::create(reader, index.run, range));
    Groups groups(params.limit);
    std::size_t i = range.begin == INT64_MIN ? 0 : index.chunkAfter(range.begin - 1);
    for (; i < index.chunks.size() && index.chunks[i].t0 < range.end; ++i)
        for (const AllocEvent& event : TRY(readAllocChunk(reader, index, i))) {
            if (!range.contains(event.ts))
                continue;
            TRY(ends.advanceTo(event.ts));
            if (event.action == AllocAction::Alloc)
                groups.allocate(event);
            else
                groups.release(event, ends);
        }
    std::vector<Row> rows = groups.take();
    for (Row& row : rows) {
        const NodeRow& node = params.graph->node(row.node);
        row.nodeName = node.name;
        row.opType = node.opType;
        row.scope = node.scope;
        row.valueName = params.graph->value(row.value).name;
    }
    std::stable_sort(rows.begin(), rows.end(), [](const Row& a, const Row& b) { return a.bytes > b.bytes; });
    return rows;
}

} // namespace orrery::trace_db::allocation_totals
