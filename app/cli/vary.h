#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// `--vary DIM=1,2,4..64`: numbers for the dims of inputs, by the name of a symbolic dim or as INPUT:INDEX, as
// the points of a prediction. One dim may take several numbers; the others have one each.

#include "app/cli/arguments.h"
#include "engine/plan/predict_peak.h"

namespace orrery::cli {

struct Variation {
    std::string dim;                   // that takes several numbers; empty: none does
    std::vector<std::int64_t> numbers; // of `dim`, one for each point; a 0 when nothing varies
    std::vector<plan::DimValues> points;
};

OptionSpec varyOption();
Result<Variation> variation(const Arguments& arguments);

} // namespace orrery::cli
