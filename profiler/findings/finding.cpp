// SPDX-License-Identifier: Apache-2.0
#include "profiler/findings/finding.h"

#include "profiler/findings/run_memory.h"

#include <algorithm>
#include <array>

namespace orrery::findings {

std::string_view name(MemoryOwner owner)
{
    static constexpr std::array<std::string_view, 7> names = {"heap",   "mapping", "tensor", "allocator",
                                                              "engine", "program", "run"};
    return names[static_cast<std::size_t>(owner)];
}

Result<Report> examine(const trace_db::TraceReader& reader, trace_db::RunId run)
{
    constexpr std::uint32_t leastSteps = 48; // before steadiness is taken for firm
    Report report;
    for (const FindingSpec& spec : findingSpecs()) {
        Findings found = TRY(spec.run(reader, run));
        std::move(found.list.begin(), found.list.end(), std::back_inserter(report.findings));
        for (std::string& limit : found.limits)
            if (std::find(report.limits.begin(), report.limits.end(), limit) == report.limits.end())
                report.limits.push_back(std::move(limit));
    }
    std::stable_sort(report.findings.begin(), report.findings.end(), [](const Finding& a, const Finding& b) {
        if (a.problem.severity != b.problem.severity)
            return a.problem.severity > b.problem.severity;
        return a.memory.judgement.rate.bytes > b.memory.judgement.rate.bytes;
    });
    report.steps = TRY(recordedSteps(reader, run));
    report.firm =
        report.steps >= leastSteps && std::all_of(report.findings.begin(), report.findings.end(),
                                                  [](const Finding& f) { return f.memory.judgement.firm; });
    return report;
}

} // namespace orrery::findings
