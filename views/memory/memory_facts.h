#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// MemoryFacts: what all views of memory know of one run: the index of its allocations, its graph, what was
// alive at the peak, and what the plan said. Read once, on a worker; immutable.

#include "trace_db/queries/alive_at.h"
#include "trace_db/time_range.h"

#include <QString>

#include <memory>
#include <string>
#include <vector>

namespace orrery::memory {

// Bytes of malloc that are not the engine's tensors, known at the ends of steps only.
struct NativeSample {
    std::int64_t ts = 0;
    std::int64_t bytes = 0;
};

struct MemoryFacts {
    std::string path;
    trace_db::RunId run;
    std::shared_ptr<const trace_db::AllocIndex> index; // never null
    std::shared_ptr<const trace_db::GraphFacts> graph; // never null
    trace_db::alive_at::Answer atPeak;
    std::uint32_t peakNode = trace_db::noId; // whose allocation made the peak
    std::int64_t plannedArenaBytes = -1;     // -1: not recorded
    std::int64_t plannedLowerBound = -1;
    std::vector<NativeSample> native; // by ts; empty: the heap was not watched

    // From the first event or step to the last.
    trace_db::TimeRange span() const;
    std::int64_t nativeAt(std::int64_t ts) const; // 0 before the first sample
    bool isEmpty() const { return index->chunks.empty(); }
    QString nodeText(std::uint32_t node) const;   // its name, fit to be shown; "the run itself" for noId
    QString valueText(std::uint32_t value) const; // empty for noId
};

Result<std::shared_ptr<const MemoryFacts>> readMemoryFacts(const trace_db::TraceReader& reader,
                                                           trace_db::RunId run);

// "being read by conv1", "read next by conv2, in 1.2 ms" …
QString reasonText(const MemoryFacts& facts, const trace_db::alive_at::Row& row, std::int64_t ts);

} // namespace orrery::memory
