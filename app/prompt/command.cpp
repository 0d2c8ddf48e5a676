// SPDX-License-Identifier: Apache-2.0
#include "app/prompt/command.h"

#include "app/cli/arguments.h"
#include "engine/base/text.h"

#include <fmt/format.h>

#include <algorithm>

namespace orrery::prompt {

const std::vector<CommandGroup>& commandGroups()
{
    static const std::vector<CommandGroup> groups = {movementCommands(), breakpointCommands(), lookCommands(),
                                                     infoCommands(),     changeCommands(),     findCommands(),
                                                     sessionCommands()};
    return groups;
}

Result<const Command*> findCommand(std::string_view word)
{
    std::vector<const Command*> begun;
    for (const CommandGroup& group : commandGroups())
        for (const Command& command : group.commands) {
            bool alias =
                std::find(command.aliases.begin(), command.aliases.end(), word) != command.aliases.end();
            if (command.name == word || alias)
                return &command;
            if (command.name.starts_with(word))
                begun.push_back(&command);
        }
    if (begun.size() == 1)
        return begun.front();
    if (begun.empty())
        return cli::usageError(
            fmt::format("there is no command \"{}\"; `help` lists them", displayText(word, 100)));
    std::vector<std::string_view> names;
    for (const Command* command : begun)
        names.push_back(command->name);
    return cli::usageError(fmt::format("\"{}\" can be {}", displayText(word, 100), fmt::join(names, ", ")));
}

} // namespace orrery::prompt
