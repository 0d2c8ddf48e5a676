// SPDX-License-Identifier: Apache-2.0
#include "profiler/findings/run_memory.h"

#include "profiler/findings/wording.h"
#include "trace_db/queries/counters.h"
#include "trace_db/queries/node_identity.h"
#include "trace_db/queries/runs.h"
#include "trace_db/queries/step_inputs.h"
#include "trace_db/queries/steps.h"

#include <algorithm>
#include <map>

namespace orrery::findings {
namespace {

constexpr std::size_t mostSteps = 1 << 16;

} // namespace

std::int64_t plausibleBytes(std::int64_t bytes)
{
    return std::clamp<std::int64_t>(bytes, 0, std::int64_t{1} << 48);
}

Result<std::uint32_t> recordedSteps(const trace_db::TraceReader& reader, trace_db::RunId run)
{
    std::string sql = "SELECT count(*) FROM main.steps WHERE run_id = " + std::to_string(run.value);
    return static_cast<std::uint32_t>(TRY(reader.connection().integer(sql.c_str())));
}

Result<RunSteps> readSteps(const trace_db::TraceReader& reader, trace_db::RunId run)
{
    RunSteps steps;
    auto rows = TRY(trace_db::steps::run(reader, {run}));
    std::size_t first = rows.size() > mostSteps ? rows.size() - mostSteps : 0;
    steps.first = static_cast<std::uint32_t>(first);
    for (std::size_t i = first; i < rows.size(); ++i) {
        std::int64_t end = 0;
        if (__builtin_add_overflow(rows[i].step.ts, rows[i].step.dur, &end))
            end = INT64_MAX;
        steps.begins.push_back(rows[i].step.ts);
        steps.ends.push_back(end);
    }
    std::map<std::string, std::uint32_t> sets;
    steps.inputSets.resize(steps.size());
    for (const auto& row : TRY(trace_db::step_inputs::run(reader, {run}))) {
        auto [set, isNew] = sets.try_emplace(row.shapes, static_cast<std::uint32_t>(sets.size()));
        if (isNew)
            steps.inputShapes.push_back(row.shapes);
        std::size_t from = row.step < steps.first ? 0 : row.step - steps.first;
        if (from < steps.size())
            std::fill(steps.inputSets.begin() + static_cast<std::ptrdiff_t>(from), steps.inputSets.end(),
                      set->second);
    }
    for (const auto& row : TRY(trace_db::runs::run(reader, {run})))
        steps.lostEvents = row.lostEvents;
    return steps;
}

void addTo(std::vector<std::int64_t>& series, std::span<const trace_db::native_sites::Sample> samples,
           const RunSteps& steps)
{
    std::int64_t live = 0;
    auto next = samples.begin();
    for (std::size_t i = 0; i < series.size(); ++i) {
        for (; next != samples.end() && next->step <= steps.first + i; ++next)
            live = plausibleBytes(next->liveBytes);
        series[i] = std::min(series[i] + live, std::int64_t{1} << 56);
    }
}

Result<std::vector<std::int64_t>> counterAtSteps(const trace_db::TraceReader& reader, trace_db::RunId run,
                                                 const std::string& counter, const RunSteps& steps)
{
    auto samples = TRY(trace_db::counters::run(reader, {run, counter}));
    std::vector<std::int64_t> series;
    if (samples.empty())
        return series;
    std::int64_t value = 0;
    auto next = samples.begin();
    // What is told after a step comes before the next one. After the last one comes the close as well: of it
    // only the first sample is taken.
    for (std::size_t i = 0; i < steps.size(); ++i) {
        bool last = i + 1 == steps.size();
        for (; next != samples.end() && (last || next->ts < steps.begins[i + 1]); ++next) {
            value = static_cast<std::int64_t>(std::clamp(next->value, 0.0, 0x1p48));
            if (last)
                break;
        }
        series.push_back(value);
    }
    return series;
}

Result<Finding> concluded(const trace_db::TraceReader& reader, trace_db::RunId run, const RunSteps& steps,
                          MemoryEvidence evidence)
{
    Finding finding;
    if (evidence.nodeId >= 0)
        for (const auto& node : TRY(trace_db::node_identity::run(reader, {run, evidence.nodeId}))) {
            finding.problem.node = node.name;
            evidence.opType = node.opType;
            for (const auto& origin : node.origins) {
                if (evidence.origins.empty())
                    finding.problem.nodeId = NodeId(std::size_t(origin.node));
                evidence.origins.push_back(origin.name);
            }
        }
    evidence.steps = static_cast<std::uint32_t>(steps.size());
    if (evidence.loop.empty()) {
        evidence.judgement.firstStep += steps.first;
        evidence.judgement.lastStep += steps.first;
    }
    finding.problem.severity = severityOf(evidence);
    finding.problem.code = std::string(name(evidence.judgement.verdict));
    finding.problem.text = textOf(evidence);
    finding.problem.remedy = remedyOf(evidence);
    finding.memory = std::move(evidence);
    return finding;
}

} // namespace orrery::findings
