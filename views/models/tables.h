#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// The window's tables as columns over typed rows: hotspots, problems, runs, passes. Units are in the text,
// sort keys are numbers, all text from files went through displayText().

#include "engine/base/problem.h"
#include "trace_db/queries/hotspots.h"
#include "trace_db/queries/latency.h"
#include "trace_db/queries/passes.h"
#include "trace_db/queries/runs.h"
#include "views/models/row_table_model.h"

namespace orrery::models {

using HotspotRow = trace_db::hotspots::Row;
using PassRow = trace_db::passes::Row;

struct RunRow {
    trace_db::runs::Row run;
    trace_db::latency::Row latency;
    bool shown = false; // the run that all views show
};

struct ProblemRow {
    std::size_t index = 0; // in the list, which is also the order it was found in
    Problem problem;
    QString rate = {}; // bytes per iteration of memory that grows; empty: none
    QString fix = {};  // the edit that takes it away; empty: none is known
};
enum class ProblemColumn : std::uint8_t { Text, Node, Rate, Fix, Remedy, Code };

std::vector<Column<HotspotRow>> hotspotColumns();
std::vector<Column<ProblemRow>> problemColumns();
std::vector<Column<RunRow>> runColumns();
std::vector<Column<PassRow>> passColumns();

// "12.5 G/s"; a dash where the amount is not known or nothing was timed.
QString rateText(double amount, double nanoseconds, const char* unit);
double rate(double amount, double nanoseconds); // per second; -1 where it is not known

QString shown(const std::string& text); // displayText() as a QString

} // namespace orrery::models
