// SPDX-License-Identifier: Apache-2.0
#include "app/cli/command.h"
#include "engine/base/text.h"
#include "engine/formats/format.h"

#include <fmt/format.h>

namespace orrery::commands {
namespace {

using namespace orrery::cli;

Result<ExitStatus> run(const Arguments& arguments)
{
    graph::Model model = TRY(formats::readModel(arguments.positional(0)));
    for (const Problem& problem : model.loadProblems)
        fmt::print(stderr, "{}: {}{}\n", name(problem.severity),
                   problem.node.empty() ? std::string() : displayText(problem.node, 200) + ": ",
                   displayText(problem.text, 1000));
    TRY(formats::writeModel(model, arguments.positional(1)));
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
