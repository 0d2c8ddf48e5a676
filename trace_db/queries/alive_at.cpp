// SPDX-License-Identifier: Apache-2.0
//
// Three steps: the live buffers at the moment (from the index), their frees (looking ahead over allocations),
// their next readers (looking ahead over op events). A reader counts only while its value is still alive:
// after that, the same node reads the value of the next step.
//
// Values can share a buffer: an op that writes in place takes over the bytes of its input, and no event says
// so. It is derived: where a value's readers are done and its buffer lives on, the buffer now holds an output
// of a reader that has no buffer of its own.
#include "trace_db/queries/alive_at.h"

#include "trace_db/chunk_codec.h"
#include "trace_db/queries/query.h"

#include <algorithm>
#include <unordered_set>

namespace orrery::trace_db::alive_at {
namespace {

constexpr std::size_t chunksAhead = 48;
constexpr std::size_t inPlaceDepth = 16; // of outputs that lie in the place of one another

using RowOf = std::unordered_map<std::uint32_t, std::size_t>; // buffer → row

// Fills in when the rows' buffers are freed; returns the horizon.
Result<std::int64_t> findFrees(const TraceReader& reader, const Params& params, RowOf waiting,
                               std::vector<Row>& rows)
{
    const AllocIndex& index = *params.index;
    std::size_t chunk = index.chunkAfter(params.ts);
    const std::size_t last = std::min(index.chunks.size(), chunk + chunksAhead);
    for (; chunk < last && !waiting.empty(); ++chunk)
        for (const AllocEvent& event : TRY(readAllocChunk(reader, index, chunk))) {
            if (event.ts <= params.ts || event.action != AllocAction::Free)
                continue;
            const auto found = waiting.find(event.buffer);
            if (found == waiting.end())
                continue;
            Row& row = rows[found->second];
            row.isFreed = true;
            row.freedTs = event.ts;
            row.freedBy = event.node;
            waiting.erase(found);
        }
    return chunk < index.chunks.size() ? index.chunks[chunk].t0 : INT64_MAX;
}

// The op events from a moment on, by node; each node's first ones only.
class ReadersAhead {
public:
    struct Call {
        std::int64_t ts = 0, end = 0;
    };

    bool want(std::uint32_t node) { return m_calls.try_emplace(node).second; } // true when it is new

    Result<void> read(const TraceReader& reader, RunId run, std::int64_t ts)
    {
        Statement chunks = TRY(Statement::prepare(
            reader.connection(),
            "SELECT data FROM main.op_chunks WHERE run_id = ?1 AND t1 >= ?2 ORDER BY chunk LIMIT ?3"));
        chunks.bindAll(run.value, ts, chunksAhead);
        std::vector<OpEvent> events;
        std::size_t missing = m_calls.size();
        while (missing > 0 && TRY(chunks.next())) {
            if (!decodeChunk(chunks.blob(0), events)) {
                reader.connection().countLostChunk();
                continue;
            }
            for (const OpEvent& event : events) {
                if (event.kind != OpKind::Op || event.ts + event.dur <= ts)
                    continue;
                const auto found = m_calls.find(event.node);
                if (found == m_calls.end())
                    continue;
                missing -= found->second.empty() ? 1 : 0;
                if (found->second.size() < 2)
                    found->second.push_back({event.ts, event.ts + event.dur});
            }
        }
        return {};
    }

    const Call* first(std::uint32_t node) const
    {
        const auto found = m_calls.find(node);
        if (found == m_calls.end() || found->second.empty())
            return nullptr;
        return &*std::min_element(found->second.begin(), found->second.end(),
                                  [](const Call& a, const Call& b) { return a.ts < b.ts; });
    }

private:
    std::unordered_map<std::uint32_t, std::vector<Call>> m_calls;
};

class Reasons {
public:
    Reasons(const Params& params, const std::vector<Row>& rows)
        : m_graph(*params.graph)
        , m_ts(params.ts)
    {
        for (const Row& row : rows)
            m_ownBuffer.insert(row.buffer.value);
        for (const Row& row : rows) {
            wantReaders(row.buffer.value, row.buffer.kind == AllocKind::Weight ? inPlaceDepth : 0);
            if (row.buffer.node != noId)
                m_ahead.want(row.buffer.node);
        }
    }

    Result<void> read(const TraceReader& reader, RunId run) { return m_ahead.read(reader, run, m_ts); }

    void explain(Row& row) const
    {
        const ValueRow& value = m_graph.value(row.buffer.value);
        if (row.buffer.kind == AllocKind::Workspace) {
            row.reason = Reason::Scratch;
            return;
        }
        if (explainByReader(row, row.buffer.value))
            return;
        if (value.kind == "output" || row.buffer.kind == AllocKind::Output) {
            row.reason = Reason::Output;
            return;
        }
        std::unordered_set<std::uint32_t> seen;
        if (row.buffer.kind != AllocKind::Weight && explainInPlace(row, row.buffer.value, seen))
            return;
        const auto* maker = row.buffer.node == noId ? nullptr : m_ahead.first(row.buffer.node);
        const std::uint32_t around = m_graph.node(value.producer).parent;
        if (row.buffer.kind == AllocKind::Weight || row.buffer.kind == AllocKind::PackedWeight)
            row.reason = Reason::Weight;
        else if (maker != nullptr && maker->ts <= m_ts)
            row.reason = Reason::BeingMade;
        else if (value.producer != noId && around != noId) {
            row.reason = Reason::Carried;
            setReader(row, around, 0);
        }
    }

private:
    void wantReaders(std::uint32_t value, std::size_t depth)
    {
        for (std::uint32_t reader : m_graph.readers(value)) {
            const bool isNew = m_ahead.want(reader);
            if (depth < inPlaceDepth && (isNew || depth == 0))
                for (std::uint32_t output : m_graph.outputs(reader))
                    if (!m_ownBuffer.contains(output))
                        wantReaders(output, depth + 1);
        }
    }

    void setReader(Row& row, std::uint32_t reader, std::int64_t ts) const
    {
        row.reader = reader;
        row.readerName = m_graph.node(reader).name;
        row.readTs = ts;
    }

    bool explainByReader(Row& row, std::uint32_t value) const
    {
        const ReadersAhead::Call* next = nullptr;
        for (std::uint32_t reader : m_graph.readers(value)) {
            const ReadersAhead::Call* call = m_ahead.first(reader);
            if (call == nullptr || (row.isFreed && call->ts >= row.freedTs) || (next && next->ts <= call->ts))
                continue;
            next = call;
            setReader(row, reader, call->ts);
        }
        if (next != nullptr)
            row.reason = next->ts <= m_ts ? Reason::BeingRead : Reason::ReadLater;
        return next != nullptr;
    }

    bool explainInPlace(Row& row, std::uint32_t value, std::unordered_set<std::uint32_t>& seen) const
    {
        if (seen.size() >= inPlaceDepth || !seen.insert(value).second)
            return false;
        for (std::uint32_t reader : m_graph.readers(value))
            for (std::uint32_t output : m_graph.outputs(reader)) {
                if (m_ownBuffer.contains(output))
                    continue;
                const bool isOutput = m_graph.value(output).kind == "output";
                if (explainByReader(row, output) || isOutput) {
                    row.reason = isOutput && row.reader == noId ? Reason::Output : Reason::InPlace;
                    row.heldFor = m_graph.value(output).name;
                    return true;
                }
                if (explainInPlace(row, output, seen))
                    return true;
            }
        return false;
    }

    const GraphFacts& m_graph;
    std::int64_t m_ts;
    std::unordered_set<std::uint32_t> m_ownBuffer; // values
    ReadersAhead m_ahead;
};

} // namespace

Result<Answer> run(const TraceReader& reader, const Params& params)
{
    const AllocIndex& index = *params.index;
    Answer answer;
    const std::size_t chunk = index.chunkAfter(params.ts);
    auto live = TRY(liveBefore(reader, index, chunk));
    if (chunk < index.chunks.size() && index.chunks[chunk].t0 <= params.ts)
        for (const AllocEvent& event : TRY(readAllocChunk(reader, index, chunk))) {
            if (event.ts <= params.ts)
                applyTo(live, event);
        }
    for (const auto& [id, buffer] : live) {
        Row row;
        row.buffer = buffer;
        row.value = params.graph->value(buffer.value).name;
        row.node = params.graph->node(buffer.node).name;
        row.opType = params.graph->node(buffer.node).opType;
        answer.live.add(buffer.kind, buffer.bytes);
        answer.rows.push_back(std::move(row));
    }
    std::sort(answer.rows.begin(), answer.rows.end(), [](const Row& a, const Row& b) {
        return a.buffer.bytes != b.buffer.bytes ? a.buffer.bytes > b.buffer.bytes
                                                : a.buffer.buffer < b.buffer.buffer;
    });
    RowOf waiting;
    for (std::size_t i = 0; i < answer.rows.size(); ++i)
        if (!std::binary_search(index.neverFreed.begin(), index.neverFreed.end(),
                                answer.rows[i].buffer.buffer))
            waiting.emplace(answer.rows[i].buffer.buffer, i);
    answer.horizon = TRY(findFrees(reader, params, std::move(waiting), answer.rows));
    Reasons reasons(params, answer.rows);
    TRY(reasons.read(reader, index.run));
    for (Row& row : answer.rows)
        reasons.explain(row);
    return answer;
}

} // namespace orrery::trace_db::alive_at
