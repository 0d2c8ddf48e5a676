// SPDX-License-Identifier: Apache-2.0
#include "app/cli/arguments.h"
#include "app/prompt/parse.h"
#include "app/prompt/prompt.h"
#include "engine/base/text.h"

#include <fmt/format.h>

namespace orrery::prompt {
namespace {

using nlohmann::json;

constexpr std::string_view conditions = R"(conditions, about what a node has just written:
  nan  inf                 any element is
  abs > X                  of any element
  min max mean std < X     of the finite elements; zeros < X is a share, 0 to 1
  dim = 0                  any dim is
  shape changes            against the last time that the node ran
  time > 2 ms              of the node; time > p95 against earlier runs
  bytes > 1e6              of one output
  difference > X           the largest error against the reference tensor of that name
comparisons: < <= > >= =
)";

constexpr std::string_view names = R"(names:
  a node by its name, its #id, or a value that it writes; a value by its name, its %id, or its node
  names with blanks go in "…", where \" and \\ stand for themselves
  a slice is [0, :, 2:5], as in NumPy
  an expression has numbers, values, + - * / ^, slices, ONNX operators (Relu(x), Clip(x, -1, 1)), and
  zeros(dims…) ones(dims…) full(c, dims…) random(seed, dims…) like(x, c)
)";

std::string usageOf(const Command& command)
{
    return fmt::format("{}{}{}", command.name, command.arguments.empty() ? "" : " ", command.arguments);
}

json commandJson(const CommandGroup& group, const Command& command)
{
    return {{"name", command.name},
            {"group", group.title},
            {"aliases", command.aliases},
            {"arguments", command.arguments},
            {"summary", command.summary}};
}

Result<Reply> helpOn(const std::string& word)
{
    if (word == "conditions")
        return Reply{std::string(conditions), {{"text", conditions}}};
    if (word == "names")
        return Reply{std::string(names), {{"text", names}}};
    const Command* command = TRY(findCommand(word));
    Reply reply;
    reply.text = fmt::format("{}\n  {}\n", usageOf(*command), command->summary);
    if (!command->aliases.empty())
        reply.text += fmt::format("  also: {}\n", fmt::join(command->aliases, ", "));
    if (command->arguments.find("COND") != std::string_view::npos)
        reply.text += std::string(conditions);
    else if (command->arguments.find("EXPR") != std::string_view::npos)
        reply.text += std::string(names);
    reply.json = commandJson({}, *command);
    return reply;
}

Result<Reply> help(Prompt&, const Line& line)
{
    if (line.argumentCount() > 0)
        return helpOn(line.argument(0).text);
    Reply reply;
    reply.json["commands"] = json::array();
    for (const CommandGroup& group : commandGroups()) {
        reply.text += fmt::format("{}{}\n", reply.text.empty() ? "" : "\n", group.title);
        for (const Command& command : group.commands) {
            std::string usage = usageOf(command);
            reply.text += usage.size() > 30 ? fmt::format("  {}\n  {:30} {}\n", usage, "", command.summary)
                                            : fmt::format("  {:30} {}\n", usage, command.summary);
            reply.json["commands"].push_back(commandJson(group, command));
        }
    }
    reply.text += "\nThe beginning of a word will do where it is the only one. `help WORD` tells its other\n"
                  "names; `help names` and `help conditions` how things are written. An empty line repeats\n"
                  "the last movement. Ctrl+C pauses; a second one ends a runner that does not come back.\n";
    return reply;
}

Result<Reply> isolation(Prompt& prompt, const Line&)
{
    const protocol::Hello& runner = prompt.session().runner();
    bool here = prompt.options().debug.session.form == session::RunnerForm::InProcess;
    Reply reply;
    reply.text = here ? std::string("the model runs in this process: nothing is kept from it\n")
                      : fmt::format("runner  process {}\ncannot  {}\n", runner.pid,
                                    runner.isolation.empty() ? "(nothing is kept from it)"
                                                             : displayText(runner.isolation, 400));
    if (!here && !runner.isolationGaps.empty())
        reply.text += fmt::format("gaps    {}\n", displayText(runner.isolationGaps, 400));
    reply.json = {{"pid", runner.pid},
                  {"in_process", here},
                  {"isolation", runner.isolation},
                  {"gaps", runner.isolationGaps},
                  {"kernels", runner.kernelLevel},
                  {"versions", runner.versions}};
    return reply;
}

Result<Reply> history(Prompt& prompt, const Line& line)
{
    if (line.argumentCount() > 0) {
        std::int64_t bytes = TRY(parseBytes(line.from(0)));
        TRY(prompt.guarded([&] { return prompt.session().setHistoryBudget(bytes); }));
    }
    return historyReply(prompt);
}

} // namespace

CommandGroup sessionCommands()
{
    return {"the session",
            {
                {.name = "history",
                 .arguments = "[BUDGET]",
                 .summary = "memory for going back: 64MB, 1GiB, unlimited; alone: what is used",
                 .most = 2,
                 .run = history},
                {.name = "revive",
                 .summary = "another runner after one died, just before the node that ended it",
                 .run = [](Prompt& prompt,
                           const Line&) { return prompt.moved([&] { return prompt.session().revive(); }); }},
                {.name = "isolation",
                 .summary = "what the runner is kept from, and what this kernel cannot keep it from",
                 .run = isolation},
                {.name = "help",
                 .aliases = {"h", "?"},
                 .arguments = "[WORD|names|conditions]",
                 .summary = "this list, or one word of it",
                 .most = 1,
                 .completes = Completes::Command,
                 .run = help},
                {.name = "quit",
                 .aliases = {"q", "exit"},
                 .summary = "end the session",
                 .run = [](Prompt& prompt, const Line&) -> Result<Reply> {
                     prompt.quit();
                     return Reply{};
                 }},
            }};
}

} // namespace orrery::prompt
