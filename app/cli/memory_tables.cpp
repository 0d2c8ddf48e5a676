// SPDX-License-Identifier: Apache-2.0
#include "app/cli/memory_tables.h"

#include "engine/base/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace orrery::cli {
namespace {

constexpr std::size_t valuesShown = 10;

Cell bytesCell(std::int64_t bytes) { return {formatBytes(bytes), bytes}; }
const Cell absent{"–", nullptr};

Cell percentCell(double percent, const char* format)
{
    return {fmt::format(fmt::runtime(format), percent), percent};
}

double offPercent(const MemoryPoint& point)
{
    return 100 *
           (static_cast<double>(point.predicted.peak.liveBytes) / static_cast<double>(point.measuredBytes) -
            1);
}

std::string_view nameOf(plan::SuggestionKind kind)
{
    switch (kind) {
    case plan::SuggestionKind::Reorder:
        return "reorder";
    case plan::SuggestionKind::JoinInPlace:
        return "join-in-place";
    case plan::SuggestionKind::Recompute:
        return "recompute";
    case plan::SuggestionKind::Hold:
        return "hold";
    case plan::SuggestionKind::Chunk:
        return "chunk";
    case plan::SuggestionKind::Together:
        break;
    }
    return "together";
}

std::string nodeText(const graph::Graph& graph, NodeId node, const char* none)
{
    if (!node.valid())
        return none;
    const graph::Node& found = graph.node(node);
    return fmt::format("{} \"{}\"", found.opType, displayText(found.displayName(), 200));
}

Table byBytes(std::vector<Column> columns, const std::map<std::string, std::int64_t>& bytes)
{
    std::vector<std::pair<std::string, std::int64_t>> rows(bytes.begin(), bytes.end());
    std::stable_sort(rows.begin(), rows.end(),
                     [](const auto& a, const auto& b) { return a.second > b.second; });
    Table table(std::move(columns));
    for (const auto& [name, sum] : rows)
        table.add({{name, name}, bytesCell(sum)});
    return table;
}

} // namespace

std::string peakNodeText(const protocol::PredictedPoint& point)
{
    return point.nodeText.empty() ? "(inputs)" : displayText(point.nodeText, 600);
}

Table memoryCurve(const Variation& vary, const std::vector<MemoryPoint>& points)
{
    Table table({{vary.dim.empty() ? "" : vary.dim, "number", Align::Right},
                 {"predicted peak", "predicted_peak_bytes", Align::Right},
                 {"arena", "arena_bytes", Align::Right},
                 {"at least", "arena_lower_bound_bytes", Align::Right},
                 {"measured", "measured_peak_bytes", Align::Right},
                 {"off by", "off_percent", Align::Right},
                 {"peak at", "node", Align::Left},
                 {"", "error", Align::Left}});
    for (const MemoryPoint& point : points) {
        const Cell number{vary.dim.empty() ? "" : fmt::format("{}", point.number), point.number};
        if (const auto& error = point.predicted.error) {
            const std::string text = error->text();
            table.add(
                {number, absent, absent, absent, absent, absent, {"(cannot be told)", nullptr}, {"", text}});
            continue;
        }
        const plan::PeakPrediction& peak = point.predicted.peak;
        const std::string node = peakNodeText(point.predicted);
        const bool measured = point.measuredBytes > 0;
        table.add({number,
                   bytesCell(peak.liveBytes),
                   bytesCell(peak.arenaBytes),
                   bytesCell(peak.lowerBoundBytes),
                   measured ? bytesCell(point.measuredBytes) : absent,
                   measured ? percentCell(offPercent(point), "{:+.2f} %") : absent,
                   {node, node},
                   {"", nullptr}});
    }
    return table;
}

Table memoryByKind(const plan::PeakPrediction& peak)
{
    const std::int64_t activations = peak.liveBytes - peak.inputBytes - peak.workspaceBytes;
    Table table({{"kind", "kind"}, {"bytes", "bytes", Align::Right}});
    table.add({{"inputs", "inputs"}, bytesCell(peak.inputBytes)});
    table.add({{"activations", "activations"}, bytesCell(activations)});
    table.add({{"workspace", "workspace"}, bytesCell(peak.workspaceBytes)});
    table.add({{"weights, beside them", "weights"}, bytesCell(peak.weightBytes)});
    return table;
}

Table memoryByOperator(const graph::Graph& graph, const plan::PeakPrediction& peak)
{
    std::map<std::string, std::int64_t> bytes;
    for (const plan::LiveAtPeak& live : peak.live) {
        if (live.kind == plan::LiveKind::Input)
            bytes["(input)"] += live.bytes;
        else if (live.kind == plan::LiveKind::Workspace)
            bytes["(workspace)"] += live.bytes;
        else
            bytes[live.producer.valid() ? graph.node(live.producer).opType : "(made for these shapes)"] +=
                live.bytes;
    }
    return byBytes({{"operator", "op_type"}, {"bytes", "bytes", Align::Right}}, bytes);
}

Table memoryAlive(const protocol::Opened& opened, const plan::PeakPrediction& peak)
{
    const graph::Graph& graph = opened.compute;
    Table table({{"value", "value"},
                 {"bytes", "bytes", Align::Right},
                 {"made by", "producer"},
                 {"next read by", "next_reader"},
                 {"", "kind"}});
    const auto& outputs = opened.root.outputs;
    for (const plan::LiveAtPeak& live : peak.live) {
        if (table.rowCount() == valuesShown)
            break;
        const bool isOutput = std::find(outputs.begin(), outputs.end(), live.value) != outputs.end();
        std::string name = "(workspace)", kind = "workspace", producer = nodeText(graph, live.producer, "–"),
                    reader = producer;
        if (live.kind != plan::LiveKind::Workspace) {
            const bool isInput = live.kind == plan::LiveKind::Input;
            kind = isInput ? "input" : "activation";
            name = live.value.valid() ? graph.value(live.value).name : "(made for these shapes)";
            producer = nodeText(graph, live.producer, isInput ? "(input)" : "–");
            reader = nodeText(graph, live.nextReader, isOutput ? "(output)" : "–");
        }
        table.add({{displayText(name, 200), name},
                   bytesCell(live.bytes),
                   {producer, producer},
                   {reader, reader},
                   {"", kind}});
    }
    return table;
}

Table suggestionTable(const plan::Suggestions& suggestions)
{
    Table table({{"no.", "number", Align::Right},
                 {"saves", "saved_bytes", Align::Right},
                 {"", "saved_percent", Align::Right},
                 {"peak then", "predicted_peak_bytes", Align::Right},
                 {"", "arena_bytes", Align::Right},
                 {"results", "same_bits"},
                 {"", "cost"},
                 {"", "text"},
                 {"", "kind"},
                 {"", "extra_flops"}});
    const auto now = static_cast<double>(suggestions.now.liveBytes);
    std::size_t number = 0;
    for (const plan::Suggestion& suggestion : suggestions.list) {
        const std::int64_t saved = suggestions.now.liveBytes - suggestion.peakBytes;
        const double percent = now > 0 ? 100 * static_cast<double>(saved) / now : 0;
        ++number;
        table.add({{fmt::format("{}", number), number},
                   {fmt::format("{} ({:.1f} %)", formatBytes(saved), percent), saved},
                   {"", percent},
                   bytesCell(suggestion.peakBytes),
                   {"", suggestion.arenaBytes},
                   {suggestion.sameBits ? "same bits" : "may change results", suggestion.sameBits},
                   {"", suggestion.cost},
                   {"", suggestion.text},
                   {"", nameOf(suggestion.kind)},
                   {"", suggestion.extraFlops}});
    }
    return table;
}

} // namespace orrery::cli
