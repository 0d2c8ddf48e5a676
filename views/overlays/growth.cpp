// SPDX-License-Identifier: Apache-2.0
//
// Memory that a node asked of malloc and that grows from step to step: a leak, or a cache that fills.
#include "engine/base/text.h"
#include "views/overlays/overlay.h"

#include <algorithm>

namespace orrery::overlays {

OverlaySpec growth()
{
    return {
        .id = "growth",
        .title = "Memory growth",
        .toolTip = "Bytes per step by which memory that an op asked of malloc grows",
        .notMeasured =
            "not measured. Profile with the heap watched (--heap nodes), at least two measured runs.",
        .adds = Adds::Yes,
        .values =
            [](const OverlayInput& input) {
                OverlayValues values;
                for (const auto& row : input.memory)
                    if (row.isHeapWatched)
                        values.byNode[row.node] = std::max(0.0, row.nativeGrowthPerStep);
                values.title = "Growth of native memory in bytes per step, over the measured steps";
                return values;
            },
        .format = [](double value) { return formatBytes(std::int64_t(value)) + " per step"; },
    };
}

} // namespace orrery::overlays
