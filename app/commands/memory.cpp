// SPDX-License-Identifier: Apache-2.0
//
// The peak of memory, told from shapes before anything runs, for one or many numbers of a dim; with --measure
// each is run as well. --suggest says how the fullest point could hold less, --apply keeps such suggestions
// beside the model and tells, or measures, what they change. Nothing of the model is read in this process.
#include "app/cli/command.h"
#include "app/cli/compare.h"
#include "app/cli/memory_tables.h"
#include "app/cli/output.h"
#include "app/cli/run_options.h"
#include "engine/base/text.h"
#include "profiler/session/breakpoint_file.h"
#include "profiler/session/plan_hint_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace orrery::commands {
namespace {

using namespace orrery::cli;

// One side of "measured again".
struct Measured {
    std::int64_t peakBytes = -1;
    std::int64_t medianNs = -1;
    std::vector<session::NamedTensor> outputs;
};

// What the hints that were applied change.
struct Applied {
    std::vector<std::size_t> numbers; // of the suggestions
    plan::PeakPrediction before, after;
    std::optional<Measured> measuredBefore, measuredAfter;
};

class MemoryCommand {
public:
    MemoryCommand(const Arguments& arguments, RunSettings settings, Variation vary)
        : m_arguments(arguments)
        , m_path(arguments.positional(0))
        , m_settings(std::move(settings))
        , m_vary(std::move(vary))
    {}

    Result<ExitStatus> run()
    {
        if (m_arguments.has("apply") && m_arguments.has("no-hints"))
            return usageError(
                "--apply adds to the hints that are kept beside the model; leave --no-hints out");
        const bool wantsSuggestions = m_arguments.has("suggest") || m_arguments.has("apply");
        if (m_arguments.has("clear-hints"))
            TRY(keepHints());
        else
            followSavedHints(m_arguments, m_path, m_settings.session);
        m_session = TRY(whileReading(session::Session::open(m_path, m_settings.session)));
        printOpened(*m_session);
        TRY(predictPoints());
        if (m_arguments.has("measure"))
            TRY(measurePoints());
        if (wantsSuggestions)
            m_suggestions =
                TRY(whileReading(predict(*m_session, fullest(), WithSuggestions::Yes))).suggestions;
        if (m_arguments.has("apply"))
            TRY(apply());
        if (chosenFormat(m_arguments) == Format::Json)
            print("{}\n", dump(json()));
        else
            printText();
        return ExitStatus::Done;
    }

private:
    enum class WithSuggestions { No, Yes };

    Result<protocol::Predicted> predict(session::Session& session, std::size_t point, WithSuggestions suggest)
    {
        protocol::Predict request;
        request.points = {m_vary.points[point]};
        request.suggest = suggest == WithSuggestions::Yes;
        request.threads = m_settings.request.threads;
        request.inputs = m_settings.request.inputs;
        request.memoryLimitBytes = m_settings.request.memoryLimitBytes;
        m_interrupts.stopInstead(&session);
        auto predicted = session.predict(request, m_settings.request.timeLimitSeconds);
        m_interrupts.stopInstead(nullptr);
        if (predicted.ok() && suggest == WithSuggestions::No)
            printProblems(predicted->points.front().problems);
        return predicted;
    }

    Result<void> predictPoints()
    {
        std::optional<Error> first;
        bool any = false;
        for (std::size_t i = 0; i < m_vary.points.size(); ++i) {
            auto predicted = TRY(whileReading(predict(*m_session, i, WithSuggestions::No)));
            MemoryPoint& point = m_points.emplace_back();
            point.number = m_vary.numbers[i];
            point.predicted = std::move(predicted.points.front());
            any = any || !point.predicted.error;
            if (!first)
                first = point.predicted.error;
            if (i == 0)
                for (const std::string& name : point.predicted.assumed)
                    note("note: dim \"{}\" is taken as 1; --vary gives it other numbers\n",
                         displayText(name, 200));
        }
        return any ? Result<void>() : whileReading(*first);
    }

    Result<void> keepHints() const
    {
        const session::SessionOptions& options = m_settings.session;
        return session::savePlanHints(m_path, options.root, options.optimize, options.hints);
    }

    // Of those that could be told.
    std::size_t fullest() const
    {
        auto at = std::max_element(m_points.begin(), m_points.end(), [](const auto& a, const auto& b) {
            return a.predicted.peak.liveBytes < b.predicted.peak.liveBytes;
        });
        return static_cast<std::size_t>(at - m_points.begin());
    }

    // Of hints that need numbers for dims, the points tell.
    void printOpened(const session::Session& session) const
    {
        std::vector<Problem> problems = session.opened().problems;
        if (!m_settings.session.hints.chunk.empty())
            std::erase_if(problems, [](const Problem& problem) { return problem.code == "plan-hint"; });
        printProblems(problems);
    }

    // Whether the file has other numbers for dims than the point, or hints need numbers.
    bool needsOwnSession(const protocol::PredictedPoint& point, const session::SessionOptions& options) const
    {
        if (!options.hints.chunk.empty())
            return true;
        const protocol::Opened& opened = m_session->opened();
        for (ValueId id : opened.root.inputs) {
            const graph::Value& value = opened.compute.value(id);
            const auto given = point.inputShapes.find(value.name);
            if (given == point.inputShapes.end() || !value.type.shape)
                continue;
            const auto& declared = value.type.shape->dims;
            for (std::size_t i = 0; i < declared.size() && i < given->second.size(); ++i)
                if (declared[i].isKnown() && declared[i].value() != given->second[i])
                    return true;
        }
        return false;
    }

    Result<session::RunOutcome> runPoint(session::Session& session, session::SessionOptions options,
                                         const protocol::PredictedPoint& point, session::RunRequest request)
    {
        request.shapeSets = {point.inputShapes};
        auto runIn = [&](session::Session& chosen) -> Result<session::RunOutcome> {
            auto outcome = runWithProgress(chosen, request, m_interrupts);
            if (outcome.error)
                return *outcome.error;
            return outcome;
        };
        if (!needsOwnSession(point, options))
            return runIn(session);
        for (const auto& [name, dims] : point.inputShapes)
            options.inputShapes[name] = dims;
        options.shapesAre = passes::InputShapes::Replacements;
        auto own = TRY(whileReading(session::Session::open(m_path, options)));
        return runIn(*own);
    }

    Result<void> measurePoints()
    {
        for (MemoryPoint& point : m_points)
            if (!point.predicted.error)
                point.measuredBytes =
                    TRY(runPoint(*m_session, m_settings.session, point.predicted, m_settings.request))
                        .memory.peakLiveBytes;
        return {};
    }

    Result<Measured> measureAgain(session::Session& session, const protocol::PredictedPoint& point)
    {
        session::RunRequest request = m_settings.request;
        request.outputs = protocol::Outputs::Return;
        request.warmup = 1;
        request.runs = 5;
        auto outcome = TRY(runPoint(session, m_settings.session, point, std::move(request)));
        Measured result;
        result.peakBytes = outcome.memory.peakLiveBytes;
        auto& times = outcome.durationsNs;
        std::nth_element(times.begin(), times.begin() + static_cast<std::ptrdiff_t>(times.size() / 2),
                         times.end());
        result.medianNs = times.empty() ? -1 : times[times.size() / 2];
        result.outputs = std::move(outcome.outputs);
        return result;
    }

    // Indices of the suggestions that --apply names.
    Result<std::vector<std::size_t>> chosen() const
    {
        const auto& list = m_suggestions->list;
        std::vector<std::size_t> result;
        for (const std::string& text : m_arguments.values("apply")) {
            if (list.empty())
                return usageError("--apply: there is no suggestion for this model");
            if (text == "all") {
                auto together = std::find_if(list.begin(), list.end(), [](const plan::Suggestion& s) {
                    return s.kind == plan::SuggestionKind::Together;
                });
                if (together != list.end()) {
                    result.push_back(static_cast<std::size_t>(together - list.begin()));
                    continue;
                }
                if (list.size() > 1)
                    return usageError("--apply all: no combination of the suggestions saves more than one of "
                                      "them; name one");
                result.push_back(0);
                continue;
            }
            std::size_t number = 0;
            auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
            if (failed != std::errc() || end != text.data() + text.size() || number < 1 ||
                number > list.size())
                return usageError(
                    fmt::format("--apply: there is no suggestion \"{}\", there {}", displayText(text, 100),
                                list.size() == 1 ? "is 1" : fmt::format("are 1 to {}", list.size())));
            result.push_back(number - 1);
        }
        return result;
    }

    Result<void> apply()
    {
        const std::size_t shown = fullest();
        const bool measures = m_arguments.has("measure");
        const auto indices = TRY(chosen());
        Applied applied;
        applied.before = m_points[shown].predicted.peak;
        if (measures)
            applied.measuredBefore = TRY(measureAgain(*m_session, m_points[shown].predicted));
        for (std::size_t index : indices) {
            m_settings.session.hints.add(m_suggestions->list[index].hints);
            applied.numbers.push_back(index + 1);
        }
        // Kept only once the model opens with them.
        auto after = TRY(whileReading(session::Session::open(m_path, m_settings.session)));
        printOpened(*after);
        auto predicted = TRY(whileReading(predict(*after, shown, WithSuggestions::No)));
        if (predicted.points.front().error)
            return *predicted.points.front().error;
        TRY(keepHints());
        applied.after = std::move(predicted.points.front().peak);
        if (measures)
            applied.measuredAfter = TRY(measureAgain(*after, m_points[shown].predicted));
        m_applied = std::move(applied);
        return {};
    }

    // nullopt: identical bit for bit.
    std::optional<double> largestDifference() const
    {
        const auto& before = m_applied->measuredBefore->outputs;
        const auto& after = m_applied->measuredAfter->outputs;
        bool identical = before.size() == after.size();
        double largest = 0;
        for (std::size_t i = 0; i < before.size() && i < after.size(); ++i) {
            if (after[i].tensor.identicalTo(before[i].tensor))
                continue;
            identical = false;
            largest =
                std::max(largest, compare(after[i].tensor, before[i].tensor, Tolerance()).maxAbsoluteError);
        }
        return identical ? std::nullopt : std::optional(largest);
    }

    nlohmann::json json() const
    {
        const protocol::Opened& opened = m_session->opened();
        const plan::PeakPrediction& peak = m_points[fullest()].predicted.peak;
        nlohmann::json result = {{"dim", m_vary.dim},
                                 {"points", memoryCurve(m_vary, m_points).json()},
                                 {"weight_bytes", peak.weightBytes},
                                 {"input_bytes", peak.inputBytes},
                                 {"workspace_bytes", peak.workspaceBytes},
                                 {"uncounted_values", peak.unplanned.size()},
                                 {"by_kind", memoryByKind(peak).json()},
                                 {"by_operator", memoryByOperator(opened.compute, peak).json()},
                                 {"largest_alive", memoryAlive(opened, peak).json()}};
        if (m_suggestions) {
            result["suggestions"] = suggestionTable(*m_suggestions).json();
            result["notes"] = m_suggestions->notes;
        }
        if (m_applied) {
            nlohmann::json applied = {{"numbers", m_applied->numbers},
                                      {"predicted_before_bytes", m_applied->before.liveBytes},
                                      {"predicted_after_bytes", m_applied->after.liveBytes}};
            if (m_applied->measuredAfter) {
                const auto difference = largestDifference();
                applied["measured_before_bytes"] = m_applied->measuredBefore->peakBytes;
                applied["measured_after_bytes"] = m_applied->measuredAfter->peakBytes;
                applied["before_ns"] = m_applied->measuredBefore->medianNs;
                applied["after_ns"] = m_applied->measuredAfter->medianNs;
                applied["identical"] = !difference.has_value();
                applied["max_abs_error"] = difference.value_or(0);
            }
            result["applied"] = std::move(applied);
        }
        return result;
    }

    std::string pointText(std::size_t point) const
    {
        return m_vary.dim.empty()
                   ? std::string()
                   : fmt::format("highest ({} = {}) ", displayText(m_vary.dim, 200), m_points[point].number);
    }

    void printText() const
    {
        const protocol::Opened& opened = m_session->opened();
        const std::size_t shown = fullest();
        const plan::PeakPrediction& peak = m_points[shown].predicted.peak;
        print("{}\n", memoryCurve(m_vary, m_points).text());
        for (const MemoryPoint& point : m_points)
            if (point.predicted.error)
                note("note: {} = {}: {}\n", displayText(m_vary.dim, 200), point.number,
                     displayText(point.predicted.error->text(), 1000));
        print("alive at the {}peak, {}: {} in {}\n", pointText(shown),
              peakNodeText(m_points[shown].predicted), formatBytes(peak.liveBytes),
              counted(static_cast<std::int64_t>(peak.live.size()), "buffer", "buffers"));
        print("{}\n{}\n{}", memoryByKind(peak).text(), memoryByOperator(opened.compute, peak).text(),
              memoryAlive(opened, peak).text());
        if (!peak.unplanned.empty())
            note("note: not counted, because their shapes follow from data or change in a loop, or a library "
                 "makes them: {}{}\n",
                 counted(static_cast<std::int64_t>(peak.unplanned.size()), "value", "values"),
                 peak.unplanned.front().valid()
                     ? ", the first is \"" +
                           displayText(opened.compute.value(peak.unplanned.front()).name, 200) + "\""
                     : std::string());
        if (m_suggestions)
            printSuggestions();
        if (m_applied)
            printApplied();
    }

    void printSuggestions() const
    {
        if (m_suggestions->list.empty())
            print("\nno way was found to hold less\n");
        else
            print("\nit could hold less:\n{}", suggestionTable(*m_suggestions).text());
        std::size_t number = 0;
        for (const plan::Suggestion& suggestion : m_suggestions->list)
            print("{}: {}{}\n", ++number, displayText(suggestion.text, 1000),
                  suggestion.cost.empty() ? std::string() : " (" + displayText(suggestion.cost, 300) + ")");
        for (const std::string& text : m_suggestions->notes)
            note("note: {}\n", displayText(text, 1000));
    }

    void printApplied() const
    {
        std::string numbers;
        for (std::size_t number : m_applied->numbers)
            numbers += (numbers.empty() ? "" : ", ") + fmt::format("{}", number);
        print("\napplied {}, kept in {}\n", numbers, displayText(session::breakpointFile(m_path), 1000));
        Table table({{"hints", "hints"},
                     {"predicted peak", "predicted", Align::Right},
                     {"measured", "measured", Align::Right},
                     {"time", "time", Align::Right}});
        for (auto [name, peak, measured] :
             {std::tuple("before", &m_applied->before, &m_applied->measuredBefore),
              std::tuple("after", &m_applied->after, &m_applied->measuredAfter)})
            table.add({{name, {}},
                       {formatBytes(peak->liveBytes), {}},
                       {*measured ? formatBytes((*measured)->peakBytes) : "–", {}},
                       {*measured ? formatDurationNs((*measured)->medianNs) : "–", {}}});
        print("{}", table.text());
        if (!m_applied->measuredAfter)
            return;
        const auto difference = largestDifference();
        print("measured again: the results are {}\n",
              difference ? fmt::format("not the same, max absolute error {:.3g}", *difference)
                         : std::string("identical bit for bit"));
    }

    const Arguments& m_arguments;
    const std::string& m_path;
    InterruptWatch m_interrupts;
    RunSettings m_settings;
    Variation m_vary;
    std::unique_ptr<session::Session> m_session;
    std::vector<MemoryPoint> m_points;
    std::optional<plan::Suggestions> m_suggestions;
    std::optional<Applied> m_applied;
};

Result<ExitStatus> run(const Arguments& arguments)
{
    RunSettings settings = TRY(runSettings(arguments));
    Variation vary = TRY(variation(arguments));
    return MemoryCommand(arguments, std::move(settings), std::move(vary)).run();
}

} // namespace

CommandSpec memory()
{
    return {"memory",
            "MODEL",
            "The peak of memory for other batch sizes and lengths, told before a run, and how to lower it",
            {"MODEL"},
            runOptionsAnd({varyOption(),
                           {"measure", "", "run each as well and print what the run counted", {}},
                           {"suggest", "", "how the fullest of them could hold less", {}},
                           {"apply",
                            "N",
                            "keep suggestion N beside the model, and tell what it changes; \"all\" is the "
                            "combined one; may be given again",
                            {}},
                           noHintsOption(),
                           {"clear-hints", "", "forget the suggestions that are kept beside the model", {}},
                           formatOption()}),
            run};
}

} // namespace orrery::commands
