// SPDX-License-Identifier: Apache-2.0
//
// The most bytes that a node's own allocations (outputs and workspace) held at once.
#include "engine/base/text.h"
#include "views/overlays/overlay.h"

namespace orrery::overlays {

OverlaySpec memory()
{
    return {
        .id = "memory",
        .title = "Memory",
        .toolTip = "Bytes that each node allocated: hotter is larger",
        .notMeasured = "not measured yet. Profile the model (Ctrl+F5).",
        .adds = Adds::No,
        .values =
            [](const OverlayInput& input) {
                OverlayValues values;
                for (const auto& row : input.rows)
                    if (row.calls > 0)
                        values.byNode[row.node] = double(row.peakBytes);
                values.title = input.ofRange
                                   ? "Bytes held at once by what a node allocated in the selected range"
                                   : "Bytes held at once by a node's outputs and workspace";
                return values;
            },
        .format = [](double value) { return formatBytes(std::int64_t(value)); },
    };
}

} // namespace orrery::overlays
