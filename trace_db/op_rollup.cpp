// SPDX-License-Identifier: Apache-2.0
#include "trace_db/op_rollup.h"

#include "trace_db/statement.h"

#include <algorithm>

namespace orrery::trace_db {
namespace {

constexpr int baseShift = 26; // the finest bucket: 2^26 ns = 67 ms
constexpr int levels = 7;     // each four times as long as the one before
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
    m_warmUps.assign(nodeCount, {});
    m_peakBytes.assign(nodeCount, 0);
    m_nodeChanged.assign(nodeCount, 0);
    m_changedNodes.clear();
}

OpRollup::Thread& OpRollup::thread(std::uint32_t id)
{
    KnownThread& known = m_knownThreads[id % m_knownThreads.size()];
    if (known.thread == nullptr || known.id != id) {
        bool counted = m_threads.contains(id) || m_threads.size() < threadsMaximum;
        known = {id, &m_threads[counted ? id : otherThreads]};
    }
    return *known.thread;
}

inline void OpRollup::markChanged(std::uint32_t id)
{
    if (m_nodeChanged[id] != 0)
        return;
    m_nodeChanged[id] = 1;
    m_changedNodes.push_back(id);
}

void OpRollup::add(std::span<const OpEvent> events)
{
    m_count += static_cast<std::int64_t>(events.size());
    while (!events.empty()) {
        std::uint32_t id = events.front().thread;
        std::size_t n = 1;
        while (n < events.size() && events[n].thread == id)
            ++n;
        addRun(thread(id), events.first(n));
        events = events.subspan(n);
    }
}

void OpRollup::addRun(Thread& on, std::span<const OpEvent> events)
{
    std::int64_t calls = 0;
    std::int64_t selfNs = 0;
    std::int64_t totalNs = 0;
    for (const OpEvent& event : events) {
        std::int64_t self = on.selfTime.add(event);
        bool warmup = event.step < m_warmup;
        addToPyramid(on.cells, event, self);
        if (event.kind == OpKind::Wait) {
            accumulate(on.waitNs, self);
            accumulate(m_waitNs, self);
            continue;
        }
        if (warmup) {
            ++on.warmupCalls;
            accumulate(on.warmupSelfNs, self);
        } else {
            ++calls;
            accumulate(selfNs, self);
            if (event.depth == 0)
                accumulate(totalNs, event.dur);
        }
        if (event.node < m_nodes.size())
            addToNode(event, self, warmup);
    }
    on.calls += calls;
    accumulate(on.selfNs, selfNs);
    accumulate(on.totalNs, totalNs);
}

inline void OpRollup::addToNode(const OpEvent& event, std::int64_t self, bool warmup)
{
    markChanged(event.node);
    if (warmup) {
        WarmUp& sums = m_warmUps[event.node];
        ++sums.calls;
        accumulate(sums.totalNs, event.dur);
        accumulate(sums.selfNs, self);
        return;
    }
    Node& node = m_nodes[event.node];
    if (node.calls == 0)
        node.shift = self;
    ++node.calls;
    accumulate(node.totalNs, event.dur);
    accumulate(node.selfNs, self);
    node.minNs = std::min(node.minNs, self);
    node.maxNs = std::max(node.maxNs, self);
    auto difference = static_cast<double>(self - node.shift); // neither is negative
    node.sumOfSquares += difference * difference;
    node.histogram.add(static_cast<std::uint64_t>(self));
}

inline void OpRollup::addToPyramid(Cells& cells, const OpEvent& event, std::int64_t self)
{
    constexpr std::size_t lookBack = 4; // a parent that ends after its children began in an earlier bucket
    std::int64_t bucket = event.ts >> baseShift;
    if (cells.empty() || cells.back().bucket != bucket) {
        std::size_t at = cells.size();
        std::size_t end = at - std::min(at, lookBack);
        while (at > end && cells[at - 1].bucket != bucket)
            --at;
        if (at > end)
            std::swap(cells[at - 1], cells.back());
        else
            cells.push_back({.bucket = bucket});
    }
    Cell& cell = cells.back();
    ++cell.n;
    accumulate(cell.selfNs, self);
    if (self > cell.maxSelfNs) {
        cell.maxSelfNs = self;
        cell.topNode = event.node;
    }
}

// Makes one cell of all that lie in the same bucket 2^shift times as long, in the order of time.
void OpRollup::join(Cells& cells, int shift)
{
    for (Cell& cell : cells)
        cell.bucket >>= shift;
    auto earlier = [](const Cell& a, const Cell& b) { return a.bucket < b.bucket; };
    if (!std::is_sorted(cells.begin(), cells.end(), earlier))
        std::stable_sort(cells.begin(), cells.end(), earlier);
    std::size_t kept = 0;
    for (std::size_t i = 1; i < cells.size(); ++i) {
        Cell& into = cells[kept];
        const Cell& cell = cells[i];
        if (cell.bucket != into.bucket) {
            cells[++kept] = cell;
            continue;
        }
        into.n += cell.n;
        accumulate(into.selfNs, cell.selfNs);
        if (cell.maxSelfNs > into.maxSelfNs) {
            into.maxSelfNs = cell.maxSelfNs;
            into.topNode = cell.topNode;
        }
    }
    cells.resize(std::min(cells.size(), kept + 1));
}

void OpRollup::setPeakBytes(std::uint32_t node, std::int64_t bytes)
{
    if (node >= m_nodes.size())
        return;
    markChanged(node);
    m_peakBytes[node] = bytes;
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
        const WarmUp& warmUp = m_warmUps[id];
        auto calls = static_cast<double>(node.calls);
        double sum = static_cast<double>(node.selfNs) - calls * static_cast<double>(node.shift);
        double m2 = node.calls > 0 ? std::max(node.sumOfSquares - sum * sum / calls, 0.0) : 0;
        insert.bindAll(m_runId, m_firstNodeId + id, node.calls, node.totalNs, node.selfNs,
                       node.calls > 0 ? node.minNs : 0, node.maxNs, m2,
                       node.histogram.quantile(0.5, node.calls), node.histogram.quantile(0.95, node.calls),
                       warmUp.calls, warmUp.totalNs, warmUp.selfNs, m_peakBytes[id]);
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
        Cells cells = thread.cells;
        for (int level = 0; level < levels; ++level) {
            join(cells, level == 0 ? 0 : 2);
            for (const Cell& cell : cells) {
                upsert.bindAll(m_runId, id, level, cell.bucket, cell.n, cell.selfNs, cell.maxSelfNs);
                upsert.bindOrNull(8, m_firstNodeId + cell.topNode, cell.topNode != noId);
                TRY(upsert.run());
            }
        }
    }
    return {};
}

void OpRollup::committed()
{
    for (std::uint32_t id : m_changedNodes)
        m_nodeChanged[id] = 0;
    m_changedNodes.clear();
    for (auto& [id, thread] : m_threads)
        thread.cells.clear();
}

} // namespace orrery::trace_db
