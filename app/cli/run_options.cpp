// SPDX-License-Identifier: Apache-2.0
#include "app/cli/run_options.h"

#include "app/cli/output.h"
#include "app/cli/table.h"
#include "engine/base/text.h"
#include "profiler/session/breakpoint_file.h"
#include "profiler/session/plan_hint_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <sstream>
#include <unistd.h>

namespace orrery::cli {
namespace {

Result<std::string> absoluteFile(const std::string& path)
{
    std::error_code failed;
    auto absolute = std::filesystem::absolute(path, failed);
    if (failed || !std::filesystem::exists(absolute, failed))
        return Error{ErrorCode::BadFile, "no such file", path};
    return absolute.string();
}

Result<std::vector<protocol::InputFile>> inputFiles(const Arguments& arguments, const std::string& dataFolder)
{
    std::vector<protocol::InputFile> files;
    if (!dataFolder.empty())
        files = TRY(session::inputsOfFolder(dataFolder));
    for (const std::string& text : arguments.values("input")) {
        auto [name, path] = TRY(splitAssignment(text, "input"));
        protocol::InputFile file;
        file.name = name;
        file.path = TRY(absoluteFile(path));
        files.push_back(std::move(file));
    }
    return files;
}

} // namespace

std::vector<OptionSpec> runOptions()
{
    return {
        {"root", "NAME", "which entry point to run (default main)", {}},
        {"data", "DIR", "inputs from input_0.pb, input_1.pb …; expected values from output_0.pb …", {}},
        {"input", "NAME=FILE", "an input from a .npy or .pb file; may be given again", {}},
        {"shape",
         "NAME=1x3x224x224",
         "shape of an input that is filled with random values; may be given again",
         {}},
        {"seed", "N", "seed of the random values (default 0)", {}},
        {"optimize", "LEVEL", "which passes run (default all; for debug none)", {"none", "basic", "all"}},
        {"backend", "NAME", "which kernels run (default auto)", {"auto", "eigen", "onednn"}},
        {"threads", "N", "threads of the kernels (default 1)", {}},
        {"memory-limit", "BYTES", "stop at the node that would need more for its tensors", {}},
        {"time-limit", "SECONDS", "stop a run that takes longer", {}},
        {"custom-ops",
         "FILE",
         "a shared library with operators of its own; loaded in the runner alone; may be given again",
         {}},
        {"in-process", "", "run in this process instead of orrery-runner", {}},
    };
}

std::vector<OptionSpec> runOptionsAnd(std::vector<OptionSpec> more)
{
    std::vector<OptionSpec> all = std::move(more);
    for (OptionSpec& option : runOptions())
        all.push_back(std::move(option));
    return all;
}

Result<RunSettings> runSettings(const Arguments& arguments)
{
    RunSettings settings;
    settings.session.root = arguments.valueOr("root", "");
    std::string optimize = arguments.valueOr("optimize", "all");
    settings.session.optimize = optimize == "none"    ? passes::OptimizeLevel::None
                                : optimize == "basic" ? passes::OptimizeLevel::Basic
                                                      : passes::OptimizeLevel::All;
    std::string backend = arguments.valueOr("backend", "auto");
    if (backend == "onednn")
        return usageError("--backend onednn is not part of this build; auto and eigen are");
    settings.session.backend = backend == "eigen" ? plan::BackendChoice::Eigen : plan::BackendChoice::Auto;
    for (const std::string& text : arguments.values("shape")) {
        auto [name, dims] = TRY(splitAssignment(text, "shape"));
        settings.session.inputShapes[name] = TRY(parseDims(dims));
    }
    for (const std::string& path : arguments.values("custom-ops"))
        settings.session.customOps.push_back(TRY(absoluteFile(path)));
    if (arguments.has("in-process"))
        settings.session.form = session::RunnerForm::InProcess;

    if (arguments.has("custom-ops") && arguments.has("in-process"))
        return usageError("--custom-ops needs the runner: such libraries are never loaded into this process; "
                          "leave --in-process out");

    settings.dataFolder = arguments.valueOr("data", "");
    session::RunRequest& request = settings.request;
    request.inputs = TRY(inputFiles(arguments, settings.dataFolder));
    request.seed = static_cast<std::uint64_t>(TRY(arguments.integer("seed", 0, 0, INT64_MAX)));
    request.threads = static_cast<int>(TRY(arguments.integer("threads", 1, 1, 1024)));
    request.memoryLimitBytes = TRY(arguments.integer("memory-limit", -1, 1, INT64_MAX));
    request.timeLimitSeconds = TRY(arguments.number("time-limit", -1, 0.001));
    return settings;
}

OptionSpec noHintsOption()
{
    return {"no-hints", "", "leave out the plan hints that are kept beside the model", {}};
}

void followSavedHints(const Arguments& arguments, const std::string& modelPath,
                      session::SessionOptions& options)
{
    if (arguments.has("no-hints"))
        return;
    auto saved = session::loadPlanHints(modelPath, options.root, options.optimize);
    if (!saved.ok()) {
        note("note: no plan hints: {}\n", displayText(saved.error().text(), 1000));
        return;
    }
    printProblems(saved->notes);
    options.hints = std::move(saved->hints);
    const auto count = static_cast<std::int64_t>(options.hints.count());
    if (count > 0)
        note("note: {} of {} {} followed\n", counted(count, "plan hint", "plan hints"),
             displayText(std::filesystem::path(session::breakpointFile(modelPath)).filename().string(), 400),
             count == 1 ? "is" : "are");
}

Result<void> letShapesTakeTurns(const Arguments& arguments, RunSettings& settings)
{
    std::map<std::string, std::vector<graph::Dims>> given;
    std::size_t turns = 1;
    for (const std::string& text : arguments.values("shape")) {
        auto [name, dims] = TRY(splitAssignment(text, "shape"));
        auto& shapes = given[name];
        shapes.push_back(TRY(parseDims(dims)));
        turns = std::max(turns, shapes.size());
    }
    if (turns == 1)
        return {};
    settings.request.shapeSets.resize(turns);
    for (const auto& [name, shapes] : given) {
        for (std::size_t turn = 0; turn < turns; ++turn)
            settings.request.shapeSets[turn][name] = shapes[turn % shapes.size()];
        if (shapes.size() > 1) // the model is compiled for all of them
            settings.session.inputShapes.erase(name);
    }
    return {};
}

namespace {

// What a run held when its memory came to an end.
void printAlive(const std::vector<session::AliveAtFailure>& alive)
{
    constexpr std::size_t most = 10;
    if (alive.empty())
        return;
    std::int64_t bytes = 0;
    for (const session::AliveAtFailure& row : alive)
        bytes += row.bytes;
    Table table({{"value", "value", Align::Left},
                 {"bytes", "bytes", Align::Right},
                 {"made by", "producer", Align::Left},
                 {"next read by", "next_reader", Align::Left}});
    for (std::size_t i = 0; i < std::min(most, alive.size()); ++i) {
        const session::AliveAtFailure& row = alive[i];
        table.add({{row.value, {}},
                   {formatBytes(row.bytes), {}},
                   {row.producer.empty() ? "(input)" : row.producer, {}},
                   {!row.nextReader.empty() ? row.nextReader
                    : row.isOutput          ? "(output)"
                                            : "–",
                    {}}});
    }
    note("note: alive then: {} in {}{}\n", formatBytes(bytes),
         counted(static_cast<std::int64_t>(alive.size()), "value", "values"),
         alive.size() > most ? fmt::format(", the {} largest are", most) : std::string());
    std::istringstream lines(table.text());
    for (std::string line; std::getline(lines, line);)
        note("note:   {}\n", line);
}

} // namespace

session::RunOutcome runWithProgress(session::Session& session, const session::RunRequest& request,
                                    InterruptWatch& interrupts,
                                    const std::function<void(const session::Progress&)>& also)
{
    if (std::string gaps = session.isolation().gaps; !gaps.empty())
        note("note: {}\n", displayText(gaps, 1000));
    interrupts.stopInstead(&session);
    bool terminal = isatty(STDERR_FILENO) != 0;
    auto outcome = session.run(request, [&](const session::Progress& progress) {
        if (also)
            also(progress);
        if (terminal && progress.stepsTotal > 1)
            note("\r\x1b[Krun {} of {}{}", std::min(progress.stepsDone + 1, progress.stepsTotal),
                 progress.stepsTotal,
                 progress.lastStepNs < 0 ? std::string() : ", last " + formatDurationNs(progress.lastStepNs));
    });
    interrupts.stopInstead(nullptr);
    if (terminal)
        note("\r\x1b[K");
    for (const Problem& told : outcome.notes)
        note("note: {}\n", displayText(told.text, 1000));
    printAlive(outcome.aliveAtFailure);
    return outcome;
}

void printProblems(const std::vector<Problem>& problems)
{
    for (const Problem& problem : problems)
        if (problem.severity != Severity::Info)
            note("{}: {}{}\n", name(problem.severity),
                 problem.node.empty() ? std::string() : displayText(problem.node, 200) + ": ",
                 displayText(problem.text, 1000));
}

} // namespace orrery::cli
