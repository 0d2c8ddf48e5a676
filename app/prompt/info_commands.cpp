// SPDX-License-Identifier: Apache-2.0
#include "app/cli/arguments.h"
#include "app/cli/output.h"
#include "app/cli/table.h"
#include "app/prompt/prompt.h"
#include "engine/base/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>

namespace orrery::prompt {
namespace {

using nlohmann::json;

constexpr std::size_t mostRows = 2000;
constexpr std::size_t mostLive = 30;

// What a topic's rest may narrow: names that hold it.
std::string filterOf(const Line& line)
{
    return line.argumentCount() > 1 ? line.argument(1).text : std::string();
}

bool passes(const std::string& filter, const std::string& name, const std::string& opType)
{
    return filter.empty() || name.find(filter) != std::string::npos || opType == filter;
}

std::string leftOut(std::size_t count)
{
    return count > mostRows
               ? fmt::format("… and {} more; `info nodes TEXT` shows those with TEXT in their name\n",
                             count - mostRows)
               : std::string();
}

Result<Reply> nodes(Prompt& prompt, const Line& line)
{
    const graph::Graph& graph = prompt.graph();
    const debug::DebugState& state = prompt.session().state();
    std::string filter = filterOf(line);
    Reply reply;
    reply.json["nodes"] = json::array();
    std::size_t count = 0;
    for (const session::BlockOrder& block : prompt.session().order()) {
        // Which of a body's nodes have run is known of the bodies that are being run.
        auto frame = std::find_if(state.stack.begin(), state.stack.end(),
                                  [&](const debug::StackFrame& f) { return f.region == block.region; });
        bool main = block.region == graph.mainRegion();
        if (!main && block.region.index() < graph.regionSlots() && filter.empty())
            reply.text +=
                fmt::format("the body of {}\n", namedNode(graph, graph.region(block.region).parent));
        for (std::size_t i = 0; i < block.nodes.size(); ++i) {
            NodeId id = block.nodes[i];
            if (!graph.contains(id) || !passes(filter, graph.node(id).name, graph.node(id).opType))
                continue;
            bool done = state.finished ? main : frame != state.stack.end() && i < frame->next;
            bool next = id == state.next;
            if (++count <= mostRows)
                reply.text += fmt::format("{} {}\n", next ? "=>" : done ? " ✓" : "  ", nodeLine(prompt, id));
            json row = nodeJson(graph, id);
            row["state"] = next ? "next" : done ? "done" : "to-come";
            row["region"] = block.region.value;
            reply.json["nodes"].push_back(std::move(row));
        }
    }
    reply.text += leftOut(count);
    if (count == 0)
        reply.text = "no such nodes\n";
    return reply;
}

std::string_view holdingOf(const graph::Value& value, bool live)
{
    return value.isConstant() ? "constant" : live ? "alive" : "";
}

Result<Reply> values(Prompt& prompt, const Line& line)
{
    const graph::Graph& graph = prompt.graph();
    const auto& live = prompt.session().state().live;
    std::string filter = filterOf(line);
    cli::Table table({{"id", "id", cli::Align::Right},
                      {"value", "value"},
                      {"type", "type"},
                      {"now", "now"},
                      {"written by", "written_by"}});
    Reply reply;
    reply.json["values"] = json::array();
    std::size_t count = 0;
    for (std::size_t i = 0; i < graph.valueSlots(); ++i) {
        ValueId id(i);
        if (!graph.contains(id) || !passes(filter, graph.value(id).name, {}))
            continue;
        bool alive = std::binary_search(live.begin(), live.end(), id);
        std::string_view now = holdingOf(graph.value(id), alive);
        json row = valueJson(prompt.session(), id);
        row["alive"] = alive;
        reply.json["values"].push_back(std::move(row));
        if (++count <= mostRows)
            table.add({{fmt::format("%{}", i), {}},
                       {valueName(graph, id), {}},
                       {typeOf(prompt.session(), id), {}},
                       {std::string(now), {}},
                       {nodeName(graph, graph.value(id).producer), {}}});
    }
    reply.text = count == 0 ? "no such values\n" : table.text() + leftOut(count);
    return reply;
}

Result<Reply> breaks(Prompt& prompt, const Line&) { return breakpointsReply(prompt); }

Result<Reply> watches(Prompt& prompt, const Line&) { return watchesReply(prompt); }

std::int64_t bytesOf(const session::DebugSession& session, ValueId id)
{
    if (id.index() >= session.types().size() || !session.types()[id.index()].shape)
        return -1;
    const graph::ValueType& type = session.types()[id.index()];
    auto dims = type.shape->concrete();
    auto bytes = dims ? graph::byteSizeOf(type.element, *dims) : std::nullopt;
    return bytes ? static_cast<std::int64_t>(*bytes) : -1;
}

Result<Reply> memory(Prompt& prompt, const Line&)
{
    session::DebugSession& session = prompt.session();
    const debug::DebugState& state = session.state();
    std::vector<std::pair<std::int64_t, ValueId>> live;
    for (ValueId id : state.live)
        live.emplace_back(bytesOf(session, id), id);
    std::sort(live.begin(), live.end(), [](const auto& a, const auto& b) { return a.first > b.first; });
    Reply reply = historyReply(prompt);
    reply.text = fmt::format("alive    {} in {}\n", formatBytes(state.liveBytes),
                             cli::counted(static_cast<std::int64_t>(live.size()), "value", "values")) +
                 reply.text;
    json rows = json::array();
    for (const auto& [bytes, id] : live) {
        if (rows.size() < mostLive)
            reply.text += fmt::format("  {:>10}  {}  {}\n", bytes < 0 ? "?" : formatBytes(bytes),
                                      valueName(session.graph(), id), typeOf(session, id));
        json row = valueJson(session, id);
        row["bytes"] = bytes < 0 ? json() : json(bytes);
        rows.push_back(std::move(row));
    }
    if (live.size() > mostLive)
        reply.text += fmt::format("  … and {} more\n", live.size() - mostLive);
    reply.json["live_bytes"] = state.liveBytes;
    reply.json["live"] = std::move(rows);
    return reply;
}

Result<Reply> branches(Prompt& prompt, const Line&) { return branchesReply(prompt); }

Result<Reply> sessionInfo(Prompt& prompt, const Line&)
{
    const PromptOptions& options = prompt.options();
    const session::SessionOptions& session = options.debug.session;
    std::string_view level = session.optimize == passes::OptimizeLevel::None    ? "none"
                             : session.optimize == passes::OptimizeLevel::Basic ? "basic"
                                                                                : "all";
    auto limit = [](auto value, std::string text) { return value < 0 ? std::string("none") : text; };
    Reply reply;
    reply.text = fmt::format(
        "model         {}\nroot          {}\noptimize      {}\nthreads       {}\nseed          {}\n"
        "memory limit  {}\ntime limit    {}\nnodes         {}\n",
        displayText(options.modelPath, 400), displayText(prompt.session().opened().root.name, 100), level,
        options.debug.threads, options.debug.seed,
        limit(options.debug.memoryLimitBytes, formatBytes(options.debug.memoryLimitBytes)),
        limit(options.debug.timeLimitSeconds, fmt::format("{} s a command", options.debug.timeLimitSeconds)),
        prompt.graph().nodeCount());
    for (const std::string& library : session.customOps)
        reply.text += fmt::format("custom ops    {}\n", displayText(library, 400));
    reply.json = {{"model", options.modelPath},
                  {"root", prompt.session().opened().root.name},
                  {"optimize", level},
                  {"threads", options.debug.threads},
                  {"seed", options.debug.seed},
                  {"memory_limit", options.debug.memoryLimitBytes},
                  {"time_limit", options.debug.timeLimitSeconds},
                  {"custom_ops", session.customOps},
                  {"nodes", prompt.graph().nodeCount()},
                  {"dead", prompt.session().dead()}};
    return reply;
}

struct Topic {
    std::string_view name;
    Result<Reply> (*tell)(Prompt&, const Line&);
};

constexpr std::array topics = {Topic{"nodes", nodes},        Topic{"values", values},
                               Topic{"breaks", breaks},      Topic{"watches", watches},
                               Topic{"memory", memory},      Topic{"branches", branches},
                               Topic{"session", sessionInfo}};

Result<Reply> info(Prompt& prompt, const Line& line)
{
    std::vector<std::string_view> names;
    const Topic* chosen = nullptr;
    std::string word = line.argumentCount() > 0 ? line.argument(0).text : std::string();
    for (const Topic& topic : topics) {
        if (!word.empty() && topic.name.starts_with(word) && chosen == nullptr)
            chosen = &topic;
        names.push_back(topic.name);
    }
    if (chosen == nullptr)
        return cli::usageError(fmt::format("`info` tells of {}", fmt::join(names, ", ")));
    return chosen->tell(prompt, line);
}

} // namespace

std::vector<std::string> infoTopics(std::string_view prefix)
{
    std::vector<std::string> names;
    for (const Topic& topic : topics)
        if (topic.name.starts_with(prefix))
            names.emplace_back(topic.name);
    return names;
}

std::string nodeLine(Prompt& prompt, NodeId id)
{
    const graph::Graph& graph = prompt.graph();
    if (!graph.contains(id))
        return nodeName(graph, id);
    const graph::Node& node = graph.node(id);
    constexpr std::size_t mostNames = 4;
    auto names = [&](const std::vector<ValueId>& values) {
        std::vector<std::string> texts;
        for (ValueId value : values)
            if (texts.size() < mostNames && value.valid())
                texts.push_back(valueName(graph, value));
        return fmt::format("{}{}", fmt::join(texts, ", "), values.size() > mostNames ? ", …" : "");
    };
    std::string type = node.outputs.empty() || !node.outputs[0].valid()
                           ? ""
                           : ": " + typeOf(prompt.session(), node.outputs[0]);
    return fmt::format("#{:<4} {}  {} → {}{}", id.value, namedNode(graph, id), names(node.inputs),
                       names(node.outputs), type);
}

Result<Reply> watchesReply(Prompt& prompt)
{
    Reply reply;
    Reply watched = prompt.watchReply();
    reply.text = watched.text.empty() ? "nothing is watched\n" : watched.text;
    reply.json["watches"] = std::move(watched.json);
    return reply;
}

Reply historyReply(Prompt& prompt)
{
    const debug::HistoryUse& use = prompt.session().state().history;
    bool unlimited = use.budgetBytes == std::numeric_limits<std::int64_t>::max();
    Reply reply;
    reply.text = fmt::format("history  {} of {} used, {}\n", formatBytes(use.usedBytes),
                             unlimited ? "unlimited" : formatBytes(use.budgetBytes),
                             cli::counted(static_cast<std::int64_t>(use.states), "state", "states"));
    reply.json["history"] = {
        {"budget_bytes", use.budgetBytes}, {"used_bytes", use.usedBytes}, {"states", use.states}};
    return reply;
}

Reply branchesReply(Prompt& prompt)
{
    const debug::DebugState& state = prompt.session().state();
    Reply reply;
    json rows = json::array();
    for (const debug::Branch& branch : state.branches) {
        bool original = !branch.parent.valid();
        reply.text += fmt::format("{} {}  {}\n", branch.id == state.branch ? "*" : " ", branch.id.value,
                                  original ? std::string("the original")
                                           : fmt::format("from {} of branch {}: {}", branch.from,
                                                         branch.parent.value, displayText(branch.what, 200)));
        rows.push_back({{"branch", branch.id.value},
                        {"parent", original ? json() : json(branch.parent.value)},
                        {"from", branch.from},
                        {"what", branch.what},
                        {"current", branch.id == state.branch}});
    }
    reply.json["branches"] = std::move(rows);
    return reply;
}

CommandGroup infoCommands()
{
    return {"telling",
            {{.name = "info",
              .aliases = {"i"},
              .arguments = "nodes|values|breaks|watches|memory|branches|session [TEXT]",
              .summary = "tables; TEXT narrows nodes and values to names that hold it",
              .most = 2,
              .completes = Completes::Topic,
              .run = info}}};
}

} // namespace orrery::prompt
