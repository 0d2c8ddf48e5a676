// SPDX-License-Identifier: Apache-2.0
//
// What each node made that was live at the moment at which most was: scopes show the sum of their nodes.
#include "engine/base/text.h"
#include "views/overlays/overlay.h"

namespace orrery::overlays {

OverlaySpec peak()
{
    return {
        .id = "peak",
        .title = "Peak memory",
        .toolTip = "What each node made that is live at the peak, without weights: hotter is larger",
        .notMeasured = "not measured yet. Profile the model (Ctrl+F5).",
        .adds = Adds::Yes,
        .values =
            [](const OverlayInput& input) {
                OverlayValues values;
                for (const auto& row : input.memory)
                    values.byNode[row.node] = double(row.peakBytes);
                values.title = "Bytes live at the peak, without weights";
                return values;
            },
        .format = [](double value) { return formatBytes(std::int64_t(value)); },
    };
}

} // namespace orrery::overlays
