// SPDX-License-Identifier: Apache-2.0
#include "app/cli/clean_up.h"
#include "app/cli/command.h"
#include "app/cli/output.h"
#include "app/cli/run_options.h"
#include "app/cli/table.h"
#include "engine/base/text.h"
#include "engine/formats/format.h"
#include "engine/formats/split_weights.h"

#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

namespace orrery::commands {
namespace {

using namespace orrery::cli;

constexpr std::int64_t mostBytes = std::int64_t(1) << 50;

// So that a slip of the pen does not write one format under the name of another.
Result<void> checkExtension(const std::string& path)
{
    std::vector<std::string> known;
    for (const formats::FormatSpec& format : formats::formats())
        for (const std::string& extension : format.extensions) {
            if (path.ends_with(extension))
                return {};
            known.push_back(extension);
        }
    return usageError(
        fmt::format("{}: the extension says which format to write: {}", path, fmt::join(known, ", ")));
}

// The weights go where the options say; what is to be written to OUT then.
Result<graph::Model> placeWeights(const Arguments& arguments, graph::Model model, nlohmann::json& told)
{
    if (arguments.has("join-weights"))
        return formats::joinWeights(model);
    if (!arguments.has("split-weights"))
        return model;
    const auto least = TRY(arguments.integer("split-weights", 1024, 0, mostBytes));
    if (!arguments.positional(1).ends_with(".onnx"))
        return usageError("--split-weights: only an .onnx file keeps its weights beside it");
    formats::SplitWeights split = TRY(formats::splitWeights(model, arguments.positional(1), least));
    if (chosenFormat(arguments) == Format::Text)
        print("Split weights: {} of {} in {}\n",
              counted(static_cast<std::int64_t>(split.tensors), "tensor", "tensors"),
              formatBytes(split.bytes), split.tensors == 0 ? "no file" : displayText(split.dataPath, 400));
    told = {{"tensors", split.tensors}, {"bytes", split.bytes}, {"file", split.dataPath}};
    return std::move(split.model);
}

Result<ExitStatus> run(const Arguments& arguments)
{
    TRY(checkExtension(arguments.positional(1)));
    graph::Model model = TRY(whileReading(formats::readModel(arguments.positional(0))));
    printProblems(model.loadProblems);
    const auto steps = TRY(cleanUp(arguments, model, arguments.has("simplify")));
    nlohmann::json weights;
    model = TRY(placeWeights(arguments, std::move(model), weights));
    std::vector<Problem> lost;
    TRY(formats::writeModel(model, arguments.positional(1), {}, &lost));
    printProblems(lost);
    if (chosenFormat(arguments) == Format::Json) {
        nlohmann::json result = {{"steps", stepsJson(steps)}};
        if (!weights.is_null())
            result["weights"] = weights;
        print("{}\n", dump(result));
    } else {
        printSteps(steps);
    }
    return ExitStatus::Done;
}

std::vector<OptionSpec> weightOptions()
{
    return {{"split-weights", "BYTES", "initializers of at least that size into OUT.data", {}},
            {"join-weights", "", "those that lie in other files into OUT", {}},
            formatOption()};
}

} // namespace

CommandSpec convert()
{
    std::vector<OptionSpec> options = cleanUpOptions();
    for (OptionSpec& option : weightOptions())
        options.push_back(option);
    return {
        "convert",
        "IN OUT",
        "Converts between model formats (the extension of OUT chooses: .onnx, .onnxtxt), operator sets and "
        "element types",
        {"IN", "OUT"},
        std::move(options),
        run};
}

} // namespace orrery::commands
