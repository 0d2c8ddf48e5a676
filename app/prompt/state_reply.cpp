// SPDX-License-Identifier: Apache-2.0
#include "app/prompt/prompt.h"
#include "engine/base/text.h"

#include <fmt/format.h>

#include <algorithm>

namespace orrery::prompt {
namespace {

using debug::DebugState;
using debug::Hit;
using debug::StopReason;
using nlohmann::json;
using session::DebugSession;

constexpr std::size_t mostOperands = 12;
constexpr std::size_t mostHits = 20;

std::string_view word(StopReason reason)
{
    switch (reason) {
    case StopReason::Started:
        return "started";
    case StopReason::Arrived:
        return "arrived";
    case StopReason::Breakpoint:
        return "breakpoint";
    case StopReason::Paused:
        return "paused";
    case StopReason::End:
        return "end";
    case StopReason::Beginning:
        return "beginning";
    case StopReason::Failed:
        return "failed";
    case StopReason::Changed:
        return "changed";
    }
    return "unknown";
}

std::string_view word(ErrorCode code)
{
    switch (code) {
    case ErrorCode::Usage:
        return "usage";
    case ErrorCode::BadFile:
        return "bad-file";
    case ErrorCode::Unsupported:
        return "unsupported";
    case ErrorCode::BadModel:
        return "bad-model";
    case ErrorCode::RunFailed:
        return "run-failed";
    case ErrorCode::LimitReached:
        return "limit-reached";
    case ErrorCode::RunnerDied:
        return "runner-died";
    case ErrorCode::Cancelled:
        return "cancelled";
    case ErrorCode::Io:
        return "io";
    case ErrorCode::Internal:
        return "internal";
    }
    return "internal";
}

std::string hitText(const DebugSession& session, const Hit& hit, std::string_view what)
{
    std::string text = fmt::format("{} {}", what, hit.breakpoint.value);
    if (hit.sentence.empty() && !hit.value.valid())
        return fmt::format("{}, before {}", text, namedNode(session.graph(), hit.node));
    text += fmt::format(", after {}", namedNode(session.graph(), hit.node));
    if (hit.value.valid())
        text += fmt::format(", {}", valueName(session.graph(), hit.value));
    if (!hit.sentence.empty())
        text += fmt::format(": {}", displayText(hit.sentence, 400));
    return text;
}

std::string reasonText(const DebugSession& session, const DebugState& state)
{
    std::string text;
    switch (state.reason) {
    case StopReason::Started:
        text = "at the start\n";
        break;
    case StopReason::Arrived:
        break;
    case StopReason::Breakpoint:
        for (std::size_t i = 0; i < std::min(state.hits.size(), mostHits); ++i)
            text += hitText(session, state.hits[i], "breakpoint") + "\n";
        break;
    case StopReason::Paused:
        text = "paused\n";
        break;
    case StopReason::End:
        text = "the end\n";
        break;
    case StopReason::Beginning:
        text = "the beginning: nothing has run before\n";
        break;
    case StopReason::Failed:
        text = "failed\n";
        break;
    case StopReason::Changed:
        text = fmt::format("branch {}\n", state.branch.value);
        break;
    }
    if (state.error)
        text += fmt::format("error: {}\n", displayText(state.error->text(), 2000));
    return text;
}

std::string operandsText(const DebugSession& session, const char* what, const std::vector<ValueId>& values)
{
    std::string text;
    std::size_t count = std::min(values.size(), mostOperands);
    std::size_t width = 0;
    for (std::size_t i = 0; i < count; ++i)
        width = std::max(width, valueName(session.graph(), values[i]).size());
    for (std::size_t i = 0; i < count; ++i) {
        std::string name = valueName(session.graph(), values[i]);
        std::string type = values[i].valid() ? typeOf(session, values[i]) : std::string();
        bool constant = session.graph().contains(values[i]) && session.graph().value(values[i]).isConstant();
        std::string line = fmt::format("      {:<3}  {:<{}}  {}{}", i == 0 ? what : "", name, width, type,
                                       constant ? "  constant" : "");
        line.erase(line.find_last_not_of(' ') + 1);
        text += line + "\n";
    }
    if (values.size() > count)
        text += fmt::format("           … and {} more\n", values.size() - count);
    return text;
}

std::string attributesText(const graph::Node& node)
{
    std::vector<std::string> texts;
    for (const graph::Attribute& attribute : node.attributes)
        texts.push_back(fmt::format("{}={}", displayText(attribute.name, 60), attribute.text()));
    return texts.empty() ? std::string() : fmt::format("  <{}>", fmt::join(texts, ", "));
}

std::string iterationText(const debug::StackFrame& frame)
{
    if (frame.iteration < 0)
        return {};
    return frame.iterations < 0 ? fmt::format(", iteration {}", frame.iteration)
                                : fmt::format(", iteration {} of {}", frame.iteration, frame.iterations);
}

json hitJson(const DebugSession& session, const Hit& hit)
{
    return {{"breakpoint", hit.breakpoint.value},
            {"position", hit.position},
            {"node", nodeJson(session.graph(), hit.node)},
            {"value", hit.value.valid() ? valueJson(session, hit.value) : json()},
            {"sentence", hit.sentence}};
}

} // namespace

std::string namedNode(const graph::Graph& graph, NodeId id)
{
    return graph.contains(id)
               ? fmt::format("{} ({})", nodeName(graph, id), displayText(graph.node(id).opType, 100))
               : nodeName(graph, id);
}

std::string typeOf(const DebugSession& session, ValueId id)
{
    const auto& types = session.types();
    if (id.valid() && id.index() < types.size() && types[id.index()].kind != graph::TypeKind::Unknown)
        return displayText(types[id.index()].text(), 200);
    return session.graph().contains(id) ? displayText(session.graph().value(id).type.text(), 200) : "?";
}

json nodeJson(const graph::Graph& graph, NodeId id)
{
    if (!graph.contains(id))
        return nullptr;
    return {{"node", id.value}, {"name", graph.node(id).name}, {"op_type", graph.node(id).opType}};
}

json valueJson(const DebugSession& session, ValueId id)
{
    if (!session.graph().contains(id))
        return nullptr;
    return {{"value", id.value},
            {"name", session.graph().value(id).name},
            {"type", typeOf(session, id)},
            {"constant", session.graph().value(id).isConstant()}};
}

json errorJson(const Error& error)
{
    return {{"code", word(error.code)}, {"message", error.message}, {"where", error.where}};
}

std::string stackText(const DebugSession& session, const DebugState& state)
{
    const graph::Graph& graph = session.graph();
    std::string text;
    for (std::size_t depth = 0; depth < state.stack.size(); ++depth) {
        std::size_t i = state.stack.size() - 1 - depth;
        const debug::StackFrame& frame = state.stack[i];
        NodeId at = depth == 0 ? state.next : state.stack[i + 1].entered;
        std::string where = frame.entered.valid() ? "the body of " + namedNode(graph, frame.entered) : "main";
        text += fmt::format("#{}  {} in {}{}\n", depth, at.valid() ? namedNode(graph, at) : "the end", where,
                            iterationText(frame));
    }
    return text;
}

Reply stateReply(const DebugSession& session, const DebugState& state)
{
    const graph::Graph& graph = session.graph();
    Reply reply;
    for (std::size_t i = 0; i < std::min(state.logged.size(), mostHits); ++i)
        reply.text +=
            fmt::format("[{}] {}\n", state.logged[i].position, hitText(session, state.logged[i], "log"));
    if (state.logged.size() > mostHits)
        reply.text += fmt::format("… and {} more\n", state.logged.size() - mostHits);
    reply.text += reasonText(session, state);
    if (graph.contains(state.next)) {
        const graph::Node& node = graph.node(state.next);
        reply.text +=
            fmt::format("[{}] => {}{}\n", state.position, namedNode(graph, state.next), attributesText(node));
        reply.text += operandsText(session, "in", node.inputs) + operandsText(session, "out", node.outputs);
    } else {
        reply.text += fmt::format("[{}] => (nothing is left to run)\n", state.position);
    }
    if (state.stack.size() > 1) {
        std::string stack = stackText(session, state);
        for (std::size_t from = 0; from < stack.size();) {
            std::size_t end = stack.find('\n', from);
            reply.text += "      " + stack.substr(from, end + 1 - from);
            from = end + 1;
        }
    }
    if (graph.contains(state.previous))
        reply.text +=
            fmt::format("      after {}{}\n", namedNode(graph, state.previous),
                        state.previousNs >= 0 ? fmt::format(", {}", formatDurationNs(state.previousNs)) : "");

    json stack = json::array();
    for (const debug::StackFrame& frame : state.stack)
        stack.push_back({{"region", frame.region.value},
                         {"entered", nodeJson(graph, frame.entered)},
                         {"next", frame.next},
                         {"iteration", frame.iteration < 0 ? json() : json(frame.iteration)},
                         {"iterations", frame.iterations < 0 ? json() : json(frame.iterations)}});
    json next = nodeJson(graph, state.next);
    if (next.is_object())
        for (const auto& [key, values] : {std::pair("inputs", &graph.node(state.next).inputs),
                                          std::pair("outputs", &graph.node(state.next).outputs)}) {
            next[key] = json::array();
            for (ValueId value : *values)
                next[key].push_back(valueJson(session, value));
        }
    json hits = json::array();
    json logged = json::array();
    for (const Hit& hit : state.hits)
        hits.push_back(hitJson(session, hit));
    for (const Hit& hit : state.logged)
        logged.push_back(hitJson(session, hit));
    reply.json = {{"reason", word(state.reason)},
                  {"position", state.position},
                  {"last_position", state.lastPosition},
                  {"finished", state.finished},
                  {"next", std::move(next)},
                  {"previous", nodeJson(graph, state.previous)},
                  {"previous_ns", state.previousNs < 0 ? json() : json(state.previousNs)},
                  {"stack", std::move(stack)},
                  {"hits", std::move(hits)},
                  {"logged", std::move(logged)},
                  {"branch", state.branch.value},
                  {"live_bytes", state.liveBytes},
                  {"error", state.error ? errorJson(*state.error) : json()}};
    return reply;
}

} // namespace orrery::prompt
