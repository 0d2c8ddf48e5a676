// SPDX-License-Identifier: Apache-2.0
#include "app/cli/command.h"
#include "app/cli/compare.h"
#include "app/cli/output.h"
#include "app/cli/run_options.h"
#include "app/cli/table.h"
#include "engine/base/text.h"
#include "engine/formats/tensor_file.h"

#include <fmt/format.h>

#include <filesystem>

namespace orrery::commands {
namespace {

using namespace orrery::cli;

Result<void> writeOutputs(const session::RunOutcome& outcome, const std::string& folder,
                          const std::string& extension)
{
    std::error_code failed;
    std::filesystem::create_directories(folder, failed);
    if (failed)
        return Error{ErrorCode::Io, failed.message(), folder};
    for (std::size_t i = 0; i < outcome.outputs.size(); ++i) {
        std::string path =
            (std::filesystem::path(folder) / fmt::format("output_{}.{}", i, extension)).string();
        TRY(formats::writeTensor(outcome.outputs[i].tensor, path, outcome.outputs[i].name));
    }
    return {};
}

// One per output for which the folder has an expected value.
Result<std::vector<std::optional<Comparison>>>
compareOutputs(const session::RunOutcome& outcome, const std::string& folder, const Tolerance& tolerance)
{
    std::vector<std::optional<Comparison>> result;
    bool any = false;
    for (std::size_t i = 0; i < outcome.outputs.size(); ++i) {
        std::string path = (std::filesystem::path(folder) / fmt::format("output_{}.pb", i)).string();
        if (!std::filesystem::exists(path)) {
            result.emplace_back();
            continue;
        }
        any = true;
        result.emplace_back(compare(outcome.outputs[i].tensor, TRY(formats::readTensor(path)), tolerance));
    }
    if (!any)
        return Error{ErrorCode::BadFile, "there is no output_0.pb to compare with", folder};
    return result;
}

Result<ExitStatus> run(const Arguments& arguments)
{
    RunSettings settings = TRY(runSettings(arguments));
    Tolerance tolerance;
    tolerance.relative = TRY(arguments.number("rtol", tolerance.relative, 0));
    tolerance.absolute = TRY(arguments.number("atol", tolerance.absolute, 0));
    if (arguments.has("compare") && settings.dataFolder.empty())
        return usageError("--compare needs --data DIR with output_0.pb …");

    followSavedHints(arguments, arguments.positional(0), settings.session);
    InterruptWatch interrupts;
    auto session = TRY(whileReading(session::Session::open(arguments.positional(0), settings.session)));
    printProblems(session->opened().problems);
    settings.request.outputs = protocol::Outputs::Return;
    session::RunOutcome outcome = runWithProgress(*session, settings.request, interrupts);
    if (outcome.error)
        return *outcome.error;

    if (auto folder = arguments.value("output-dir"))
        TRY(writeOutputs(outcome, *folder, arguments.valueOr("output-format", "pb")));
    std::vector<std::optional<Comparison>> comparisons(outcome.outputs.size());
    if (arguments.has("compare"))
        comparisons = TRY(compareOutputs(outcome, settings.dataFolder, tolerance));

    nlohmann::json outputs = nlohmann::json::array();
    bool holds = true;
    for (std::size_t i = 0; i < outcome.outputs.size(); ++i) {
        const session::NamedTensor& output = outcome.outputs[i];
        nlohmann::json row = {{"name", output.name},
                              {"dtype", graph::name(output.tensor.type())},
                              {"shape", output.tensor.dims()}};
        std::string line =
            fmt::format("{}: {} {}", displayText(output.name, 200), graph::name(output.tensor.type()),
                        graph::dimsText(output.tensor.dims()));
        if (const auto& comparison = comparisons[i]) {
            row["max_abs_error"] = comparison->maxAbsoluteError;
            row["max_rel_error"] = comparison->maxRelativeError;
            row["ok"] = comparison->ok;
            holds = holds && comparison->ok;
            line += fmt::format("  max absolute error {:.3g}, max relative error {:.3g}  {}",
                                comparison->maxAbsoluteError, comparison->maxRelativeError,
                                comparison->ok ? "ok" : "DIFFERS: " + comparison->difference);
        } else if (arguments.has("compare")) {
            line += "  (no expected value)";
        }
        outputs.push_back(std::move(row));
        if (chosenFormat(arguments) == Format::Text)
            print("{}\n", line);
    }
    if (chosenFormat(arguments) == Format::Json)
        print("{}\n", dump({{"outputs", outputs}}));
    return holds ? ExitStatus::Done : ExitStatus::DoesNotHold;
}

} // namespace

CommandSpec run()
{
    return {"run",
            "MODEL",
            "Runs a model once; writes or compares its outputs",
            {"MODEL"},
            runOptionsAnd({{"output-dir", "DIR", "write the outputs there as output_0.pb …", {}},
                           {"output-format", "FORMAT", "of the files written (default pb)", {"pb", "npy"}},
                           {"compare",
                            "",
                            "compare with the outputs in the folder given by --data; exit 1 when they differ",
                            {}},
                           {"rtol", "X", "relative tolerance (default 1e-3)", {}},
                           {"atol", "X", "absolute tolerance (default 1e-7)", {}},
                           noHintsOption(),
                           formatOption()}),
            [](const Arguments& arguments) { return run(arguments); }};
}

} // namespace orrery::commands
