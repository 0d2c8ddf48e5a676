// SPDX-License-Identifier: Apache-2.0
#include "app/cli/command.h"
#include "app/cli/run_options.h"
#include "engine/formats/format.h"

#include <fmt/ranges.h>

namespace orrery::commands {
namespace {

using namespace orrery::cli;

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

Result<ExitStatus> run(const Arguments& arguments)
{
    TRY(checkExtension(arguments.positional(1)));
    graph::Model model = TRY(whileReading(formats::readModel(arguments.positional(0))));
    printProblems(model.loadProblems);
    std::vector<Problem> lost;
    TRY(formats::writeModel(model, arguments.positional(1), {}, &lost));
    printProblems(lost);
    return ExitStatus::Done;
}

} // namespace

CommandSpec convert()
{
    return {"convert",
            "IN OUT",
            "Converts between model formats; the extension of OUT chooses (.onnx, .onnxtxt)",
            {"IN", "OUT"},
            {},
            run};
}

} // namespace orrery::commands
