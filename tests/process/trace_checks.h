#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// What must hold for every trace, however its recording ended.

#include "trace_db/queries/hotspots.h"
#include "trace_db/queries/op_events.h"
#include "trace_db/queries/runs.h"
#include "trace_db/queries/steps.h"
#include "trace_db/trace_reader.h"

#include <QTest>
#include <sqlite3.h>

#include <map>
#include <string>

namespace orrery::tests {

inline std::string integrityOf(const std::string& path)
{
    sqlite3* database = nullptr;
    std::string answer = "not opened";
    if (sqlite3_open_v2(path.c_str(), &database, SQLITE_OPEN_READWRITE, nullptr) == SQLITE_OK)
        sqlite3_exec(
            database, "PRAGMA integrity_check",
            [](void* into, int, char** values, char**) {
                *static_cast<std::string*>(into) = values[0] ? values[0] : "";
                return 0;
            },
            &answer, nullptr);
    sqlite3_close(database);
    return answer;
}

struct TraceSummary {
    trace_db::runs::Row run;
    std::size_t steps = 0;
    std::size_t ops = 0;
    std::size_t waits = 0;
    std::size_t opsPerStep = 0; // of the first complete step
    bool everyCompleteStepIsWhole = true;
    std::size_t opsAfterLastStep = 0;
};

// Reads the last run of a trace; empty when it cannot be read.
inline std::optional<TraceSummary> summaryOf(const std::string& path)
{
    auto reader = trace_db::TraceReader::open(path);
    if (!reader.ok())
        return std::nullopt;
    auto runs = trace_db::runs::run(*reader, {});
    if (!runs.ok() || runs->empty())
        return std::nullopt;
    TraceSummary summary;
    summary.run = runs->back();
    auto steps = trace_db::steps::run(*reader, {summary.run.run});
    trace_db::op_events::Params params;
    params.run = summary.run.run;
    params.limit = 100'000'000;
    auto ops = trace_db::op_events::run(*reader, params);
    if (!steps.ok() || !ops.ok())
        return std::nullopt;
    summary.steps = steps->size();
    std::map<std::uint32_t, std::size_t> opsOfStep;
    for (const auto& op : *ops) {
        if (op.kind == trace_db::OpKind::Wait) {
            ++summary.waits;
            continue;
        }
        ++summary.ops;
        ++opsOfStep[op.step];
    }
    summary.opsPerStep = opsOfStep[0];
    for (const auto& [step, count] : opsOfStep)
        if (step < summary.steps)
            summary.everyCompleteStepIsWhole =
                summary.everyCompleteStepIsWhole && count == summary.opsPerStep;
        else
            summary.opsAfterLastStep += count;
    return summary;
}

} // namespace orrery::tests
