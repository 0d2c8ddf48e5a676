// SPDX-License-Identifier: Apache-2.0
#include "app/prompt/parse.h"
#include "app/prompt/prompt.h"

namespace orrery::prompt {
namespace {

using debug::Direction;
using debug::Goal;
using debug::Movement;

Movement towards(Goal goal, Direction direction)
{
    Movement movement;
    movement.goal = goal;
    movement.direction = direction;
    return movement;
}

Result<Reply> go(Prompt& prompt, const Movement& movement)
{
    return prompt.moved([&] { return prompt.session().go(movement); });
}

// `step [n]` and its like.
Command counted(std::string_view name, std::vector<std::string_view> aliases, std::string_view summary,
                Goal goal, Direction direction)
{
    return {.name = name,
            .aliases = std::move(aliases),
            .arguments = "[N]",
            .summary = summary,
            .most = 1,
            .onEmptyLine = OnEmptyLine::Repeat,
            .run = [=](Prompt& prompt, const Line& line) -> Result<Reply> {
                Movement movement = towards(goal, direction);
                if (line.argumentCount() > 0)
                    movement.count = TRY(parseCount(line.argument(0).text, 1));
                return go(prompt, movement);
            }};
}

Command plain(std::string_view name, std::vector<std::string_view> aliases, std::string_view summary,
              Goal goal, Direction direction)
{
    return {.name = name,
            .aliases = std::move(aliases),
            .summary = summary,
            .onEmptyLine = OnEmptyLine::Repeat,
            .run = [=](Prompt& prompt, const Line&) { return go(prompt, towards(goal, direction)); }};
}

Command toNode(std::string_view name, std::vector<std::string_view> aliases, std::string_view summary,
               Direction direction)
{
    return {.name = name,
            .aliases = std::move(aliases),
            .arguments = "NODE",
            .summary = summary,
            .least = 1,
            .most = 1,
            .completes = Completes::Node,
            .onEmptyLine = OnEmptyLine::Repeat,
            .run = [=](Prompt& prompt, const Line& line) -> Result<Reply> {
                Movement movement = towards(Goal::Node, direction);
                movement.node = TRY(prompt.node(line.argument(0)));
                return go(prompt, movement);
            }};
}

Command toWriter(std::string_view name, std::string_view summary, Direction direction)
{
    return {.name = name,
            .arguments = "VALUE",
            .summary = summary,
            .least = 1,
            .most = 1,
            .completes = Completes::Value,
            .run = [=](Prompt& prompt, const Line& line) -> Result<Reply> {
                Movement movement = towards(Goal::Writer, direction);
                movement.value = TRY(prompt.value(line.argument(0)));
                return go(prompt, movement);
            }};
}

Result<Reply> goTo(Prompt& prompt, const Line& line)
{
    Movement movement = towards(Goal::Position, Direction::Forward);
    movement.position = TRY(parseCount(line.argument(0).text, 0));
    return go(prompt, movement);
}

} // namespace

CommandGroup movementCommands()
{
    using enum Direction;
    return {
        "moving",
        {
            counted("step", {"s", "n", "next"}, "run the next N nodes, with the bodies that belong to them",
                    Goal::Step, Forward),
            counted("back", {"bs", "rs", "rn", "reverse-step"}, "undo the last N nodes", Goal::Step,
                    Backward),
            counted("into", {"si", "stepi"}, "run N instructions, entering bodies and functions", Goal::Into,
                    Forward),
            counted("back-into", {"rsi"}, "undo N instructions, entering bodies from their end", Goal::Into,
                    Backward),
            plain("out", {"fin", "finish"}, "run to the end of the body that is being run", Goal::Out,
                  Forward),
            plain("reverse-out", {"ro", "reverse-finish"}, "go back to before the node whose body this is",
                  Goal::Out, Backward),
            plain("continue", {"c"}, "run to the next breakpoint, else to the end", Goal::Continue, Forward),
            plain("reverse-continue", {"rc"}, "go back to the last breakpoint, else to the start",
                  Goal::Continue, Backward),
            toNode("run-to", {"u", "until"}, "run until NODE is the next", Forward),
            toNode("back-to", {}, "go back to before NODE ran last", Backward),
            toWriter("run-back", "go back to before the node that wrote what VALUE holds", Backward),
            toWriter("run-write", "run until VALUE has been written", Forward),
            {.name = "go",
             .aliases = {"goto", "jump"},
             .arguments = "POSITION",
             .summary = "go to a position, the number in […], whichever direction",
             .least = 1,
             .most = 1,
             .run = goTo},
            {.name = "restart",
             .aliases = {"start"},
             .summary = "go back to the start; breakpoints and branches stay",
             .run = [](Prompt& prompt,
                       const Line&) { return prompt.moved([&] { return prompt.session().restart(); }); }},
        }};
}

} // namespace orrery::prompt
