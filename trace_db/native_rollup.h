#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// NativeRollup: what a run asked of malloc and mmap, on its way into the native tables: sites, their live
// bytes step by step, and sums per node. write() and committed() as in OpRollup; restore() reads the sums
// back.

#include "engine/base/result.h"
#include "trace_db/connection.h"
#include "trace_db/event.h"

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace orrery::trace_db {

class NativeRollup {
public:
    explicit NativeRollup(std::int64_t runId)
        : m_runId(runId)
    {}

    void setGraph(std::int64_t firstNodeId) { m_firstNodeId = firstNodeId; }
    void add(const NativeSite& site) { m_sites.push_back(site); }
    void add(const NativeSample& sample) { m_samples.push_back(sample); }
    void add(const NativeUse& use);
    void addStack(std::int64_t stack, std::vector<NativeFrame> frames);
    void addStepInputs(std::uint32_t step, std::string shapes);

    bool changed() const;
    Result<void> restore(const Connection& connection);
    Result<void> write(const Connection& connection);
    void committed();

private:
    struct Stats {
        std::int64_t calls = 0;
        NativeUse sum; // peakBytes: the largest
    };

    Result<void> writeSites(const Connection& connection) const;
    Result<void> writeStats(const Connection& connection) const;

    std::int64_t m_runId;
    std::int64_t m_firstNodeId = 0;
    std::vector<NativeSite> m_sites;
    std::vector<NativeSample> m_samples;
    std::map<std::uint32_t, Stats> m_stats; // by node
    std::set<std::uint32_t> m_changedStats;
    std::vector<std::pair<std::int64_t, std::vector<NativeFrame>>> m_stacks;
    std::vector<std::pair<std::uint32_t, std::string>> m_stepInputs;
};

} // namespace orrery::trace_db
