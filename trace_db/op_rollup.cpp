// SPDX-License-Identifier: Apache-2.0
#include "trace_db/op_rollup.h"

#include "trace_db/statement.h"

#include <algorithm>

namespace orrery::trace_db {
namespace {

constexpr int baseShift = 24; // the finest bucket: 2^24 ns = 16.8 ms
constexpr int levels = 8;     // each four times as long as the one before
constexpr std::size_t threadsMaximum = 4096;
constexpr std::uint32_t otherThreads = noId; // events of threads beyond the maximum are counted together

// Sums of hostile durations stay at the largest number instead of wrapping.
void accumulate(std::int64_t& sum, std::int64_t value)
{
    if (__builtin_add_overflow(sum, value, &sum))
        sum = std::numeric_limits<std::int64_t>::max();
}

} // namespace

OpRollup::OpRollup(std::int64_t runId, std::int64_t warmupSteps)
    : m_runId(runId)
    , m_warmup(warmupSteps)
{}

void OpRollup::setGraph(std::int64_t firstNodeId, std::uint32_t nodeCount)
{
    m_firstNodeId = firstNodeId;
    m_nodes.clear();
    m_nodes.resize(nodeCount);
    m_changedNodes.clear();
}

OpRollup::Thread& OpRollup::thread(std::uint32_t id)
{
    if (m_lastThread == nullptr || m_lastThreadId != id) {
        bool known = m_threads.contains(id) || m_threads.size() < threadsMaximum;
        m_lastThread = &m_threads[known ? id : otherThreads];
        m_lastThreadId = id;
    }
    return *m_lastThread;
}

OpRollup::Node& OpRollup::changedNode(std::uint32_t id)
{
    Node& node = m_nodes[id];
    if (!node.changed) {
        node.changed = true;
        m_changedNodes.push_back(id);
    }
    return node;
}

void OpRollup::add(std::span<const OpEvent> events)
{
    m_count += static_cast<std::int64_t>(events.size());
    for (const OpEvent& event : events) {
        Thread& on = thread(event.thread);
        std::int64_t self = on.selfTime.add(event);
        bool warmup = event.step < m_warmup;
        addToPyramid(on, event, self);
        if (event.kind == OpKind::Wait) {
            accumulate(on.waitNs, self);
            accumulate(m_waitNs, self);
            continue;
        }
        if (warmup) {
            ++on.warmupCalls;
            accumulate(on.warmupSelfNs, self);
        } else {
            ++on.calls;
            accumulate(on.selfNs, self);
            if (event.depth == 0)
                accumulate(on.totalNs, event.dur);
        }
        if (event.node < m_nodes.size())
            addToNode(event, self, warmup);
    }
}

void OpRollup::addToNode(const OpEvent& event, std::int64_t self, bool warmup)
{
    Node& node = changedNode(event.node);
    if (warmup) {
        ++node.warmupCalls;
        accumulate(node.warmupTotalNs, event.dur);
        accumulate(node.warmupSelfNs, self);
        return;
    }
    if (node.calls == 0) {
        node.shift = static_cast<double>(self);
        node.histogram = std::make_unique<LogHistogram>();
    }
    ++node.calls;
    accumulate(node.totalNs, event.dur);
    accumulate(node.selfNs, self);
    node.minNs = std::min(node.minNs, self);
    node.maxNs = std::max(node.maxNs, self);
    double difference = static_cast<double>(self) - node.shift;
    node.sum += difference;
    node.sumOfSquares += difference * difference;
    node.histogram->add(static_cast<std::uint64_t>(self));
}

void OpRollup::addToPyramid(Thread& thread, const OpEvent& event, std::int64_t self)
{
    std::int64_t bucket = event.ts >> baseShift;
    if (thread.lastCell == nullptr || bucket != thread.lastBucket) {
        thread.lastCell = &thread.cells[bucket];
        thread.lastBucket = bucket;
    }
    Cell& cell = *thread.lastCell;
    ++cell.n;
    accumulate(cell.selfNs, self);
    if (self > cell.maxSelfNs) {
        cell.maxSelfNs = self;
        cell.topNode = event.node;
    }
}

void OpRollup::setPeakBytes(std::uint32_t node, std::int64_t bytes)
{
    if (node < m_nodes.size())
        changedNode(node).peakBytes = bytes;
}

Result<void> OpRollup::write(const Connection& connection) const
{
    TRY(writeNodes(connection));
    TRY(writeThreads(connection));
    return writePyramid(connection);
}

Result<void> OpRollup::writeNodes(const Connection& connection) const
{
    Statement insert = TRY(Statement::prepare(
        connection,
        "INSERT OR REPLACE INTO op_stats VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14)"));
    for (std::uint32_t id : m_changedNodes) {
        const Node& node = m_nodes[id];
        double m2 =
            node.calls > 0 ? node.sumOfSquares - node.sum * node.sum / static_cast<double>(node.calls) : 0;
        insert.bindAll(m_runId, m_firstNodeId + id, node.calls, node.totalNs, node.selfNs,
                       node.calls > 0 ? node.minNs : 0, node.maxNs, std::max(m2, 0.0),
                       node.histogram ? node.histogram->quantile(0.5) : 0,
                       node.histogram ? node.histogram->quantile(0.95) : 0, node.warmupCalls,
                       node.warmupTotalNs, node.warmupSelfNs, node.peakBytes);
        TRY(insert.run());
    }
    return {};
}

Result<void> OpRollup::writeThreads(const Connection& connection) const
{
    Statement insert = TRY(Statement::prepare(
        connection, "INSERT OR REPLACE INTO thread_stats VALUES (?1,?2,?3,?4,?5,?6,?7,?8)"));
    for (const auto& [id, thread] : m_threads) {
        if (thread.cells.empty())
            continue; // nothing since the last commit
        insert.bindAll(m_runId, id, thread.calls, thread.totalNs, thread.selfNs, thread.waitNs,
                       thread.warmupCalls, thread.warmupSelfNs);
        TRY(insert.run());
    }
    return {};
}

Result<void> OpRollup::writePyramid(const Connection& connection) const
{
    Statement upsert = TRY(Statement::prepare(
        connection,
        "INSERT INTO op_pyramid VALUES (?1,?2,?3,?4,?5,?6,?7,?8) "
        "ON CONFLICT (run_id, thread, level, bucket) DO UPDATE SET n = n + excluded.n, "
        "self_ns = self_ns + min(excluded.self_ns, 9223372036854775807 - self_ns), "
        "top_node_id = iif(excluded.max_self_ns > max_self_ns, excluded.top_node_id, top_node_id), "
        "max_self_ns = max(max_self_ns, excluded.max_self_ns)"));
    for (const auto& [id, thread] : m_threads) {
        std::map<std::int64_t, Cell> cells = thread.cells;
        for (int level = 0; level < levels; ++level) {
            std::map<std::int64_t, Cell> coarser;
            for (const auto& [bucket, cell] : cells) {
                upsert.bindAll(m_runId, id, level, bucket, cell.n, cell.selfNs, cell.maxSelfNs);
                if (cell.topNode == noId)
                    upsert.bindNull(8);
                else
                    upsert.bind(8, m_firstNodeId + cell.topNode);
                TRY(upsert.run());
                Cell& up = coarser[bucket >> 2];
                up.n += cell.n;
                accumulate(up.selfNs, cell.selfNs);
                if (cell.maxSelfNs > up.maxSelfNs) {
                    up.maxSelfNs = cell.maxSelfNs;
                    up.topNode = cell.topNode;
                }
            }
            cells = std::move(coarser);
        }
    }
    return {};
}

void OpRollup::committed()
{
    for (std::uint32_t id : m_changedNodes)
        m_nodes[id].changed = false;
    m_changedNodes.clear();
    for (auto& [id, thread] : m_threads) {
        thread.cells.clear();
        thread.lastCell = nullptr;
    }
}

} // namespace orrery::trace_db
