#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// MemoryRollup: what is live, and was, out of the allocations of a run: live bytes by kind, the peak, a
// bounded timeline, the most that each node held, and the allocations that are still live. add() also
// completes a free with what its buffer was allocated with. write() and committed() as in OpRollup.

#include "engine/base/result.h"
#include "trace_db/connection.h"
#include "trace_db/event.h"
#include "trace_db/id_map.h"

#include <array>
#include <cstdint>
#include <utility>
#include <vector>

namespace orrery::trace_db {

class MemoryRollup {
public:
    explicit MemoryRollup(std::int64_t runId);

    void setGraph(std::int64_t firstNodeId, std::int64_t firstValueId);
    void add(AllocEvent& event);
    // A step ended at `end`: the most bytes live at once since the step before.
    std::int64_t endStep(std::int64_t end);
    // Nodes whose own allocations reached a new peak since the last call, with that peak.
    std::vector<std::pair<std::uint32_t, std::int64_t>> takeNodePeaks();

    Result<void> write(const Connection& connection);
    void committed();

    std::int64_t count() const { return m_count; }
    std::int64_t liveBytes() const { return m_total; }
    std::int64_t peakBytes() const { return m_peak; }
    std::int64_t peakTs() const { return m_peakTs; }

private:
    using Bytes = std::array<std::int64_t, allocKindCount>;

    struct Live {
        std::int64_t ts = 0;
        std::int64_t step = 0;
        std::int64_t bytes = 0;
        std::int64_t offset = -1;
        std::uint32_t node = noId;
        std::uint32_t value = noId;
        AllocKind kind = AllocKind::Activation;
        bool stored = false; // in the table, as of the last commit
    };
    // A stretch of time: what was live when most was live, and at the end.
    struct Sample {
        std::int64_t ts = 0;
        std::int64_t total = -1; // -1: nothing happened in it
        Bytes bytes = {};
        Bytes end = {};
    };
    struct NodeBytes {
        std::int64_t live = 0;
        std::int64_t peak = 0;
        bool newPeak = false; // in m_newPeaks
    };

    void allocate(const AllocEvent& event);
    void release(std::uint32_t buffer, const Live& live);
    Sample& sampleAt(std::int64_t ts);
    std::int64_t stepAt(std::int64_t ts) const;
    void halveSamples();
    Result<void> writeSamples(const Connection& connection) const;
    Result<void> writeLive(const Connection& connection);

    std::int64_t m_runId;
    std::int64_t m_firstNodeId = 0;
    std::int64_t m_firstValueId = 0;
    std::int64_t m_count = 0;
    std::int64_t m_total = 0;
    std::int64_t m_peak = 0;
    std::int64_t m_peakTs = 0;
    std::int64_t m_stepPeak = 0;
    Bytes m_live = {};
    unsigned m_kindsSeen = 0;
    std::vector<std::int64_t> m_stepEnds;
    IdMap<Live> m_buffers;
    std::vector<std::uint32_t> m_added;   // since the last commit; live no more, perhaps, or more than once
    std::vector<std::uint32_t> m_removed; // in the table, and freed since the last commit
    IdMap<NodeBytes> m_nodes;
    std::vector<std::uint32_t> m_newPeaks;
    std::vector<Sample> m_samples;
    std::int64_t m_origin = 0; // ts of the first event
    unsigned m_shift = 16;     // a stretch lasts 2^shift ns
    std::size_t m_firstChanged = 0;
};

} // namespace orrery::trace_db
