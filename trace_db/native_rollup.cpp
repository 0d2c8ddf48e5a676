// SPDX-License-Identifier: Apache-2.0
#include "trace_db/native_rollup.h"

#include "trace_db/statement.h"

#include <algorithm>

namespace orrery::trace_db {

void NativeRollup::add(const NativeUse& use)
{
    Stats& stats = m_stats[use.node];
    ++stats.calls;
    stats.sum.allocations += use.allocations;
    stats.sum.allocatedBytes += use.allocatedBytes;
    stats.sum.frees += use.frees;
    stats.sum.freedBytes += use.freedBytes;
    stats.sum.peakBytes = std::max(stats.sum.peakBytes, use.peakBytes);
    m_changedStats.insert(use.node);
}

void NativeRollup::addStack(std::int64_t stack, std::vector<NativeFrame> frames)
{
    m_stacks.emplace_back(stack, std::move(frames));
}

void NativeRollup::addStepInputs(std::uint32_t step, std::string shapes)
{
    m_stepInputs.emplace_back(step, std::move(shapes));
}

bool NativeRollup::changed() const
{
    return !m_sites.empty() || !m_samples.empty() || !m_changedStats.empty() || !m_stacks.empty() ||
           !m_stepInputs.empty();
}

Result<void> NativeRollup::restore(const Connection& connection)
{
    Statement select = TRY(Statement::prepare(
        connection,
        "SELECT node_id, calls, allocations, allocated_bytes, frees, freed_bytes, peak_bytes FROM "
        "native_stats WHERE run_id = ?1"));
    select.bindAll(m_runId);
    while (TRY(select.next())) {
        std::int64_t local = select.integer(0) - m_firstNodeId;
        if (local < 0 || local >= noId)
            continue;
        auto node = static_cast<std::uint32_t>(local);
        m_stats[node] = {select.integer(1),
                         {node, select.integer(2), select.integer(3), select.integer(4), select.integer(5),
                          select.integer(6)}};
    }
    return {};
}

Result<void> NativeRollup::writeSites(const Connection& connection) const
{
    Statement site = TRY(Statement::prepare(
        connection, "INSERT OR REPLACE INTO native_sites VALUES (?1,?2,?3,?4,?5,?6,?7,NULL,NULL)"));
    for (const NativeSite& entry : m_sites) {
        site.bindAll(m_runId, entry.site, name(entry.kind), name(entry.share));
        site.bindOrNull(5, m_firstNodeId + entry.node, entry.node != noId);
        site.bindOrNull(6, entry.stack, entry.stack >= 0);
        site.bind(7, entry.firstStep);
        TRY(site.run());
    }
    Statement sample =
        TRY(Statement::prepare(connection, "INSERT OR REPLACE INTO native_samples VALUES (?1,?2,?3,?4,?5)"));
    Statement closed = TRY(Statement::prepare(
        connection,
        "UPDATE native_sites SET closed_bytes = ?3, closed_blocks = ?4 WHERE run_id = ?1 AND site = ?2"));
    for (const NativeSample& entry : m_samples) {
        if (entry.step == noId) {
            closed.bindAll(m_runId, entry.site, entry.liveBytes, entry.liveBlocks);
            TRY(closed.run());
        } else {
            sample.bindAll(m_runId, entry.site, entry.step, entry.liveBytes, entry.liveBlocks);
            TRY(sample.run());
        }
    }
    return {};
}

Result<void> NativeRollup::writeStats(const Connection& connection) const
{
    Statement stats = TRY(Statement::prepare(
        connection, "INSERT OR REPLACE INTO native_stats VALUES (?1,?2,?3,?4,?5,?6,?7,?8)"));
    for (std::uint32_t node : m_changedStats) {
        const Stats& entry = m_stats.at(node);
        stats.bindAll(m_runId, m_firstNodeId + node, entry.calls, entry.sum.allocations,
                      entry.sum.allocatedBytes, entry.sum.frees, entry.sum.freedBytes, entry.sum.peakBytes);
        TRY(stats.run());
    }
    return {};
}

Result<void> NativeRollup::write(const Connection& connection)
{
    TRY(writeSites(connection));
    TRY(writeStats(connection));
    Statement frame = TRY(Statement::prepare(
        connection, "INSERT OR REPLACE INTO native_frames VALUES (?1,?2,?3,?4,?5,?6,?7,?8)"));
    for (const auto& [stack, frames] : m_stacks)
        for (std::size_t depth = 0; depth < frames.size(); ++depth) {
            const NativeFrame& at = frames[depth];
            frame.bindAll(m_runId, stack, depth, at.module);
            frame.bindOrNull(5, at.moduleOffset, at.moduleOffset >= 0);
            frame.bind(6, at.symbol);
            frame.bind(7, at.file);
            frame.bindOrNull(8, at.line, at.line >= 0);
            TRY(frame.run());
        }
    Statement inputs =
        TRY(Statement::prepare(connection, "INSERT OR REPLACE INTO step_inputs VALUES (?1,?2,?3)"));
    for (const auto& [step, shapes] : m_stepInputs) {
        inputs.bindAll(m_runId, step, shapes);
        TRY(inputs.run());
    }
    return {};
}

void NativeRollup::committed()
{
    m_sites.clear();
    m_samples.clear();
    m_changedStats.clear();
    m_stacks.clear();
    m_stepInputs.clear();
}

} // namespace orrery::trace_db
