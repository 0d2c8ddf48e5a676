// SPDX-License-Identifier: Apache-2.0
#include "app/cli/hotspot_table.h"

#include "engine/base/text.h"

#include <fmt/format.h>

namespace orrery::cli {

using trace_db::hotspots::By;

Table hotspotTable(const std::vector<trace_db::hotspots::Row>& rows, By by)
{
    static constexpr std::string_view keys[] = {"node", "op_type", "scope", "thread"};
    static constexpr std::string_view titles[] = {"node", "op type", "scope", "thread"};
    auto which = static_cast<std::size_t>(by);
    bool perNode = by == By::Node;
    std::vector<Column> columns = {{std::string(titles[which]), std::string(keys[which])}};
    if (perNode)
        columns.insert(columns.end(), {{"op type", "op_type"}, {"", "backend"}, {"kernel", "kernel"}});
    else
        columns.push_back({"nodes", "nodes", Align::Right});
    columns.insert(columns.end(), {{"calls", "calls", Align::Right},
                                   {"self mean", "self_ms_mean", Align::Right},
                                   {"±", "self_ms_stddev", Align::Right},
                                   {"self total", "self_ms_total", Align::Right},
                                   {"share", "share_percent", Align::Right},
                                   {"cumulative", "cumulative_percent", Align::Right}});
    if (perNode)
        columns.insert(
            columns.end(),
            {{"FLOP/s", "flops", Align::Right}, {"bytes/s", "bytes_moved", Align::Right}, {"", "origins"}});
    Table table(std::move(columns));
    for (const auto& row : rows) {
        double meanSeconds = row.selfMeanNs / 1e9;
        auto rate = [&](std::int64_t amount, const char* unit) {
            return amount <= 0 || meanSeconds <= 0
                       ? std::string("–")
                       : formatCount(static_cast<double>(amount) / meanSeconds) + unit;
        };
        auto known = [](std::int64_t amount) {
            return amount < 0 ? nlohmann::json() : nlohmann::json(amount);
        };
        auto ns = [](double value) { return formatDurationNs(static_cast<std::int64_t>(value)); };
        std::vector<Cell> cells = {{row.key, row.key}};
        if (perNode)
            cells.insert(cells.end(),
                         {{row.opType, row.opType}, {row.backend, row.backend}, {row.kernel, row.kernel}});
        else
            cells.push_back({std::to_string(row.nodes), row.nodes});
        cells.insert(cells.end(),
                     {{std::to_string(row.calls), row.calls},
                      {ns(row.selfMeanNs), row.selfMeanNs / 1e6},
                      {row.calls > 1 ? ns(row.selfStddevNs) : "–", row.selfStddevNs / 1e6},
                      {ns(static_cast<double>(row.selfNs)), static_cast<double>(row.selfNs) / 1e6},
                      {fmt::format("{:.1f} %", row.sharePercent), row.sharePercent},
                      {fmt::format("{:.1f} %", row.cumulativePercent), row.cumulativePercent}});
        if (perNode)
            cells.insert(cells.end(), {{rate(row.flops, ""), known(row.flops)},
                                       {rate(row.bytesMoved, "B"), known(row.bytesMoved)},
                                       {"", row.origins}});
        table.add(std::move(cells));
    }
    return table;
}

} // namespace orrery::cli
