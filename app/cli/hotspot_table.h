#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// Hotspots as a table: the same columns after `profile` and in `report`.

#include "app/cli/table.h"
#include "trace_db/queries/hotspots.h"

namespace orrery::cli {

Table hotspotTable(const std::vector<trace_db::hotspots::Row>& rows, trace_db::hotspots::By by);

} // namespace orrery::cli
