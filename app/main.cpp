// SPDX-License-Identifier: Apache-2.0
#include "app/cli/command.h"
#include "app/cli/output.h"
#include "app/cli/window_command.h"
#include "engine/base/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <vector>

namespace {

using namespace orrery;
using cli::CommandSpec;
using cli::ExitStatus;

constexpr std::string_view version = ORRERY_VERSION;

void printHelp(const std::vector<CommandSpec>& commands)
{
    cli::print("orrery {} — runs, profiles and shows neural-network graphs\n\n"
               "usage: orrery [FILE] [options]      open the window on a model or a trace\n"
               "       orrery COMMAND …             work without a window\n\ncommands:\n",
               version);
    for (const CommandSpec& command : commands)
        cli::print("  {:10}{}\n", command.name, command.summary);
    cli::print(
        "\noptions of the window:\n{}\n"
        "`orrery COMMAND --help` tells the options of a command.\n"
        "exit status: 0 done, 1 what was checked does not hold, 2 usage, 3 a file is bad or cannot be\n"
        "written, 4 the model failed while running, 5 the runner died, 130 interrupted\n",
        cli::optionHelp(cli::windowOptions()));
}

void printCommandHelp(const CommandSpec& command)
{
    cli::print("usage: orrery {} {}{}\n\n{}.\n\n{}", command.name, command.arguments,
               command.options.empty() ? "" : " [options]", command.summary,
               cli::optionHelp(command.options));
}

int report(const Error& error)
{
    cli::note("orrery: {}\n", displayText(error.text(), 2000));
    return static_cast<int>(cli::exitStatusOf(error));
}

bool asksForHelp(const std::vector<std::string>& words)
{
    auto end = std::find(words.begin(), words.end(), "--");
    return std::find(words.begin(), end, "--help") != end || std::find(words.begin(), end, "-h") != end;
}

int runCommand(const CommandSpec& command, const std::vector<std::string>& words)
{
    if (asksForHelp(words)) {
        printCommandHelp(command);
        return 0;
    }
    auto arguments = cli::Arguments::parse(words, command.options, command.positionals);
    if (!arguments.ok()) {
        Error error = arguments.releaseError();
        error.message += fmt::format("; `orrery {} --help` tells the options", command.name);
        return report(error);
    }
    auto status = command.run(*arguments);
    return status.ok() ? static_cast<int>(*status) : report(status.error());
}

int runWords(int& argc, char** argv)
{
    std::vector<std::string> words(argv + 1, argv + argc);
    std::vector<CommandSpec> commands = commands::commandSpecs();
    if (!words.empty()) {
        auto command = std::find_if(commands.begin(), commands.end(),
                                    [&](const CommandSpec& c) { return c.name == words.front(); });
        if (command != commands.end())
            return runCommand(*command, {words.begin() + 1, words.end()});
        if (words.front() == "--version") {
            cli::print("orrery {}\n", version);
            return 0;
        }
        if (asksForHelp(words)) {
            printHelp(commands);
            return 0;
        }
    }
    auto status = cli::openWindow(argc, argv, words);
    return status.ok() ? *status : report(status.error());
}

} // namespace

int main(int argc, char** argv)
{
    cli::prepareOutput();
    int status = runWords(argc, argv);
    auto written = cli::finishOutput();
    return written.ok() ? status : report(written.error());
}
