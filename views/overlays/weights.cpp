// SPDX-License-Identifier: Apache-2.0
//
// The weights that each node reads; those that several read count for the first of them.
#include "engine/base/text.h"
#include "views/overlays/overlay.h"

namespace orrery::overlays {

OverlaySpec weights()
{
    return {
        .id = "weights",
        .title = "Weights",
        .toolTip = "Bytes of the weights that each node reads: hotter is larger",
        .notMeasured = "not measured yet. Profile the model (Ctrl+F5).",
        .adds = Adds::Yes,
        .values =
            [](const OverlayInput& input) {
                OverlayValues values;
                for (const auto& row : input.memory)
                    values.byNode[row.node] = double(row.weightBytes);
                values.title = "Bytes of weights, by the node that reads them first";
                return values;
            },
        .format = [](double value) { return formatBytes(std::int64_t(value)); },
    };
}

} // namespace orrery::overlays
