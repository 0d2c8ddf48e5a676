// SPDX-License-Identifier: Apache-2.0
//
// One kind at a time: of the candidates against the present peak the one that lowers it the most is kept, or
// that lowers how often it is reached (the layers of a network are equally full, and one hint changes one),
// then the next peak is looked at. What brought nothing at the end is dropped.
#include "engine/plan/suggest.h"

#include "engine/base/text.h"
#include "engine/plan/suggest_candidates.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

namespace orrery::plan {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t mostRounds = 64;
constexpr auto longestSearch = std::chrono::seconds(4); // for one kind

struct Kind {
    SuggestionKind kind;
    std::string_view vain; // when nothing of it helps
};

constexpr Kind kinds[] = {
    {SuggestionKind::Reorder, "no other order of the nodes that was tried holds less"},
    {SuggestionKind::JoinInPlace, "no Concat at a peak gains by having its inputs written into its output"},
    {SuggestionKind::Recompute,
     "nothing that waits at a peak is cheap to compute again from what is there anyway"},
    {SuggestionKind::Hold, "no float32 value only waits at a peak, so holding one in float16 saves nothing"},
    {SuggestionKind::Chunk, "no chain of nodes around a peak can run in parts and hold less"},
};

struct Found {
    SuggestionKind kind = SuggestionKind::Reorder;
    std::vector<Candidate> steps;
    passes::PlanHints hints; // of all of them
    Situation result;
};

auto fullness(const Situation& at) { return std::pair(at.peak.liveBytes, at.peak.moments); }

std::string quoted(std::string_view name) { return "\"" + displayText(name, 200) + "\""; }

class Search {
public:
    Search(const Plan& plan, const passes::PlanHints& hints,
           const std::map<ValueId, graph::ValueType>& inputTypes, const std::function<bool()>& cancelled,
           int threads)
        : m_plan(plan)
        , m_hints(hints)
        , m_inputTypes(inputTypes)
        , m_cancelled(cancelled)
        , m_threads(threads)
    {}

    Result<Suggestions> run()
    {
        Situation now;
        now.plan = std::shared_ptr<const Plan>(std::shared_ptr<void>(), &m_plan); // borrowed
        now.memory = TRY(planMemory(m_plan, m_inputTypes));
        now.peak = TRY(predictPeak(m_plan, now.memory, m_threads));
        m_hintProblems = hintProblems(now.memory);
        m_types = now.memory.types;

        Suggestions result;
        std::vector<Found> found;
        for (const Kind& kind : kinds) {
            m_deadline = Clock::now() + longestSearch;
            m_ranOut = false;
            Found one = TRY(search(kind.kind, now));
            if (m_ranOut)
                result.notes.push_back(
                    fmt::format("{}: the search was ended after {} s, more may be possible", name(kind.kind),
                                longestSearch.count()));
            if (one.steps.empty())
                result.notes.push_back(fmt::format("{}: {}", name(kind.kind), kind.vain));
            else
                found.push_back(std::move(one));
        }
        for (const Found& one : found)
            result.list.push_back(suggestion(one));
        std::stable_sort(result.list.begin(), result.list.end(),
                         [](const Suggestion& a, const Suggestion& b) { return a.peakBytes < b.peakBytes; });
        addCombinations(now, std::move(found), result);
        result.now = std::move(now.peak);
        return result;
    }

private:
    static std::string_view name(SuggestionKind kind)
    {
        switch (kind) {
        case SuggestionKind::Reorder:
            return "order";
        case SuggestionKind::JoinInPlace:
            return "join in place";
        case SuggestionKind::Recompute:
            return "recompute";
        case SuggestionKind::Hold:
            return "lower precision";
        case SuggestionKind::Chunk:
            return "chunk";
        case SuggestionKind::Together:
            return "together";
        }
        return {};
    }

    static std::size_t hintProblems(const MemoryPlan& memory)
    {
        return static_cast<std::size_t>(
            std::count_if(memory.problems.begin(), memory.problems.end(),
                          [](const Problem& problem) { return problem.code == "plan-hint"; }));
    }

    // The plan with these hints as well; nothing when one of them cannot be followed.
    Result<std::optional<Situation>> with(const passes::PlanHints& more) const
    {
        if (m_cancelled && m_cancelled())
            return Error{ErrorCode::Cancelled, "the search for suggestions was cancelled", {}};
        graph::Model model = m_plan.model();
        for (std::size_t i = 0; i < m_types.size(); ++i) // parts of a chain have sizes that must be known
            if (m_types[i].kind != graph::TypeKind::Unknown)
                model.graph.value(ValueId(i)).type = m_types[i];
        std::vector<Problem> problems;
        auto applied = passes::applyPlanHints(model, more, m_plan.ops(), problems);
        if (!applied.ok() || !problems.empty())
            return std::optional<Situation>();
        passes::PlanHints joins;
        joins.joinInPlace = m_hints.joinInPlace;
        joins.joinInPlace.insert(joins.joinInPlace.end(), more.joinInPlace.begin(), more.joinInPlace.end());
        auto plan = Plan::create(std::move(model), m_plan.root(), BackendChoice::Auto, m_plan.ops(), joins);
        if (!plan.ok())
            return std::optional<Situation>();
        Situation result;
        result.plan = plan.releaseValue();
        auto memory = planMemory(*result.plan, m_inputTypes);
        if (!memory.ok() || hintProblems(*memory) > m_hintProblems)
            return std::optional<Situation>();
        result.memory = memory.releaseValue();
        result.peak = TRY(predictPeak(*result.plan, result.memory, m_threads));
        return std::optional(std::move(result));
    }

    std::vector<Candidate> candidates(SuggestionKind kind, const Situation& at)
    {
        switch (kind) {
        case SuggestionKind::Reorder:
            return orderCandidates(at, [this] { return isOver() || (m_cancelled && m_cancelled()); });
        case SuggestionKind::JoinInPlace:
            return joinCandidates(at);
        case SuggestionKind::Recompute:
            return recomputeCandidates(at);
        case SuggestionKind::Hold:
            return holdCandidates(at);
        case SuggestionKind::Chunk:
            return chunkCandidates(at);
        case SuggestionKind::Together:
            break;
        }
        return {};
    }

    bool isOver()
    {
        m_ranOut = m_ranOut || Clock::now() > m_deadline;
        return m_ranOut;
    }

    Result<Found> search(SuggestionKind kind, const Situation& start)
    {
        Found found;
        found.kind = kind;
        Situation at = start;
        std::vector<Candidate> steps;
        passes::PlanHints hints;
        std::int64_t lowest = start.peak.liveBytes;
        for (std::size_t round = 0; round < mostRounds && !isOver(); ++round) {
            std::optional<Situation> best;
            Candidate chosen;
            for (Candidate& candidate : candidates(kind, at)) {
                passes::PlanHints tried = hints;
                tried.add(candidate.hints);
                auto situation = TRY(with(tried));
                if (situation && fullness(*situation) < fullness(best ? *best : at)) {
                    best = std::move(situation);
                    chosen = std::move(candidate);
                }
                if (isOver())
                    break;
            }
            if (!best)
                break;
            at = std::move(*best);
            hints.add(chosen.hints);
            steps.push_back(std::move(chosen));
            if (at.peak.liveBytes < lowest) {
                lowest = at.peak.liveBytes;
                found.steps = steps;
                found.hints = hints;
                found.result = at;
            }
        }
        return found;
    }

    Suggestion suggestion(const Found& found) const
    {
        Suggestion result;
        result.kind = found.kind;
        result.hints = found.hints;
        result.peakBytes = found.result.peak.liveBytes;
        result.arenaBytes = found.result.memory.arenaBytes;
        for (const Candidate& step : found.steps) {
            result.extraFlops += step.extraFlops;
            result.sameBits = result.sameBits && step.sameBits;
        }
        const Candidate& largest =
            *std::max_element(found.steps.begin(), found.steps.end(),
                              [](const Candidate& a, const Candidate& b) { return a.bytes < b.bytes; });
        if (m_plan.graph().contains(largest.node) && largest.node.index() < m_plan.graph().nodeSlots())
            result.node = largest.node;
        result.text = sentence(found, largest);
        result.cost = cost(found);
        return result;
    }

    static std::string sentence(const Found& found, const Candidate& largest)
    {
        const std::size_t count = found.steps.size();
        const std::string value = quoted(largest.value);
        switch (found.kind) {
        case SuggestionKind::Reorder:
            return "Run the nodes in another order";
        case SuggestionKind::JoinInPlace:
            return count == 1
                       ? "Write the inputs of Concat " + value + " into its output at once"
                       : fmt::format("Write the inputs of {} Concats into their outputs at once", count);
        case SuggestionKind::Recompute:
            return count == 1
                       ? "Compute " + value + " again where it is read later instead of keeping it"
                       : fmt::format("Compute {} values again where they are read later instead of keeping "
                                     "them; the largest is {}, {}",
                                     count, value, formatBytes(largest.bytes));
        case SuggestionKind::Hold:
            return count == 1
                       ? "Keep " + value + " as float16 until it is read later"
                       : fmt::format("Keep {} values as float16 until they are read later; the largest "
                                     "is {}, {}",
                                     count, value, formatBytes(largest.bytes));
        case SuggestionKind::Chunk:
            break;
        case SuggestionKind::Together:
            return {};
        }
        const passes::ChunkHint& chunk = found.steps.front().hints.chunk.front();
        if (count > 1)
            return fmt::format(
                "Run {} chains of nodes in parts along an axis; the first, {} nodes to {}, in {}", count,
                chunk.nodes.size(), quoted(chunk.nodes.back()), chunk.parts);
        return fmt::format("Run the {} nodes from {} to {} in {} parts along axis {}", chunk.nodes.size(),
                           quoted(chunk.nodes.front()), quoted(chunk.nodes.back()), chunk.parts, chunk.axis);
    }

    static std::string cost(const Found& found)
    {
        switch (found.kind) {
        case SuggestionKind::Recompute: {
            double flops = 0;
            for (const Candidate& step : found.steps)
                flops += step.extraFlops;
            return fmt::format("{:.3g} MFLOP more in a run", flops / 1e6);
        }
        case SuggestionKind::Hold:
            return "these values keep 3 decimal digits, and above 65504 become infinite";
        case SuggestionKind::Chunk:
            return "for these shapes only; last bits may differ, since sums may be made in another order";
        case SuggestionKind::JoinInPlace:
        case SuggestionKind::Reorder:
        case SuggestionKind::Together:
            break;
        }
        return {};
    }

    // All that keeps every bit, and then all, where that is lower than each alone.
    void addCombinations(const Situation& now, std::vector<Found> found, Suggestions& result)
    {
        std::stable_sort(found.begin(), found.end(), [](const Found& a, const Found& b) {
            return fullness(a.result) < fullness(b.result);
        });
        std::int64_t lowest = -1;
        for (const bool onlySameBits : {true, false}) {
            Suggestion together;
            together.kind = SuggestionKind::Together;
            std::vector<std::string_view> names;
            Situation at = now;
            std::int64_t alone = now.peak.liveBytes;
            for (const Found& one : found) {
                const Suggestion single = suggestion(one);
                if (onlySameBits && !single.sameBits)
                    continue;
                alone = std::min(alone, single.peakBytes);
                passes::PlanHints tried = together.hints;
                tried.add(one.hints);
                auto situation = with(tried);
                if (!situation.ok() || !*situation || fullness(**situation) >= fullness(at))
                    continue;
                at = std::move(**situation);
                together.hints = std::move(tried);
                together.extraFlops += single.extraFlops;
                together.sameBits = together.sameBits && single.sameBits;
                names.push_back(name(one.kind));
            }
            together.peakBytes = at.peak.liveBytes;
            together.arenaBytes = at.memory.arenaBytes;
            if (names.size() < 2 || together.peakBytes >= alone || together.peakBytes == lowest)
                continue;
            lowest = together.peakBytes;
            together.text = fmt::format("Together: {}", fmt::join(names, ", "));
            if (together.extraFlops > 0)
                together.cost = fmt::format("{:.3g} MFLOP more in a run", together.extraFlops / 1e6);
            result.list.insert(result.list.begin(), std::move(together));
        }
        std::stable_sort(result.list.begin(), result.list.end(),
                         [](const Suggestion& a, const Suggestion& b) { return a.peakBytes < b.peakBytes; });
    }

    const Plan& m_plan;
    const passes::PlanHints& m_hints;
    const std::map<ValueId, graph::ValueType>& m_inputTypes;
    const std::function<bool()>& m_cancelled;
    int m_threads;
    std::vector<graph::ValueType> m_types; // by ValueId of the plan's graph, for these inputs
    std::size_t m_hintProblems = 0;        // that those in force have already
    Clock::time_point m_deadline;
    bool m_ranOut = false;
};

} // namespace

Result<Suggestions> suggest(const Plan& plan, const passes::PlanHints& hints,
                            const std::map<ValueId, graph::ValueType>& inputTypes,
                            const std::function<bool()>& cancelled, int threads)
{
    return Search(plan, hints, inputTypes, cancelled, threads).run();
}

} // namespace orrery::plan
