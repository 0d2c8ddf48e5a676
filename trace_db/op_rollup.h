#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// OpRollup: what the trace knows of op events without reading them: per node, per thread, and the coarse
// pyramid over time. add() on every event; write() puts what changed into the open transaction, committed()
// forgets the changes once it is in. Rows of nodes and threads are absolute, those of the pyramid are added
// to.

#include "engine/base/result.h"
#include "trace_db/connection.h"
#include "trace_db/event.h"
#include "trace_db/log_histogram.h"
#include "trace_db/self_time.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <unordered_map>
#include <vector>

namespace orrery::trace_db {

class OpRollup {
public:
    OpRollup(std::int64_t runId, std::int64_t warmupSteps);

    // The graph that the events are of; node ids from nodeCount on are not counted per node.
    void setGraph(std::int64_t firstNodeId, std::uint32_t nodeCount);
    void add(std::span<const OpEvent> events);
    void setPeakBytes(std::uint32_t node, std::int64_t bytes);

    Result<void> write(const Connection& connection) const;
    void committed();

    std::size_t changedNodes() const { return m_changedNodes.size(); } // since the last commit
    std::int64_t count() const { return m_count; }
    std::int64_t waitNs() const { return m_waitNs; }

private:
    // What every measured event touches: one cache line.
    struct alignas(64) Node {
        std::int64_t calls = 0;
        std::int64_t totalNs = 0;
        std::int64_t selfNs = 0;
        std::int64_t minNs = std::numeric_limits<std::int64_t>::max();
        std::int64_t maxNs = 0;
        std::int64_t shift = 0; // first self time: sums of differences from it keep their precision
        double sumOfSquares = 0;
        LogHistogram histogram;
    };
    struct WarmUp {
        std::int64_t calls = 0;
        std::int64_t totalNs = 0;
        std::int64_t selfNs = 0;
    };
    struct Cell {
        std::int64_t bucket = 0;
        std::int64_t n = 0;
        std::int64_t selfNs = 0;
        std::int64_t maxSelfNs = -1;
        std::uint32_t topNode = noId;
    };
    using Cells = std::vector<Cell>;

    struct Thread {
        SelfTime selfTime;
        std::int64_t calls = 0;
        std::int64_t totalNs = 0;
        std::int64_t selfNs = 0;
        std::int64_t waitNs = 0;
        std::int64_t warmupCalls = 0;
        std::int64_t warmupSelfNs = 0;
        Cells cells; // level 0, since the last commit; a bucket may come more than once
    };

    Thread& thread(std::uint32_t id);
    void markChanged(std::uint32_t id);
    void addToNode(const OpEvent& event, std::int64_t self, bool warmup);
    void addRun(Thread& on, std::span<const OpEvent> events); // of one thread
    static void addToPyramid(Cells& cells, const OpEvent& event, std::int64_t self);
    static void join(Cells& cells, int shift);
    Result<void> writeNodes(const Connection& connection) const;
    Result<void> writeThreads(const Connection& connection) const;
    Result<void> writePyramid(const Connection& connection) const;

    std::int64_t m_runId;
    std::int64_t m_warmup;
    std::int64_t m_firstNodeId = 0;
    std::int64_t m_count = 0;
    std::int64_t m_waitNs = 0;
    std::vector<Node> m_nodes;
    std::vector<WarmUp> m_warmUps;           // of each node
    std::vector<std::int64_t> m_peakBytes;   // of each node
    std::vector<std::uint8_t> m_nodeChanged; // each is in m_changedNodes
    std::vector<std::uint32_t> m_changedNodes;
    std::unordered_map<std::uint32_t, Thread> m_threads;
    struct KnownThread {
        std::uint32_t id = 0;
        Thread* thread = nullptr;
    };
    std::array<KnownThread, 64> m_knownThreads; // by the last bits of the id
};

} // namespace orrery::trace_db
