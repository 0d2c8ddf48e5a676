#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// Command: a word of the debugger's prompt as a passive record. Each *_commands.cpp gives a table of them;
// `help` and completion read the same tables. A command answers with text for people and JSON for programs.

#include "app/prompt/line.h"

#include <nlohmann/json.hpp>

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace orrery::prompt {

class Prompt;

struct Reply {
    std::string text; // whole lines
    nlohmann::json json = nlohmann::json::object();
};

enum class Completes { Nothing, Node, Value, Command, Topic };
enum class OnEmptyLine { Nothing, Repeat }; // on a terminal

struct Command {
    std::string_view name = {};
    std::vector<std::string_view> aliases = {};
    std::string_view arguments = {}; // "NODE [if COND]"
    std::string_view summary = {};   // one line
    std::size_t least = 0;           // arguments
    std::size_t most = 0;
    Completes completes = Completes::Nothing; // its first argument
    OnEmptyLine onEmptyLine = OnEmptyLine::Nothing;
    std::function<Result<Reply>(Prompt&, const Line&)> run = {};

    static constexpr std::size_t any = static_cast<std::size_t>(-1);
};

struct CommandGroup {
    std::string_view title;
    std::vector<Command> commands;
};

CommandGroup movementCommands();
CommandGroup breakpointCommands();
CommandGroup lookCommands();
CommandGroup infoCommands();
CommandGroup changeCommands();
CommandGroup findCommands();
CommandGroup sessionCommands();
Command shrinkCommand(); // of the finding ones

const std::vector<CommandGroup>& commandGroups();

std::vector<std::string> infoTopics(std::string_view prefix); // what `info` tells of

// By name, alias or the beginning of one name. Usage when there is none or there are several.
Result<const Command*> findCommand(std::string_view word);

} // namespace orrery::prompt
