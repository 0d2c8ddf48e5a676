#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// The memory of a recorded run as series over its steps: what the rules about memory share. A trace is not
// trusted: steps that it does not have are left out, and of very long runs only the last are looked at.

#include "profiler/findings/finding.h"
#include "trace_db/queries/native_sites.h"

#include <span>

namespace orrery::findings {

struct RunSteps {
    std::uint32_t first = 0;              // the step that series begin with
    std::vector<std::int64_t> begins;     // time stamps, by step from `first` on
    std::vector<std::int64_t> ends;       //
    std::vector<std::uint32_t> inputSets; // which of inputShapes
    std::vector<std::string> inputShapes; // "x=1x3x224x224"
    std::int64_t lostEvents = 0;

    std::size_t size() const { return begins.size(); }
};

Result<std::uint32_t> recordedSteps(const trace_db::TraceReader& reader, trace_db::RunId run);
Result<RunSteps> readSteps(const trace_db::TraceReader& reader, trace_db::RunId run);

// Sizes as a sound trace has them: sums and differences of these do not overflow.
std::int64_t plausibleBytes(std::int64_t bytes);

// Adds the samples, which stand until the next one, to the series (one entry for each step).
void addTo(std::vector<std::int64_t>& series, std::span<const trace_db::native_sites::Sample> samples,
           const RunSteps& steps);

// A counter at the end of each step; empty when the run has none of that name.
Result<std::vector<std::int64_t>> counterAtSteps(const trace_db::TraceReader& reader, trace_db::RunId run,
                                                 const std::string& counter, const RunSteps& steps);

// Completes the finding: names of node and origins, severity, text and remedy. Steps become those of the run.
Result<Finding> concluded(const trace_db::TraceReader& reader, trace_db::RunId run, const RunSteps& steps,
                          MemoryEvidence evidence);

} // namespace orrery::findings
