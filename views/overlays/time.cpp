// SPDX-License-Identifier: Apache-2.0
//
// Mean self time per run: all self time of a node in the measured runs, divided by their number.
#include "engine/base/text.h"
#include "views/overlays/overlay.h"

#include <fmt/format.h>

namespace orrery::overlays {

OverlaySpec time()
{
    return {
        .id = "time",
        .title = "Time",
        .toolTip = "Self time of each node: hotter is slower",
        .notMeasured = "not measured yet. Profile the model (Ctrl+F5).",
        .adds = Adds::Yes,
        .values =
            [](const OverlayInput& input) {
                OverlayValues values;
                const bool measured = input.latency.steps > 0 && !input.ofRange;
                const double runs = measured ? double(input.latency.steps) : 1;
                for (const auto& row : input.rows) {
                    if (row.calls > 0)
                        values.byNode[row.node] = double(row.selfNs) / runs;
                }
                values.title = input.ofRange ? "Self time in the selected range"
                               : !measured   ? "Self time so far"
                               : input.latency.steps == 1
                                   ? "Self time of one run"
                                   : fmt::format("Self time per run, mean of {}", input.latency.steps);
                return values;
            },
        .format = [](double value) { return formatDurationNs(std::int64_t(value)); },
    };
}

} // namespace orrery::overlays
