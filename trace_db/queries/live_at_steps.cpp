// SPDX-License-Identifier: Apache-2.0
#include "trace_db/queries/live_at_steps.h"

#include "trace_db/chunk_codec.h"
#include "trace_db/queries/query.h"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>
#include <unordered_map>

namespace orrery::trace_db::live_at_steps {
namespace {

struct Buffer {
    std::size_t row = 0;
    std::int64_t bytes = 0;
};

// What is live while the events go by.
class Account {
public:
    explicit Account(std::vector<std::int64_t> stepEnds)
        : m_stepEnds(std::move(stepEnds))
    {}

    void take(const AllocEvent& event, std::int64_t firstNodeId, std::int64_t firstValueId)
    {
        while (m_step < m_stepEnds.size() && event.ts > m_stepEnds[m_step])
            endStep();
        auto found = m_buffers.find(event.buffer);
        if (found != m_buffers.end()) { // freed, or its number is used anew
            add(found->second.row, -found->second.bytes);
            m_buffers.erase(found);
        }
        if (event.action == AllocAction::Free || event.bytes < 0)
            return;
        std::int64_t node = event.node == noId ? -1 : firstNodeId + event.node;
        std::int64_t value = event.value == noId ? -1 : firstValueId + event.value;
        auto [at, isNew] = m_rowOf.try_emplace({node, value, event.kind}, m_rows.size());
        if (isNew) {
            m_rows.push_back({.nodeId = node, .valueId = value, .kind = event.kind});
            m_live.push_back(0);
        }
        m_buffers[event.buffer] = {at->second, event.bytes};
        add(at->second, event.bytes);
    }

    std::vector<Row> finish()
    {
        while (m_step < m_stepEnds.size())
            endStep();
        std::vector<Row> result = {};
        for (std::size_t i = 0; i < m_rows.size(); ++i) {
            m_rows[i].closedBytes = m_live[i];
            if (!m_rows[i].samples.empty())
                result.push_back(std::move(m_rows[i]));
        }
        return result;
    }

private:
    void add(std::size_t row, std::int64_t bytes)
    {
        if (__builtin_add_overflow(m_live[row], bytes, &m_live[row]))
            m_live[row] = INT64_MAX;
        m_changed.insert(row);
    }

    void endStep()
    {
        for (std::size_t row : m_changed) {
            auto& samples = m_rows[row].samples;
            std::int64_t before = samples.empty() ? 0 : samples.back().liveBytes;
            if (m_live[row] != before)
                samples.push_back({static_cast<std::uint32_t>(m_step), m_live[row]});
        }
        m_changed.clear();
        ++m_step;
    }

    std::vector<std::int64_t> m_stepEnds;
    std::size_t m_step = 0;
    std::map<std::tuple<std::int64_t, std::int64_t, AllocKind>, std::size_t> m_rowOf;
    std::vector<Row> m_rows;
    std::vector<std::int64_t> m_live; // by row
    std::set<std::size_t> m_changed;  // rows, since the last step's end
    std::unordered_map<std::uint32_t, Buffer> m_buffers;
};

} // namespace

Result<std::vector<Row>> run(const TraceReader& reader, const Params& params)
{
    auto endOf = [](const Statement& at) { return at.integer(0); };
    Account account(TRY(rowsOf<std::int64_t>(
        reader, "SELECT ts + dur FROM main.steps WHERE run_id = ?1 ORDER BY step", endOf, params.run.value)));
    Statement chunks = TRY(Statement::prepare(
        reader.connection(), "SELECT data, first_node_id, first_value_id FROM main.alloc_chunks "
                             "WHERE run_id = ?1 ORDER BY chunk"));
    chunks.bindAll(params.run.value);
    std::vector<AllocEvent> events = {};
    while (TRY(chunks.next())) {
        if (!decodeChunk(chunks.blob(0), events)) {
            reader.connection().countLostChunk();
            continue;
        }
        // A file may claim any number; no sum with an id of 32 bits may overflow.
        constexpr std::int64_t mostIds = std::int64_t{1} << 62;
        std::int64_t firstNodeId = std::clamp<std::int64_t>(chunks.integer(1), 0, mostIds);
        std::int64_t firstValueId = std::clamp<std::int64_t>(chunks.integer(2), 0, mostIds);
        for (const AllocEvent& event : events)
            account.take(event, firstNodeId, firstValueId);
    }
    std::vector<Row> rows = account.finish();
    Statement value = TRY(
        Statement::prepare(reader.connection(), "SELECT name FROM main.graph_values WHERE value_id = ?1"));
    for (Row& row : rows) {
        value.bindAll(row.valueId);
        if (row.valueId >= 0 && TRY(value.next()))
            row.value = value.text(0);
        value.reset();
    }
    return rows;
}

} // namespace orrery::trace_db::live_at_steps
