// SPDX-License-Identifier: Apache-2.0
#include "app/cli/command.h"
#include "app/cli/output.h"
#include "app/cli/run_options.h"
#include "app/prompt/parse.h"
#include "app/prompt/prompt.h"

#include <filesystem>

namespace orrery::commands {
namespace {

using namespace orrery::cli;

Result<session::DebugOptions> debugOptions(const Arguments& arguments)
{
    RunSettings settings = TRY(runSettings(arguments));
    session::DebugOptions options;
    options.session = settings.session;
    if (!arguments.has("optimize"))
        options.session.optimize = passes::OptimizeLevel::None;
    followSavedHints(arguments, arguments.positional(0), options.session);
    options.inputs = settings.request.inputs;
    options.seed = settings.request.seed;
    options.threads = settings.request.threads;
    options.memoryLimitBytes = settings.request.memoryLimitBytes;
    options.timeLimitSeconds = settings.request.timeLimitSeconds;
    if (auto budget = arguments.value("history"))
        options.historyBudgetBytes = TRY(prompt::parseBytes(*budget));
    for (auto [name, path] :
         {std::pair("reference", &options.referencePath), std::pair("earlier", &options.earlierTracePath)}) {
        auto given = arguments.value(name);
        std::error_code failed;
        if (given && !std::filesystem::exists(*given, failed))
            return Error{ErrorCode::BadFile, "no such file", *given};
        if (given)
            *path = std::filesystem::absolute(*given, failed).string();
    }
    return options;
}

Result<ExitStatus> debug(const Arguments& arguments)
{
    prompt::PromptOptions options;
    options.modelPath = arguments.positional(0);
    options.debug = TRY(debugOptions(arguments));
    options.format = chosenFormat(arguments);

    InterruptWatch interrupts;
    auto session = TRY(whileReading(session::DebugSession::open(options.modelPath, options.debug)));
    printProblems(session->opened().problems);
    prompt::Prompt prompt(*session, options, interrupts);
    if (arguments.has("saved-breakpoints"))
        TRY(prompt::loadSavedBreakpoints(prompt));
    prompt.printStart();
    auto reader = prompt::LineReader::create();
    return prompt.run(*reader);
}

} // namespace

CommandSpec debug()
{
    return {
        "debug",
        "MODEL",
        "Steps through a model forwards and backwards; reads commands from a prompt or from stdin",
        {"MODEL"},
        runOptionsAnd({{"saved-breakpoints", "", "set the breakpoints and watches kept beside the model", {}},
                       {"history", "BYTES", "memory for going back, as 64MB or unlimited (default 1GiB)", {}},
                       {"reference", "FILE.npz|DIR", "tensors that `difference > X` compares with", {}},
                       {"earlier", "TRACE", "earlier runs, for `time > p95`", {}},
                       noHintsOption(),
                       formatOption()}),
        [](const Arguments& arguments) { return debug(arguments); }};
}

} // namespace orrery::commands
