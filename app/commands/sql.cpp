// SPDX-License-Identifier: Apache-2.0
#include "app/cli/command.h"
#include "app/cli/open_trace.h"
#include "app/cli/output.h"
#include "app/cli/table.h"
#include "trace_db/user_query.h"

#include <fmt/format.h>

#include <cstdio>

namespace orrery::commands {
namespace {

using namespace orrery::cli;

nlohmann::json toJson(const trace_db::Cell& cell)
{
    return std::visit(
        [](const auto& value) -> nlohmann::json {
            if constexpr (std::is_same_v<std::decay_t<decltype(value)>, std::monostate>)
                return nullptr;
            else
                return value;
        },
        cell);
}

Result<ExitStatus> run(const Arguments& arguments)
{
    trace_db::UserQueryLimits limits;
    limits.rows = TRY(arguments.integer("limit", limits.rows, 1, 100'000'000));
    limits.seconds = TRY(arguments.number("time-limit", 60, 0.001));
    TRY(recover(arguments.positional(0)));
    auto result = TRY(trace_db::runUserQuery(arguments.positional(0), arguments.positional(1), limits));

    std::vector<Column> columns;
    for (std::size_t c = 0; c < result.columns.size(); ++c) {
        bool number = !result.rows.empty() && !std::holds_alternative<std::string>(result.rows.front()[c]);
        columns.push_back({result.columns[c].empty() ? "?" : result.columns[c], result.columns[c],
                           number ? Align::Right : Align::Left});
    }
    Table table(std::move(columns));
    for (const auto& row : result.rows) {
        std::vector<Cell> cells;
        for (const trace_db::Cell& cell : row)
            cells.push_back({trace_db::cellText(cell), toJson(cell)});
        table.add(std::move(cells));
    }
    Format format = chosenFormat(arguments);
    std::string text = format == Format::Json  ? dump(table.json()) + "\n"
                       : format == Format::Csv ? table.csv()
                                               : table.text();
    write(text);
    if (result.truncated)
        note("orrery: only the first {} rows are shown; --limit raises that\n", limits.rows);
    if (result.lostChunks > 0)
        note("orrery: {} damaged chunks of events were skipped\n", result.lostChunks);
    return ExitStatus::Done;
}

} // namespace

CommandSpec sql()
{
    return {"sql",
            "TRACE QUERY",
            "Asks a trace in SQL, read-only",
            {"TRACE", "QUERY"},
            {formatOptionWithCsv(),
             {"limit", "ROWS", "most rows to show (default 100000)", {}},
             {"time-limit", "SECONDS", "most time for the query (default 60)", {}}},
            run};
}

} // namespace orrery::commands
