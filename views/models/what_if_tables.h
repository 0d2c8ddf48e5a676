#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// The tables of the what-if panel as columns over rows whose texts are made before: what is alive at a
// predicted peak, how it could be lower, and the hints in force.

#include "views/models/row_table_model.h"

namespace orrery::models {

struct LiveRow {
    quint64 place = 0; // in the list that it came from
    QString value, producer, nextReader;
    std::int64_t bytes = 0;
    double share = 0; // of the largest
};

struct SuggestionRow {
    quint64 place = 0;
    QString text, cost, results;
    std::int64_t savedBytes = 0;
    std::int64_t peakBytes = 0; // after
    double savedPercent = 0;    // of the peak before
};

struct HintRow {
    quint64 place = 0;
    QString kind, text;
};

std::vector<Column<LiveRow>> liveColumns();
std::vector<Column<SuggestionRow>> suggestionColumns();
std::vector<Column<HintRow>> hintColumns();

} // namespace orrery::models
