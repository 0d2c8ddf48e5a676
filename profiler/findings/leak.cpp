// SPDX-License-Identifier: Apache-2.0
//
// Memory that stays from step to step: what nodes asked of malloc and mmap, by node and, where every request
// was recorded with its calls, by stack; and the values that the engine itself holds between steps. What the
// program holds between nodes belongs to memory_growth.
#include "profiler/findings/run_memory.h"
#include "trace_db/queries/counters.h"
#include "trace_db/queries/live_at_steps.h"
#include "trace_db/queries/native_frames.h"
#include "trace_db/queries/native_stats.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

namespace orrery::findings {
namespace {

using Site = trace_db::native_sites::Row;

class NativeMemory {
public:
    NativeMemory(const trace_db::TraceReader& reader, trace_db::RunId run, const RunSteps& steps)
        : m_reader(reader)
        , m_run(run)
        , m_steps(steps)
    {}

    Result<void> examine(const std::vector<Site>& sites, Findings& into)
    {
        for (const auto& row : TRY(trace_db::native_stats::run(m_reader, {m_run})))
            m_use[row.nodeId] = row;
        std::map<std::pair<std::int64_t, trace_db::NativeKind>, std::vector<const Site*>> groups;
        for (const Site& site : sites)
            if (site.site.share == trace_db::NativeShare::Native)
                groups[{site.nodeId, site.site.kind}].push_back(&site);
        for (const auto& [key, group] : groups)
            TRY(examineGroup(group, into));
        return {};
    }

private:
    MemorySeries seriesOf(const std::vector<const Site*>& sites) const
    {
        MemorySeries series;
        series.liveBytes.resize(m_steps.size());
        std::int64_t blocks = 0;
        bool closed = true;
        std::int64_t closedBytes = 0;
        for (const Site* site : sites) {
            addTo(series.liveBytes, site->samples, m_steps);
            blocks += site->samples.empty() ? 0 : plausibleBytes(site->samples.back().liveBlocks);
            closed = closed && site->closed;
            closedBytes += site->closed ? plausibleBytes(site->closed->liveBytes) : 0;
        }
        if (closed)
            series.closedBytes = closedBytes;
        series.recycled = isRecycled(*sites.front(), series, blocks);
        return series;
    }

    // Each call gives back at least one block as large as those that are live, so that what is live is not
    // always the same.
    bool isRecycled(const Site& site, const MemorySeries& series, std::int64_t blocks) const
    {
        auto use = m_use.find(site.nodeId);
        if (use == m_use.end() || blocks <= 0 || series.liveBytes.empty() ||
            site.site.kind == trace_db::NativeKind::Mapping)
            return false;
        auto calls = static_cast<double>(std::max<std::int64_t>(use->second.calls, 1));
        double freedByCall = static_cast<double>(use->second.sum.freedBytes) / calls;
        return freedByCall > 0.9 * static_cast<double>(series.liveBytes.back()) / static_cast<double>(blocks);
    }

    static bool isReported(const MemoryJudgement& judgement)
    {
        return judgement.verdict != MemoryVerdict::Steady;
    }

    Result<void> examineGroup(const std::vector<const Site*>& group, Findings& into)
    {
        MemorySeries series = seriesOf(group);
        MemoryJudgement judgement = judge(series, m_steps.inputSets);
        if (!isReported(judgement))
            return {};
        // Stack by stack, where that explains what the node does as a whole.
        bool allStacks =
            std::all_of(group.begin(), group.end(), [](const Site* site) { return site->site.stack >= 0; });
        std::vector<Finding> byStack;
        for (const Site* site : group) {
            if (!allStacks)
                break;
            MemorySeries own = seriesOf({site});
            own.recycled = series.recycled;
            MemoryJudgement ownJudgement = judge(own, m_steps.inputSets);
            if (ownJudgement.verdict == judgement.verdict)
                byStack.push_back(TRY(finding(*site, own, ownJudgement, site->site.stack)));
        }
        if (!explains(byStack, judgement)) {
            byStack.clear();
            byStack.push_back(TRY(finding(*group.front(), series, judgement, likeliestStack(group))));
        }
        std::move(byStack.begin(), byStack.end(), std::back_inserter(into.list));
        return {};
    }

    static bool explains(const std::vector<Finding>& parts, const MemoryJudgement& whole)
    {
        double rate = 0;
        for (const Finding& part : parts)
            rate += part.memory.judgement.rate.bytes;
        return !parts.empty() && std::abs(rate - whole.rate.bytes) <= 0.05 * whole.rate.bytes;
    }

    // That of the most bytes that are still there; -1 when none of them has one.
    static std::int64_t likeliestStack(const std::vector<const Site*>& group)
    {
        std::int64_t stack = -1, most = 0;
        for (const Site* site : group) {
            std::int64_t held = site->closed            ? site->closed->liveBytes
                                : site->samples.empty() ? 0
                                                        : site->samples.back().liveBytes;
            if (site->site.stack >= 0 && held > most) {
                most = held;
                stack = site->site.stack;
            }
        }
        return stack;
    }

    Result<Finding> finding(const Site& site, const MemorySeries& series, const MemoryJudgement& judgement,
                            std::int64_t stack) const
    {
        MemoryEvidence evidence;
        evidence.owner =
            site.site.kind == trace_db::NativeKind::Mapping ? MemoryOwner::Mapping : MemoryOwner::Heap;
        evidence.judgement = judgement;
        evidence.nodeId = site.nodeId;
        evidence.onlyWithInputs = onlyInputs(series, judgement);
        if (stack >= 0)
            evidence.stack = TRY(trace_db::native_frames::run(m_reader, {m_run, stack}));
        return concluded(m_reader, m_run, m_steps, std::move(evidence));
    }

    // The shapes that every step which grew had, where other steps had others.
    std::string onlyInputs(const MemorySeries& series, const MemoryJudgement& judgement) const
    {
        if (m_steps.inputShapes.size() < 2 || judgement.period == 0)
            return {};
        std::size_t set = m_steps.inputSets[judgement.firstStep];
        for (std::size_t i = judgement.firstStep + 1; i < m_steps.size(); ++i)
            if (series.liveBytes[i] > series.liveBytes[i - 1] && m_steps.inputSets[i] != set)
                return {};
        return set < m_steps.inputShapes.size() ? m_steps.inputShapes[set] : std::string();
    }

    const trace_db::TraceReader& m_reader;
    trace_db::RunId m_run;
    const RunSteps& m_steps;
    std::map<std::int64_t, trace_db::native_stats::Row> m_use; // by node
};

// Values that the engine holds: only growth is worth a word, since weights, outputs and states are there to
// stay.
Result<void> examineValues(const trace_db::TraceReader& reader, trace_db::RunId run, const RunSteps& steps,
                           bool givenBack, Findings& into)
{
    for (const auto& row : TRY(trace_db::live_at_steps::run(reader, {run}))) {
        if (row.kind == trace_db::AllocKind::Weight || row.kind == trace_db::AllocKind::Input)
            continue;
        std::vector<trace_db::native_sites::Sample> samples;
        for (const auto& sample : row.samples)
            samples.push_back({sample.step, sample.liveBytes, 0});
        MemorySeries series;
        series.liveBytes.resize(steps.size());
        addTo(series.liveBytes, samples, steps);
        if (givenBack)
            series.closedBytes = 0;
        MemoryEvidence evidence;
        evidence.owner = MemoryOwner::Tensor;
        evidence.judgement = judge(series, steps.inputSets);
        evidence.nodeId = row.nodeId;
        evidence.value = row.value;
        MemoryVerdict& verdict = evidence.judgement.verdict;
        bool growing = verdict == MemoryVerdict::Leak || verdict == MemoryVerdict::NotEnoughData ||
                       (verdict == MemoryVerdict::Retained && evidence.judgement.rate.bytes > 0);
        if (!growing)
            continue;
        if (steps.lostEvents > 0) // a free that was lost looks like a value that stays
            verdict = MemoryVerdict::NotEnoughData;
        into.list.push_back(TRY(concluded(reader, run, steps, std::move(evidence))));
    }
    return {};
}

Result<void> addLimits(const trace_db::TraceReader& reader, trace_db::RunId run, const RunSteps& steps,
                       const std::vector<Site>& sites, Findings& into)
{
    if (steps.lostEvents > 0)
        into.limits.push_back(fmt::format("{} events were lost: values that the engine holds are not judged",
                                          steps.lostEvents));
    if (steps.first > 0)
        into.limits.push_back(fmt::format("only the last {} iterations were looked at", steps.size()));
    auto untracked = TRY(trace_db::counters::run(reader, {run, "heap_untracked_bytes"}));
    if (!untracked.empty() && untracked.back().value > 0)
        into.limits.push_back(fmt::format("{:.0f} bytes of malloc could not be followed, since too many "
                                          "blocks were live: a leak among them would go unnoticed",
                                          untracked.back().value));
    bool closed = std::any_of(sites.begin(), sites.end(), [](const Site& site) { return site.closed; });
    if (!sites.empty() && !closed)
        into.limits.push_back("the run did not get to its close: what would have been given back then is "
                              "not known");
    return {};
}

Result<Findings> find(const trace_db::TraceReader& reader, trace_db::RunId run)
{
    Findings found;
    RunSteps steps = TRY(readSteps(reader, run));
    std::vector<Site> sites = TRY(trace_db::native_sites::run(reader, {run}));
    TRY(addLimits(reader, run, steps, sites, found));
    if (sites.empty() || steps.size() == 0) {
        MemoryEvidence evidence;
        evidence.owner = MemoryOwner::Run;
        evidence.judgement.verdict = MemoryVerdict::NotEnoughData;
        found.list.push_back(TRY(concluded(reader, run, steps, std::move(evidence))));
    }
    if (steps.size() == 0)
        return found;
    TRY(NativeMemory(reader, run, steps).examine(sites, found));
    bool givenBack = false;
    for (const Site& site : sites)
        if (site.site.share == trace_db::NativeShare::Tensor && site.closed)
            givenBack = site.closed->liveBytes == 0;
    TRY(examineValues(reader, run, steps, givenBack, found));
    return found;
}

} // namespace

FindingSpec leak()
{
    return {"leak", "memory of malloc, mmap or the engine that stays from iteration to iteration",
            "give back what is taken, or bound what is kept", find};
}

} // namespace orrery::findings
