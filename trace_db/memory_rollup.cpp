// SPDX-License-Identifier: Apache-2.0
//
// The timeline keeps at most 1,024 stretches of equal length. When time runs past the last one, neighbours
// are joined two by two and the length doubles, so a run of any length costs the same. Of two joined
// stretches the one with more live bytes gives the moment, the later one the end.
#include "trace_db/memory_rollup.h"

#include "trace_db/statement.h"

#include <algorithm>

namespace orrery::trace_db {
namespace {

constexpr std::size_t samplesMaximum = 1024;

// Live bytes of hostile sizes stay at the ends of the range instead of wrapping.
void accumulate(std::int64_t& sum, std::int64_t value)
{
    constexpr std::int64_t limit = std::int64_t{1} << 62;
    std::int64_t result = 0;
    bool overflow = __builtin_add_overflow(sum, value, &result);
    sum = std::clamp(overflow ? (value > 0 ? limit : -limit) : result, -limit, limit);
}

} // namespace

MemoryRollup::MemoryRollup(std::int64_t runId)
    : m_runId(runId)
{}

void MemoryRollup::setGraph(std::int64_t firstNodeId, std::int64_t firstValueId)
{
    m_firstNodeId = firstNodeId;
    m_firstValueId = firstValueId;
}

void MemoryRollup::add(AllocEvent& event)
{
    if (m_count++ == 0)
        m_origin = event.ts;
    Sample& sample = sampleAt(event.ts);
    if (event.action == AllocAction::Alloc) {
        allocate(event);
    } else if (const Live* found = m_buffers.find(event.buffer); found != nullptr) {
        const Live& live = *found;
        event.bytes = live.bytes;
        event.offset = live.offset;
        event.kind = live.kind;
        event.value = live.value;
        if (event.node == noId)
            event.node = live.node;
        release(event.buffer, live);
    }
    if (m_total > sample.total) {
        sample.total = m_total;
        sample.ts = event.ts;
        sample.bytes = m_live;
    }
    sample.end = m_live;
    if (m_total > m_peak) {
        m_peak = m_total;
        m_peakTs = event.ts;
    }
    m_stepPeak = std::max(m_stepPeak, m_total);
}

void MemoryRollup::allocate(const AllocEvent& event)
{
    if (const Live* before = m_buffers.find(event.buffer); before != nullptr)
        release(event.buffer, *before);
    m_buffers[event.buffer] = {event.ts,   stepAt(event.ts), event.bytes, event.offset,
                               event.node, event.value,      event.kind};
    m_added.push_back(event.buffer);
    accumulate(m_total, event.bytes);
    accumulate(m_live[static_cast<std::size_t>(event.kind)], event.bytes);
    m_kindsSeen |= 1u << static_cast<unsigned>(event.kind);
    if (event.node == noId)
        return;
    NodeBytes& node = m_nodes[event.node];
    accumulate(node.live, event.bytes);
    if (node.live > node.peak) {
        node.peak = node.live;
        if (!node.newPeak)
            m_newPeaks.push_back(event.node);
        node.newPeak = true;
    }
}

void MemoryRollup::release(std::uint32_t buffer, const Live& live)
{
    accumulate(m_total, -live.bytes);
    accumulate(m_live[static_cast<std::size_t>(live.kind)], -live.bytes);
    if (live.node != noId)
        accumulate(m_nodes[live.node].live, -live.bytes);
    if (live.stored)
        m_removed.push_back(buffer);
    m_buffers.erase(buffer);
}

MemoryRollup::Sample& MemoryRollup::sampleAt(std::int64_t ts)
{
    auto since = ts > m_origin ? static_cast<std::uint64_t>(ts) - static_cast<std::uint64_t>(m_origin) : 0;
    while ((since >> m_shift) >= samplesMaximum)
        halveSamples();
    auto index = static_cast<std::size_t>(since >> m_shift);
    if (index >= m_samples.size())
        m_samples.resize(index + 1);
    m_firstChanged = std::min(m_firstChanged, index);
    Sample& sample = m_samples[index];
    if (sample.total < 0) {
        sample.ts = ts;
        sample.total = m_total; // still live from before
        sample.bytes = m_live;
    }
    return sample;
}

void MemoryRollup::halveSamples()
{
    for (std::size_t i = 0; i < m_samples.size(); i += 2) {
        Sample joined = m_samples[i];
        if (i + 1 < m_samples.size() && m_samples[i + 1].total >= 0) {
            const Sample& later = m_samples[i + 1];
            if (later.total > joined.total) {
                joined.ts = later.ts;
                joined.total = later.total;
                joined.bytes = later.bytes;
            }
            joined.end = later.end;
        }
        m_samples[i / 2] = joined;
    }
    m_samples.resize((m_samples.size() + 1) / 2);
    ++m_shift;
    m_firstChanged = 0;
}

std::int64_t MemoryRollup::endStep(std::int64_t end)
{
    m_stepEnds.push_back(end);
    return std::exchange(m_stepPeak, m_total);
}

std::int64_t MemoryRollup::stepAt(std::int64_t ts) const
{
    if (m_stepEnds.empty() || ts >= m_stepEnds.back())
        return static_cast<std::int64_t>(m_stepEnds.size());
    return std::upper_bound(m_stepEnds.begin(), m_stepEnds.end(), ts) - m_stepEnds.begin();
}

std::vector<std::pair<std::uint32_t, std::int64_t>> MemoryRollup::takeNodePeaks()
{
    std::vector<std::pair<std::uint32_t, std::int64_t>> peaks;
    for (std::uint32_t node : m_newPeaks) {
        NodeBytes& bytes = m_nodes[node];
        peaks.emplace_back(node, bytes.peak);
        bytes.newPeak = false;
    }
    m_newPeaks.clear();
    return peaks;
}

Result<void> MemoryRollup::write(const Connection& connection)
{
    TRY(writeSamples(connection));
    return writeLive(connection);
}

Result<void> MemoryRollup::writeSamples(const Connection& connection) const
{
    if (m_firstChanged >= m_samples.size())
        return {};
    Statement clear =
        TRY(Statement::prepare(connection, "DELETE FROM memory_samples WHERE run_id = ?1 AND bucket >= ?2"));
    clear.bindAll(m_runId, m_firstChanged);
    TRY(clear.run());
    Statement insert =
        TRY(Statement::prepare(connection, "INSERT INTO memory_samples VALUES (?1,?2,?3,?4,?5,?6)"));
    for (std::size_t i = m_firstChanged; i < m_samples.size(); ++i) {
        const Sample& sample = m_samples[i];
        for (std::size_t kind = 0; kind < allocKindCount && sample.total >= 0; ++kind) {
            if ((m_kindsSeen & (1u << kind)) == 0)
                continue;
            insert.bindAll(m_runId, i, name(static_cast<AllocKind>(kind)), sample.ts, sample.bytes[kind],
                           sample.end[kind]);
            TRY(insert.run());
        }
    }
    return {};
}

Result<void> MemoryRollup::writeLive(const Connection& connection)
{
    Statement remove =
        TRY(Statement::prepare(connection, "DELETE FROM live_allocations WHERE run_id = ?1 AND buffer = ?2"));
    for (std::uint32_t buffer : m_removed) {
        remove.bindAll(m_runId, buffer);
        TRY(remove.run());
    }
    Statement insert = TRY(Statement::prepare(
        connection, "INSERT OR REPLACE INTO live_allocations VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9)"));
    for (std::uint32_t buffer : m_added) {
        const Live* found = m_buffers.find(buffer);
        if (found == nullptr)
            continue;
        const Live& live = *found;
        insert.bindAll(m_runId, buffer, live.ts, live.step, name(live.kind), live.bytes);
        insert.bindOrNull(7, live.offset, live.offset >= 0);
        insert.bindOrNull(8, m_firstNodeId + live.node, live.node != noId);
        insert.bindOrNull(9, m_firstValueId + live.value, live.value != noId);
        TRY(insert.run());
    }
    return {};
}

void MemoryRollup::committed()
{
    for (std::uint32_t buffer : m_added)
        if (Live* live = m_buffers.find(buffer); live != nullptr)
            live->stored = true;
    m_added.clear();
    m_removed.clear();
    m_firstChanged = m_samples.size();
}

} // namespace orrery::trace_db
