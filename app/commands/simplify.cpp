// SPDX-License-Identifier: Apache-2.0
#include "app/cli/clean_up.h"
#include "app/cli/command.h"
#include "app/cli/output.h"
#include "app/cli/run_options.h"
#include "app/cli/table.h"
#include "engine/formats/format.h"

#include <nlohmann/json.hpp>

namespace orrery::commands {
namespace {

using namespace orrery::cli;

Result<ExitStatus> run(const Arguments& arguments)
{
    graph::Model model = TRY(whileReading(formats::readModel(arguments.positional(0))));
    printProblems(model.loadProblems);
    const auto steps = TRY(cleanUp(arguments, model, true));
    std::vector<Problem> lost;
    TRY(formats::writeModel(model, arguments.positional(1), {}, &lost));
    printProblems(lost);
    if (chosenFormat(arguments) == Format::Json)
        print("{}\n", dump({{"steps", stepsJson(steps)}}));
    else
        printSteps(steps);
    return ExitStatus::Done;
}

} // namespace

CommandSpec simplify()
{
    return {
        "simplify",
        "IN OUT",
        "Lets go of what can go without changing a result: constants, identities, pairs, duplicates, what "
        "nothing reads",
        {"IN", "OUT"},
        {onlyOption(), formatOption()},
        run};
}

} // namespace orrery::commands
