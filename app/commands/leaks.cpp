// SPDX-License-Identifier: Apache-2.0
#include "app/cli/command.h"
#include "app/cli/leak_report.h"
#include "app/cli/open_trace.h"
#include "app/cli/output.h"
#include "trace_db/queries/runs.h"

namespace orrery::commands {
namespace {

using namespace orrery::cli;

Result<ExitStatus> run(const Arguments& arguments)
{
    LeakReport leaks = TRY(emptyLeakReport(arguments));
    auto reader = TRY(openTrace(arguments.positional(0)));
    std::int64_t wanted = TRY(arguments.integer("run", 0, 1, 0xfffffffe));
    auto id = TRY(trace_db::runs::resolve(
        reader, wanted == 0 ? trace_db::RunId() : trace_db::RunId(static_cast<std::size_t>(wanted))));
    leaks.report = TRY(findings::examine(reader, id));
    switch (chosenFormat(arguments)) {
    case Format::Json:
        print("{}\n", dump(leaks.table().json()));
        for (const std::string& limit : leaks.report.limits)
            note("note: {}\n", limit);
        break;
    case Format::Csv:
        print("{}", leaks.table().csv());
        break;
    case Format::Text:
        print("{}", leaks.text());
    }
    if (reader.lostChunks() > 0)
        note("orrery: {} damaged chunks of events were skipped\n", reader.lostChunks());
    return leaks.status();
}

} // namespace

CommandSpec leaks()
{
    return {"leaks",
            "TRACE",
            "The verdict on memory that grows or stays; status 1 on a leak",
            {"TRACE"},
            {{"run", "ID", "which run (default: the last)", {}}, suppressOption(), formatOption()},
            run};
}

} // namespace orrery::commands
