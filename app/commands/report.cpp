// SPDX-License-Identifier: Apache-2.0
#include "app/cli/command.h"
#include "app/cli/hotspot_table.h"
#include "app/cli/open_trace.h"
#include "app/cli/output.h"
#include "engine/base/text.h"
#include "trace_db/queries/latency.h"
#include "trace_db/queries/problems.h"
#include "trace_db/queries/runs.h"

#include <fmt/format.h>

#include <cstdio>

namespace orrery::commands {
namespace {

using namespace orrery::cli;
using trace_db::hotspots::By;

By grouping(const std::string& name)
{
    return name == "op_type"  ? By::OpType
           : name == "scope"  ? By::Scope
           : name == "thread" ? By::Thread
                              : By::Node;
}

Result<void> printSummary(const trace_db::TraceReader& reader, trace_db::RunId id)
{
    auto runs = TRY(trace_db::runs::run(reader, {id}));
    auto latency = TRY(trace_db::latency::run(reader, {id}));
    auto ns = [](double value) { return formatDurationNs(static_cast<std::int64_t>(value)); };
    for (const auto& row : runs) {
        print("{}  run {}: {}", displayText(row.info.modelPath, 200), row.run.value, name(row.outcome.state));
        if (!row.outcome.message.empty())
            print(" ({})", displayText(row.outcome.message, 400));
        print("\n{}, {}, {} after {}", displayText(row.info.backend, 40),
              counted(row.info.threads, "thread", "threads"), counted(latency.steps, "run", "runs"),
              counted(row.info.warmup, "warm-up run", "warm-up runs"));
        if (latency.steps > 0)
            print(": median {}, min {}, p90 {}, max {}", ns(latency.medianNs), ns(latency.minNs),
                  ns(latency.p90Ns), ns(latency.maxNs));
        print("\npeak memory {}, {} op events{}\n\n", formatBytes(row.peakBytes), row.opEvents,
              row.lostEvents > 0 ? fmt::format(", {} events lost", row.lostEvents) : std::string());
    }
    for (const Problem& problem : TRY(trace_db::problems::run(reader, {id})))
        print("{}: {}{}\n", name(problem.severity),
              problem.node.empty() ? std::string() : displayText(problem.node, 200) + ": ",
              displayText(problem.text, 1000));
    return {};
}

Result<ExitStatus> run(const Arguments& arguments)
{
    auto reader = TRY(openTrace(arguments.positional(0)));
    std::int64_t wanted = TRY(arguments.integer("run", 0, 1, 0xfffffffe));
    auto id = TRY(trace_db::runs::resolve(
        reader, wanted == 0 ? trace_db::RunId() : trace_db::RunId(static_cast<std::size_t>(wanted))));
    trace_db::hotspots::Params params{id, grouping(arguments.valueOr("by", "node")), -1};
    params.limit = TRY(arguments.integer("top", -1, 1, 10'000'000));
    Table table = hotspotTable(TRY(trace_db::hotspots::run(reader, params)), params.by);
    switch (chosenFormat(arguments)) {
    case Format::Json:
        print("{}\n", dump(table.json()));
        break;
    case Format::Csv:
        print("{}", table.csv());
        break;
    case Format::Text:
        TRY(printSummary(reader, id));
        if (table.rowCount() == 0)
            print("No op was recorded after the warm-up of this run.\n");
        else
            print("{}", table.text());
    }
    if (reader.lostChunks() > 0)
        note("orrery: {} damaged chunks of events were skipped\n", reader.lostChunks());
    return ExitStatus::Done;
}

} // namespace

CommandSpec report()
{
    return {"report",
            "TRACE",
            "Tables of a recorded trace",
            {"TRACE"},
            {{"by", "GROUP", "what a row stands for (default node)", {"node", "op_type", "scope", "thread"}},
             {"run", "ID", "which run (default: the last)", {}},
             {"top", "K", "only the K largest", {}},
             formatOptionWithCsv()},
            run};
}

} // namespace orrery::commands
