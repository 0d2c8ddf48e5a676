#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// The tables about memory as columns over typed rows. Names and reasons are resolved before, so that sorting
// needs no look-ups.

#include "trace_db/queries/alive_at.h"
#include "trace_db/queries/allocation_totals.h"
#include "views/models/row_table_model.h"

namespace orrery::models {

struct AliveRow {
    trace_db::alive_at::Row row;
    QString value, node, kind, why;
    double share = 0; // of the largest
    std::int64_t ageNs = 0;
    std::int64_t leftNs = -1; // until it is freed; -1: not known
};

struct AllocationRow {
    trace_db::allocation_totals::Row row;
    QString node, value, kind;
    double share = 0; // of the largest
};

// Two steps side by side, per node.
struct StepDifferenceRow {
    std::uint32_t node = trace_db::noId;
    QString name, opType;
    std::int64_t countA = 0, countB = 0;
    std::int64_t bytesA = 0, bytesB = 0;
    std::int64_t heldA = 0, heldB = 0; // of what the step allocated, live at its end
};

std::vector<Column<AliveRow>> aliveColumns();
std::vector<Column<AllocationRow>> allocationColumns();
std::vector<Column<StepDifferenceRow>> stepDifferenceColumns();

} // namespace orrery::models
