// SPDX-License-Identifier: Apache-2.0
#include "app/cli/arguments.h"
#include "app/cli/output.h"
#include "app/cli/table.h"
#include "app/prompt/prompt.h"
#include "app/prompt/tensor_text.h"
#include "engine/base/text.h"
#include "engine/debug/tensor_statistics.h"
#include "profiler/session/debug_session.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <filesystem>

namespace orrery::prompt {
namespace {

using debug::Rounding;
using nlohmann::json;

constexpr double largestFloat16 = 65504;
constexpr double largestBFloat16 = 3.3895313892515355e38;
constexpr std::size_t mostRanked = 10;

// The contents of a node's inputs, in a line each: what went into a bad result.
std::string inputsText(Prompt& prompt, NodeId id)
{
    std::string text;
    std::size_t shown = 0;
    for (ValueId input : prompt.graph().node(id).inputs) {
        if (!input.valid() || ++shown > 8)
            continue;
        auto captured =
            prompt.guarded([&] { return prompt.session().tensor(input, session::Recompute::Yes); });
        if (!captured.ok())
            continue;
        debug::TensorStatistics s = debug::statistics(captured->tensor);
        text += fmt::format("      {}: {}  min {:.6g}  max {:.6g}{}\n", valueName(prompt.graph(), input),
                            typeText(captured->tensor), s.min, s.max,
                            s.nans + s.infinities > 0 ? fmt::format("  NaN {}  Inf {}", s.nans, s.infinities)
                                                      : std::string());
    }
    return text;
}

Result<Reply> firstBad(Prompt& prompt, const Line& line)
{
    session::BadValueQuery query;
    if (line.argumentCount() > 0) {
        const std::string& word = line.argument(0).text;
        double limit = 0;
        auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), limit);
        if (word == "float16")
            query.overflowAbove = largestFloat16;
        else if (word == "bfloat16")
            query.overflowAbove = largestBFloat16;
        else if (error == std::errc() && end == word.data() + word.size() && limit > 0)
            query.overflowAbove = limit;
        else
            return cli::usageError(fmt::format("float16, bfloat16 or a limit above 0 is expected, not \"{}\"",
                                               displayText(word, 100)));
    }
    Reply reply = TRY(prompt.moved([&] { return prompt.session().findBadValue(query); }));
    const debug::DebugState& state = prompt.session().state();
    // What has been found is told by the hit; a run that reached the end has nothing to tell.
    bool found = !state.hits.empty() || state.reason == debug::StopReason::Breakpoint;
    debug::Hit hit;
    hit.node = state.previous;
    if (!state.hits.empty())
        hit = state.hits.front();
    NodeId node = found ? hit.node : NodeId();
    reply.json["found"] = found;
    reply.json["bad_node"] = nodeJson(prompt.graph(), node);
    if (!found && state.reason == debug::StopReason::End) {
        reply.text = "no bad value: all nodes have run\n";
    } else if (prompt.graph().contains(node)) {
        reply.text = fmt::format("the first bad value is made by {}{}\n", namedNode(prompt.graph(), node),
                                 hit.value.valid() ? ", in " + valueName(prompt.graph(), hit.value) : "");
        if (!hit.sentence.empty())
            reply.text += fmt::format("      {}\n", displayText(hit.sentence, 400));
        reply.text += inputsText(prompt, node);
        debug::DebugState place = state;
        place.reason = debug::StopReason::Arrived; // the hit has been told
        reply.text += stateReply(prompt.session(), place).text;
    }
    return reply;
}

Result<session::DivergenceRequest> divergenceRequest(Prompt& prompt, const Line& line)
{
    session::DivergenceRequest request;
    request.debug = prompt.options().debug;
    request.debug.referencePath.clear();
    bool against = false;
    for (std::size_t i = 0; i < line.argumentCount(); ++i) {
        const std::string& word = line.argument(i).text;
        std::error_code failed;
        if (word == "against")
            continue;
        if (word == "float16")
            request.rounding = Rounding::Float16;
        else if (word == "bfloat16")
            request.rounding = Rounding::BFloat16;
        else if (word == "none" || word == "basic" || word == "all") {
            request.referenceOptimize = word == "none"    ? passes::OptimizeLevel::None
                                        : word == "basic" ? passes::OptimizeLevel::Basic
                                                          : passes::OptimizeLevel::All;
            against = true;
        } else if (std::filesystem::exists(word, failed)) {
            request.referencePath = std::filesystem::absolute(word, failed).string();
            against = true;
        } else {
            return cli::usageError(fmt::format(
                "none, basic, all, float16, bfloat16, a .npz file or a folder is expected, not \"{}\"",
                displayText(word, 200)));
        }
    }
    // The same plan against itself tells nothing, but for a rounding.
    if (!against && request.rounding == Rounding::None)
        request.referenceOptimize = request.debug.session.optimize == passes::OptimizeLevel::None
                                        ? passes::OptimizeLevel::All
                                        : passes::OptimizeLevel::None;
    else if (!against)
        request.referenceOptimize = request.debug.session.optimize;
    return request;
}

Result<Reply> firstDivergence(Prompt& prompt, const Line& line)
{
    session::DivergenceRequest request = TRY(divergenceRequest(prompt, line));
    session::DivergenceOutcome outcome = TRY(prompt.cancellable([&] {
        return session::findDivergence(prompt.options().modelPath, request,
                                       [&](std::uint64_t done, std::uint64_t total) {
                                           prompt.showProgress(fmt::format("compared {} of {}", done, total));
                                           return !prompt.interrupted();
                                       });
    }));
    const graph::Graph& graph = outcome.opened.compute;
    const debug::DivergenceReport& report = outcome.report;
    auto dimsOf = [&](ValueId id) -> graph::Dims {
        const auto& types = prompt.session().types();
        if (id.valid() && id.index() < types.size() && types[id.index()].shape)
            if (auto dims = types[id.index()].shape->concrete())
                return *dims;
        return {};
    };
    auto rowOf = [&](const debug::NodeError& error) {
        return json{{"node", nodeJson(graph, error.node)},
                    {"value", valueName(graph, error.value)},
                    {"total", differenceJson(error.total, {})},
                    {"made", error.made ? differenceJson(*error.made, {}) : json()},
                    {"in_body", error.inBody}};
    };
    Reply reply;
    reply.text = fmt::format("{} compared, {} without a counterpart\n",
                             cli::counted(static_cast<std::int64_t>(report.compared), "value", "values"),
                             report.notCompared);
    if (!report.first) {
        reply.text += fmt::format("nothing diverges by more than {:g} (relative L2)\n", request.tolerance);
    } else {
        const debug::NodeError& first = report.nodes[*report.first];
        reply.text += fmt::format("the first beyond {:g} (relative L2): {}, {}\n", request.tolerance,
                                  namedNode(graph, first.node), valueName(graph, first.value));
        graph::Dims dims = dimsOf(first.value);
        if (first.total.worst >= 0)
            reply.text += fmt::format("      largest error {:.6g}{}\n", first.total.maxAbsolute,
                                      dims.empty() ? "" : " at " + indexText(dims, first.total.worst));
    }
    cli::Table table({{"node", "node"},
                      {"operator", "op"},
                      {"made", "made", cli::Align::Right},
                      {"total", "total", cli::Align::Right},
                      {"largest", "largest", cli::Align::Right}});
    json ranked = json::array();
    for (std::size_t i : report.ranked) {
        const debug::NodeError& error = report.nodes[i];
        ranked.push_back(rowOf(error));
        bool any = error.total.relativeL2 > 0 || error.total.mismatches > 0;
        if (table.rowCount() < mostRanked && any)
            table.add({{nodeName(graph, error.node), {}},
                       {graph.contains(error.node) ? graph.node(error.node).opType : "", {}},
                       {error.made ? fmt::format("{:.3g}", error.made->relativeL2) : "?", {}},
                       {fmt::format("{:.3g}", error.total.relativeL2), {}},
                       {fmt::format("{:.3g}", error.total.maxAbsolute), {}}});
    }
    if (table.rowCount() > 0)
        reply.text += "where error is made, the most first (relative L2):\n" + table.text();
    reply.json = {{"compared", report.compared},
                  {"not_compared", report.notCompared},
                  {"tolerance", request.tolerance},
                  {"first", report.first ? rowOf(report.nodes[*report.first]) : json()},
                  {"ranked", std::move(ranked)}};
    return reply;
}

} // namespace

CommandGroup findCommands()
{
    return {"finding",
            {
                {.name = "first-bad",
                 .aliases = {"nan"},
                 .arguments = "[float16|bfloat16|LIMIT]",
                 .summary = "from the start: the first node that makes NaN, infinity or too large a number",
                 .most = 1,
                 .run = firstBad},
                {.name = "first-divergence",
                 .arguments = "[against none|basic|all|FILE.npz|DIR] [float16|bfloat16]",
                 .summary = "the first node that differs from another plan, precision or recorded values",
                 .most = 4,
                 .run = firstDivergence},
                shrinkCommand(),
            }};
}

} // namespace orrery::prompt
