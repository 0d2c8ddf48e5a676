// SPDX-License-Identifier: Apache-2.0
//
// The largest number that each node makes, against what 16 bits hold: cold where float16 has room to spare,
// hottest at its end and beyond, where NaN and infinities are, too.
#include "views/overlays/overlay.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace orrery::overlays {
namespace {

constexpr double largestHalf = 65504;

struct Found {
    LargestValue value;
    bool isKnown = false;
};

Found largestOf(const graph::Graph& graph, std::uint64_t key, const ValueMagnitudes& magnitudes)
{
    Found found;
    if (key >= canvas::inputKey(0) || !graph.contains(NodeId(std::size_t(key))))
        return found;
    for (ValueId output : graph.node(NodeId(std::size_t(key))).outputs) {
        if (!output.valid())
            continue;
        if (auto known = magnitudes.values.find(graph.value(output).name); known != magnitudes.values.end()) {
            found.isKnown = true;
            found.value.largest = std::max(found.value.largest, known->second.largest);
            found.value.hasNan = found.value.hasNan || known->second.hasNan;
            found.value.hasInfinity = found.value.hasInfinity || known->second.hasInfinity;
        }
    }
    return found;
}

void paintRange(canvas::DisplayGraph& graph, const graph::Graph& shown, KeysAre, const OverlayInput& input)
{
    if (!input.magnitudes)
        return;
    for (canvas::DisplayNode& node : graph.nodes) {
        const auto [value, isKnown] = largestOf(shown, node.key, *input.magnitudes);
        if (!isKnown)
            continue;
        node.overlay.measured = true;
        const bool isBroken = value.hasNan || value.hasInfinity;
        // By the exponent: 1 is at the start of the scale, the end of float16 at its end.
        node.overlay.heat =
            isBroken
                ? 1
                : float(std::clamp(std::log(std::max(value.largest, 1.0)) / std::log(largestHalf), 0.0, 1.0));
        node.overlay.label = value.hasNan        ? "NaN"
                             : value.hasInfinity ? "infinity"
                                                 : fmt::format("max {:.3g}", value.largest);
        if (!isBroken && value.largest > largestHalf)
            node.overlay.label += " · beyond float16";
    }
    graph.legend.title = input.magnitudes->title;
    graph.legend.minimum = "≤ 1";
    graph.legend.maximum = "≥ 65504";
}

} // namespace

OverlaySpec range()
{
    return {
        .id = "range",
        .title = "Numeric range",
        .toolTip = "The largest number that each node makes, against the range of float16",
        .notMeasured = "not measured. Choose Debug > Check numeric ranges.",
        .adds = Adds::No,
        .paint = paintRange,
    };
}

} // namespace orrery::overlays
