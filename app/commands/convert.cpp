// SPDX-License-Identifier: Apache-2.0
#include "app/cli/command.h"
#include "app/cli/run_options.h"
#include "engine/formats/format.h"

namespace orrery::commands {
namespace {

using namespace orrery::cli;

Result<ExitStatus> run(const Arguments& arguments)
{
    graph::Model model = TRY(formats::readModel(arguments.positional(0)));
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
