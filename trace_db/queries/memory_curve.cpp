// SPDX-License-Identifier: Apache-2.0
#include "trace_db/queries/memory_curve.h"

#include <cmath>

namespace orrery::trace_db::memory_curve {
namespace {

// Fills columns from left to right. Time that runs backwards counts in the column that is being filled.
class Columns {
public:
    Columns(TimeRange range, std::size_t count, const LiveBytes& before)
        : m_range(range)
        , m_columnNs(range.lengthNs() / double(count))
        , m_live(before)
        , m_rows(count)
    {
        open();
    }

    double columnNs() const { return m_columnNs; }

    void set(std::int64_t ts, const LiveBytes& live)
    {
        advanceTo(ts);
        m_live = live;
        if (live.total > m_rows[m_column].highest.live.total)
            m_rows[m_column].highest = {ts, live};
        setLowest(ts, live.total);
    }
    void apply(const AllocEvent& event)
    {
        LiveBytes live = m_live;
        live.apply(event);
        set(event.ts, live);
    }
    void setLowest(std::int64_t ts, std::int64_t total)
    {
        advanceTo(ts);
        m_rows[m_column].lowestTotal = std::min(m_rows[m_column].lowestTotal, total);
    }

    std::vector<Row> finish()
    {
        while (m_column + 1 < m_rows.size())
            next();
        m_rows[m_column].atEnd = m_live;
        return std::move(m_rows);
    }

private:
    void advanceTo(std::int64_t ts)
    {
        const double since = double(ts) - double(m_range.begin);
        const auto last = double(m_rows.size() - 1);
        const auto column = std::size_t(std::clamp(std::floor(since / m_columnNs), 0.0, last));
        while (m_column < column)
            next();
    }
    void next()
    {
        m_rows[m_column].atEnd = m_live;
        ++m_column;
        open();
    }
    void open()
    {
        const auto begin = m_range.begin + std::int64_t(double(m_column) * m_columnNs);
        m_rows[m_column] = {{begin, m_live}, m_live.total, m_live};
    }

    TimeRange m_range;
    double m_columnNs;
    LiveBytes m_live;
    std::vector<Row> m_rows;
    std::size_t m_column = 0;
};

} // namespace

Result<std::vector<Row>> run(const TraceReader& reader, const Params& params)
{
    const AllocIndex& index = *params.index;
    const TimeRange range = params.range;
    if (index.chunks.empty() || range.empty() || params.columns == 0)
        return std::vector<Row>();
    const std::size_t first = index.chunkAfter(range.begin);
    LiveBytes before = first < index.chunks.size() ? index.chunks[first].before : index.atEnd;
    std::vector<AllocEvent> firstEvents;
    if (first < index.chunks.size() && index.chunks[first].t0 <= range.begin) {
        firstEvents = TRY(readAllocChunk(reader, index, first));
        for (const AllocEvent& event : firstEvents)
            if (event.ts <= range.begin)
                before.apply(event);
    }
    Columns columns(range, params.columns, before);
    for (std::size_t i = first; i < index.chunks.size() && index.chunks[i].t0 < range.end; ++i) {
        const AllocChunkInfo& chunk = index.chunks[i];
        const bool inside = chunk.t0 > range.begin && chunk.t1 < range.end;
        if (inside && double(chunk.t1 - chunk.t0) < columns.columnNs()) {
            columns.setLowest(chunk.t0, chunk.lowestTotal);
            columns.set(chunk.highest.ts, chunk.highest.live);
            columns.set(chunk.t1, i + 1 < index.chunks.size() ? index.chunks[i + 1].before : index.atEnd);
            continue;
        }
        if (i != first || firstEvents.empty())
            firstEvents = TRY(readAllocChunk(reader, index, i));
        for (const AllocEvent& event : firstEvents)
            if (event.ts > range.begin && event.ts < range.end)
                columns.apply(event);
    }
    return columns.finish();
}

} // namespace orrery::trace_db::memory_curve
