// SPDX-License-Identifier: Apache-2.0
#include "profiler/session/breakpoint_file.h"

#include "engine/base/text.h"
#include "profiler/session/sidecar_file.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <filesystem>
#include <map>
#include <utility>

namespace orrery::session {
namespace {

using debug::Breakpoint;
using debug::BreakpointTarget;
using nlohmann::json;

constexpr std::array targetWords = {
    std::pair(BreakpointTarget::Node, "node"), std::pair(BreakpointTarget::OpType, "op_type"),
    std::pair(BreakpointTarget::Scope, "scope"), std::pair(BreakpointTarget::Value, "value"),
    std::pair(BreakpointTarget::Any, "any")};

// Names to ids; a name that stands for several things finds none of them.
struct Names {
    std::map<std::string, std::vector<NodeId>> nodes;
    std::map<std::string, std::vector<ValueId>> values;

    explicit Names(const graph::Graph& graph)
    {
        for (NodeId id : graph.liveNodes())
            if (!graph.node(id).name.empty())
                nodes[graph.node(id).name].push_back(id);
        for (std::size_t i = 0; i < graph.valueSlots(); ++i)
            if (graph.contains(ValueId(i)) && !graph.value(ValueId(i)).name.empty())
                values[graph.value(ValueId(i)).name].emplace_back(i);
    }
};

std::string firstOutput(const graph::Graph& graph, NodeId id)
{
    for (ValueId output : graph.node(id).outputs)
        if (output.valid() && !graph.value(output).name.empty())
            return graph.value(output).name;
    return {};
}

std::string text(const json& object, const char* key)
{
    auto found = object.find(key);
    return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

bool flag(const json& object, const char* key, bool fallback)
{
    auto found = object.find(key);
    return found != object.end() && found->is_boolean() ? found->get<bool>() : fallback;
}

ValueId findValue(const Names& names, const std::string& name)
{
    auto found = names.values.find(name);
    return found != names.values.end() && found->second.size() == 1 ? found->second.front() : ValueId();
}

NodeId findNode(const graph::Graph& graph, const Names& names, const json& entry)
{
    std::string output = text(entry, "output");
    auto found = names.nodes.find(text(entry, "node"));
    if (found != names.nodes.end() && found->second.size() == 1)
        return found->second.front();
    if (found != names.nodes.end())
        for (NodeId id : found->second)
            if (!output.empty() && firstOutput(graph, id) == output)
                return id;
    if (ValueId value = findValue(names, output); value.valid())
        return graph.value(value).producer;
    return {};
}

// An error says why this graph cannot have it.
Result<Breakpoint> breakpointOf(const json& entry, const graph::Graph& graph, const Names& names)
{
    auto unfit = [](std::string why) { return Error{ErrorCode::BadFile, std::move(why), {}}; };
    if (!entry.is_object())
        return unfit("a breakpoint that is no object");
    auto word = std::find_if(targetWords.begin(), targetWords.end(),
                             [&](const auto& pair) { return text(entry, "target") == pair.second; });
    if (word == targetWords.end())
        return unfit(fmt::format("\"{}\" is no kind of breakpoint", text(entry, "target")));
    Breakpoint breakpoint;
    breakpoint.target = word->first;
    switch (breakpoint.target) {
    case BreakpointTarget::Node:
        breakpoint.node = findNode(graph, names, entry);
        if (!breakpoint.node.valid())
            return unfit(fmt::format("this graph has no node \"{}\"",
                                     text(entry, text(entry, "node").empty() ? "output" : "node")));
        break;
    case BreakpointTarget::Value:
        breakpoint.value = findValue(names, text(entry, "value"));
        if (!breakpoint.value.valid())
            return unfit(fmt::format("this graph has no value \"{}\"", text(entry, "value")));
        break;
    case BreakpointTarget::OpType:
    case BreakpointTarget::Scope:
        breakpoint.text = text(entry, "text");
        break;
    case BreakpointTarget::Any:
        break;
    }
    if (entry.contains("condition"))
        breakpoint.condition = TRY(debug::parseCondition(text(entry, "condition")));
    breakpoint.action =
        text(entry, "action") == "log" ? debug::BreakpointAction::Log : debug::BreakpointAction::Stop;
    breakpoint.enabled = flag(entry, "enabled", true);
    breakpoint.once = flag(entry, "once", false);
    if (auto ignore = entry.find("ignore"); ignore != entry.end() && ignore->is_number_unsigned())
        breakpoint.ignore = ignore->get<std::uint64_t>();
    return breakpoint;
}

json entryOf(const Breakpoint& breakpoint, const graph::Graph& graph)
{
    json entry = json::object();
    for (const auto& [target, word] : targetWords)
        if (target == breakpoint.target)
            entry["target"] = word;
    if (graph.contains(breakpoint.node)) {
        entry["node"] = graph.node(breakpoint.node).name;
        entry["output"] = firstOutput(graph, breakpoint.node);
    }
    if (graph.contains(breakpoint.value))
        entry["value"] = graph.value(breakpoint.value).name;
    if (!breakpoint.text.empty())
        entry["text"] = breakpoint.text;
    if (breakpoint.condition)
        entry["condition"] = debug::text(*breakpoint.condition);
    entry["action"] = breakpoint.action == debug::BreakpointAction::Log ? "log" : "stop";
    entry["enabled"] = breakpoint.enabled;
    entry["once"] = breakpoint.once;
    entry["ignore"] = breakpoint.ignore;
    return entry;
}

struct Content {
    json object;
    std::vector<Problem> notes;
};

// Lists that are none make the whole file damaged.
Result<Content> read(const std::string& path)
{
    Sidecar sidecar = TRY(readSidecar(path));
    for (const char* key : {"breakpoints", "watches"})
        if (!sidecar.damaged && sidecar.object.contains(key) && !sidecar.object[key].is_array()) {
            sidecar.damaged = true;
            sidecar.damage = fmt::format("\"{}\" is no list", key);
        }
    if (!sidecar.damaged)
        return Content{std::move(sidecar.object), {}};
    return Content{json::object(),
                   {putSidecarAside(path, sidecar.damage, "set the breakpoints again and save them")}};
}

} // namespace

std::string breakpointFile(const std::string& modelPath) { return sidecarFile(modelPath); }

Result<SavedBreakpoints> loadBreakpoints(const std::string& modelPath, const graph::Graph& graph)
{
    Content content = TRY(read(breakpointFile(modelPath)));
    SavedBreakpoints saved;
    saved.notes = std::move(content.notes);
    auto notHere = [&](const std::string& why) {
        saved.notes.push_back({Severity::Info,
                               "breakpoint-not-here",
                               {},
                               {},
                               fmt::format("a saved breakpoint is left out: {}", displayText(why, 400)),
                               {}});
    };
    if (!content.object.contains("breakpoints") && !content.object.contains("watches"))
        return saved; // names of a large graph take their time
    Names names(graph);
    for (const json& entry : content.object.value("breakpoints", json::array())) {
        auto breakpoint = breakpointOf(entry, graph, names);
        if (breakpoint.ok())
            saved.breakpoints.push_back(breakpoint.releaseValue());
        else
            notHere(breakpoint.error().text());
    }
    for (const json& entry : content.object.value("watches", json::array()))
        if (ValueId value = findValue(names, entry.is_string() ? entry.get<std::string>() : "");
            value.valid())
            saved.watches.push_back(value);
    return saved;
}

Result<void> saveBreakpoints(const std::string& modelPath, const graph::Graph& graph,
                             const std::vector<Breakpoint>& breakpoints, const std::vector<ValueId>& watches)
{
    std::string path = breakpointFile(modelPath);
    json object = TRY(read(path)).object;
    std::error_code failed;
    if (breakpoints.empty() && watches.empty() && !std::filesystem::exists(path, failed))
        return {};

    Names names(graph);
    json entries = json::array();
    for (const json& entry : object.value("breakpoints", json::array()))
        if (!breakpointOf(entry, graph, names).ok())
            entries.push_back(entry);
    for (const Breakpoint& breakpoint : breakpoints)
        entries.push_back(entryOf(breakpoint, graph));
    json watched = json::array();
    for (const json& entry : object.value("watches", json::array()))
        if (!entry.is_string() || !findValue(names, entry.get<std::string>()).valid())
            watched.push_back(entry);
    for (ValueId value : watches)
        if (graph.contains(value))
            watched.push_back(graph.value(value).name);
    object["breakpoints"] = std::move(entries);
    object["watches"] = std::move(watched);
    return writeSidecar(path, object);
}

} // namespace orrery::session
