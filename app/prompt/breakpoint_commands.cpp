// SPDX-License-Identifier: Apache-2.0
#include "app/cli/arguments.h"
#include "app/cli/output.h"
#include "app/cli/table.h"
#include "app/prompt/parse.h"
#include "app/prompt/prompt.h"
#include "engine/base/text.h"
#include "profiler/session/breakpoint_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace orrery::prompt {
namespace {

using debug::Breakpoint;
using debug::BreakpointAction;
using debug::BreakpointTarget;
using nlohmann::json;

std::string targetText(const graph::Graph& graph, const Breakpoint& breakpoint)
{
    switch (breakpoint.target) {
    case BreakpointTarget::Node:
        return namedNode(graph, breakpoint.node);
    case BreakpointTarget::OpType:
        return "any " + displayText(breakpoint.text, 100);
    case BreakpointTarget::Scope:
        return "scope " + displayText(breakpoint.text, 200);
    case BreakpointTarget::Value:
        return "value " + valueName(graph, breakpoint.value);
    case BreakpointTarget::Any:
        return "every node";
    }
    return {};
}

std::string_view targetWord(BreakpointTarget target)
{
    switch (target) {
    case BreakpointTarget::Node:
        return "node";
    case BreakpointTarget::OpType:
        return "op_type";
    case BreakpointTarget::Scope:
        return "scope";
    case BreakpointTarget::Value:
        return "value";
    case BreakpointTarget::Any:
        return "any";
    }
    return "any";
}

json breakpointJson(Prompt& prompt, const Breakpoint& breakpoint)
{
    return {{"breakpoint", breakpoint.id.value},
            {"target", targetWord(breakpoint.target)},
            {"node", nodeJson(prompt.graph(), breakpoint.node)},
            {"value", breakpoint.value.valid() ? valueJson(prompt.session(), breakpoint.value) : json()},
            {"text", breakpoint.text},
            {"condition", breakpoint.condition ? json(debug::text(*breakpoint.condition)) : json()},
            {"action", breakpoint.action == BreakpointAction::Log ? "log" : "stop"},
            {"enabled", breakpoint.enabled},
            {"once", breakpoint.once},
            {"ignore", breakpoint.ignore},
            {"hits", breakpoint.hits}};
}

std::string breakpointText(const graph::Graph& graph, const Breakpoint& breakpoint)
{
    return fmt::format("{}{}", targetText(graph, breakpoint),
                       breakpoint.condition ? " if " + debug::text(*breakpoint.condition) : "");
}

// The arguments before `if`, and the condition behind it.
struct Parts {
    std::size_t arguments = 0;
    std::optional<debug::Condition> condition;
};

Result<Parts> partsOf(const Line& line)
{
    Parts parts;
    for (; parts.arguments < line.argumentCount(); ++parts.arguments) {
        const Word& word = line.argument(parts.arguments);
        if (word.quoted || word.text != "if")
            continue;
        std::string condition = line.from(parts.arguments + 1);
        if (condition.empty())
            return cli::usageError("a condition is expected after `if`; `help conditions` lists them");
        parts.condition = TRY(debug::parseCondition(condition));
        break;
    }
    return parts;
}

Result<Reply> add(Prompt& prompt, Breakpoint breakpoint)
{
    session::DebugSession& session = prompt.session();
    std::set<std::uint32_t> known;
    for (const Breakpoint& other : session.breakpoints())
        known.insert(other.id.value);
    std::vector<Breakpoint> all = session.breakpoints();
    all.push_back(std::move(breakpoint));
    all = TRY(prompt.guarded([&] { return session.setBreakpoints(std::move(all)); }));
    Reply reply;
    for (const Breakpoint& now : all)
        if (!known.contains(now.id.value)) {
            reply.json = breakpointJson(prompt, now);
            reply.text =
                fmt::format("{} {}: {}\n", now.action == BreakpointAction::Log ? "log" : "breakpoint",
                            now.id.value, breakpointText(prompt.graph(), now));
        }
    return reply;
}

Result<Reply> set(Prompt& prompt, const Line& line, BreakpointTarget target, BreakpointAction action,
                  bool once)
{
    Parts parts = TRY(partsOf(line));
    std::size_t wanted = target == BreakpointTarget::Any ? 0 : 1;
    bool here = target == BreakpointTarget::Node && parts.arguments == 0;
    if (parts.arguments != wanted && !here)
        return cli::usageError(wanted == 0 ? "it is written `break-all if COND`: every node needs a condition"
                                           : "one name is expected before `if`; quote it when it has blanks");
    if (target == BreakpointTarget::Any && !parts.condition)
        return cli::usageError("every node needs a condition: `if nan`; `help conditions` lists them");
    Breakpoint breakpoint;
    breakpoint.target = target;
    breakpoint.condition = parts.condition;
    breakpoint.action = action;
    breakpoint.once = once;
    if (here) {
        breakpoint.node = prompt.session().state().next;
        if (!breakpoint.node.valid())
            return cli::usageError("nothing is left to run; name a node");
    } else if (target == BreakpointTarget::Node) {
        breakpoint.node = TRY(prompt.node(line.argument(0)));
    } else if (target == BreakpointTarget::Value) {
        breakpoint.value = TRY(prompt.value(line.argument(0)));
    } else if (wanted == 1) {
        breakpoint.text = line.argument(0).text;
        const graph::Graph& graph = prompt.graph();
        std::vector<NodeId> nodes = graph.liveNodes();
        bool any = std::any_of(nodes.begin(), nodes.end(), [&](NodeId id) {
            const graph::Node& node = graph.node(id);
            return target == BreakpointTarget::OpType ? node.opType == breakpoint.text
                                                      : node.name.starts_with(breakpoint.text);
        });
        if (!any)
            return cli::usageError(
                fmt::format("this graph has no node {} \"{}\"",
                            target == BreakpointTarget::OpType ? "of type" : "whose name begins with",
                            displayText(breakpoint.text, 200)));
    }
    return add(prompt, std::move(breakpoint));
}

Command setter(std::string_view name, std::vector<std::string_view> aliases, std::string_view arguments,
               std::string_view summary, BreakpointTarget target, BreakpointAction action, bool once = false)
{
    Completes completes = target == BreakpointTarget::Node    ? Completes::Node
                          : target == BreakpointTarget::Value ? Completes::Value
                                                              : Completes::Nothing;
    return {.name = name,
            .aliases = std::move(aliases),
            .arguments = arguments,
            .summary = summary,
            .most = Command::any,
            .completes = completes,
            .run = [=](Prompt& prompt, const Line& line) { return set(prompt, line, target, action, once); }};
}

// Calls `change` for the breakpoint with that number, or for all; those for which it says false go away.
template<class Change>
Result<Reply> change(Prompt& prompt, const Word& which, Change change)
{
    std::vector<Breakpoint> all = prompt.session().breakpoints();
    bool every = which.text == "all";
    std::uint64_t number = every ? 0 : TRY(parseCount(which.text, 0));
    std::vector<Breakpoint> kept;
    bool found = every;
    for (Breakpoint& breakpoint : all) {
        bool meant = every || breakpoint.id.value == number;
        found = found || meant;
        if (!meant || change(breakpoint))
            kept.push_back(std::move(breakpoint));
    }
    if (!found)
        return cli::usageError(fmt::format("there is no breakpoint {}; `info breaks` lists them", number));
    TRY(prompt.guarded([&] { return prompt.session().setBreakpoints(std::move(kept)); }));
    return breakpointsReply(prompt);
}

Result<Reply> enable(Prompt& prompt, const Line& line, bool enabled)
{
    return change(prompt, line.argument(0), [enabled](Breakpoint& breakpoint) {
        breakpoint.enabled = enabled;
        return true;
    });
}

Result<Reply> ignore(Prompt& prompt, const Line& line)
{
    std::uint64_t count = TRY(parseCount(line.argument(1).text, 0));
    return change(prompt, line.argument(0), [count](Breakpoint& breakpoint) {
        breakpoint.ignore = count;
        return true;
    });
}

Result<Reply> save(Prompt& prompt, const Line&)
{
    TRY(session::saveBreakpoints(prompt.options().modelPath, prompt.graph(), prompt.session().breakpoints(),
                                 prompt.watches()));
    std::string path = session::breakpointFile(prompt.options().modelPath);
    return Reply{fmt::format("saved to {}\n", displayText(path, 400)), {{"path", path}}};
}

} // namespace

Result<Reply> breakpointsReply(Prompt& prompt)
{
    Reply reply;
    reply.json["breakpoints"] = json::array();
    cli::Table table({{"number", "number", cli::Align::Right},
                      {"where", "where"},
                      {"if", "if"},
                      {"hits", "hits", cli::Align::Right},
                      {"notes", "notes"}});
    for (const Breakpoint& breakpoint : prompt.session().breakpoints()) {
        reply.json["breakpoints"].push_back(breakpointJson(prompt, breakpoint));
        std::vector<std::string> notes;
        if (breakpoint.action == BreakpointAction::Log)
            notes.emplace_back("logs");
        if (!breakpoint.enabled)
            notes.emplace_back("off");
        if (breakpoint.once)
            notes.emplace_back("once");
        if (breakpoint.ignore > 0)
            notes.push_back(fmt::format("passes over {}", breakpoint.ignore));
        table.add({{std::to_string(breakpoint.id.value), {}},
                   {targetText(prompt.graph(), breakpoint), {}},
                   {breakpoint.condition ? debug::text(*breakpoint.condition) : "", {}},
                   {std::to_string(breakpoint.hits), {}},
                   {fmt::format("{}", fmt::join(notes, ", ")), {}}});
    }
    reply.text = table.rowCount() == 0 ? "no breakpoints\n" : table.text();
    return reply;
}

Result<Reply> loadSavedBreakpoints(Prompt& prompt)
{
    auto saved = TRY(session::loadBreakpoints(prompt.options().modelPath, prompt.graph()));
    for (const Problem& note : saved.notes)
        cli::note("note: {}\n", displayText(note.text, 1000));
    std::vector<Breakpoint> all = prompt.session().breakpoints();
    all.insert(all.end(), saved.breakpoints.begin(), saved.breakpoints.end());
    TRY(prompt.guarded([&] { return prompt.session().setBreakpoints(std::move(all)); }));
    for (ValueId watch : saved.watches)
        prompt.watches().push_back(watch);
    return breakpointsReply(prompt);
}

CommandGroup breakpointCommands()
{
    using enum BreakpointTarget;
    using enum BreakpointAction;
    return {
        "stopping",
        {
            setter("break", {"b"}, "[NODE] [if COND]",
                   "stop before NODE (else the next one); with a condition after it", Node, Stop),
            setter("break-op", {}, "TYPE [if COND]", "stop at every node of an operator type", OpType, Stop),
            setter("break-scope", {}, "PREFIX [if COND]", "stop at every node whose name begins so", Scope,
                   Stop),
            setter("break-value", {}, "VALUE [if COND]", "stop after VALUE was written", Value, Stop),
            setter("break-all", {}, "if COND", "stop after any node that answers the condition", Any, Stop),
            setter("tbreak", {"tb"}, "[NODE] [if COND]", "as break, but once", Node, Stop, true),
            setter("log", {}, "[NODE] [if COND]", "as break, but only tell of it and go on", Node, Log),
            setter("log-op", {}, "TYPE [if COND]", "as break-op, but only tell of it", OpType, Log),
            setter("log-scope", {}, "PREFIX [if COND]", "as break-scope, but only tell of it", Scope, Log),
            setter("log-value", {}, "VALUE [if COND]", "as break-value, but only tell of it", Value, Log),
            setter("log-all", {}, "if COND", "as break-all, but only tell of it", Any, Log),
            {.name = "delete",
             .aliases = {"d"},
             .arguments = "NUMBER|all",
             .summary = "take a breakpoint away",
             .least = 1,
             .most = 1,
             .run =
                 [](Prompt& prompt, const Line& line) {
                     return change(prompt, line.argument(0), [](Breakpoint&) { return false; });
                 }},
            {.name = "enable",
             .aliases = {"en"},
             .arguments = "NUMBER|all",
             .summary = "let a breakpoint work again",
             .least = 1,
             .most = 1,
             .run = [](Prompt& prompt, const Line& line) { return enable(prompt, line, true); }},
            {.name = "disable",
             .arguments = "NUMBER|all",
             .summary = "let a breakpoint rest",
             .least = 1,
             .most = 1,
             .run = [](Prompt& prompt, const Line& line) { return enable(prompt, line, false); }},
            {.name = "ignore",
             .arguments = "NUMBER COUNT",
             .summary = "pass over the next COUNT hits of a breakpoint",
             .least = 2,
             .most = 2,
             .run = ignore},
            {.name = "save",
             .summary = "keep breakpoints and watches beside the model, for --saved-breakpoints",
             .run = save},
            {.name = "load",
             .summary = "set the breakpoints and watches that were saved",
             .run = [](Prompt& prompt, const Line&) { return loadSavedBreakpoints(prompt); }},
        }};
}

} // namespace orrery::prompt
