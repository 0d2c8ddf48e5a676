// SPDX-License-Identifier: Apache-2.0
#include "views/document/run_findings.h"

#include "profiler/findings/finding.h"
#include "profiler/findings/wording.h"
#include "trace_db/queries/steps.h"
#include "trace_db/trace_reader.h"

namespace orrery::document {
namespace {

Result<std::vector<RunFinding>> read(const std::string& trace, trace_db::RunId run, std::stop_token stop)
{
    auto reader = TRY(trace_db::TraceReader::open(trace));
    std::stop_callback interrupt(stop, [&reader] { reader.interrupt(); });
    auto report = TRY(findings::examine(reader, run));
    auto steps = TRY(trace_db::steps::run(reader, {run}));
    std::vector<RunFinding> result;
    for (const findings::Finding& found : report.findings) {
        const findings::MemoryEvidence& memory = found.memory;
        if (memory.owner == findings::MemoryOwner::Run)
            continue; // that nothing was recorded is no problem of the model
        RunFinding shown;
        shown.problem = found.problem;
        const findings::MemoryJudgement& judgement = memory.judgement;
        if (judgement.rate.bytes > 0)
            shown.rate = findings::rateText(memory);
        if (memory.loop.empty() && judgement.lastStep > judgement.firstStep &&
            judgement.lastStep < steps.size()) {
            const trace_db::Step& last = steps[judgement.lastStep].step;
            std::int64_t end = 0; // of a damaged file, it may be any number
            if (__builtin_add_overflow(last.ts, last.dur, &end))
                end = last.ts;
            shown.range = trace_db::rangeBetween(steps[judgement.firstStep].step.ts, end);
        }
        result.push_back(std::move(shown));
    }
    return result;
}

} // namespace

std::vector<RunFinding> findingsOf(const std::string& trace, trace_db::RunId run, std::stop_token stop)
{
    auto found = read(trace, run, std::move(stop));
    return found.ok() ? found.releaseValue() : std::vector<RunFinding>();
}

} // namespace orrery::document
