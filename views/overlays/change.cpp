// SPDX-License-Identifier: Apache-2.0
//
// What two compared states of the model differ by, node by node: slower to one side of the scale, faster to
// the other. A change below the noise share of the whole stays in the middle.
#include "engine/base/text.h"
#include "views/overlays/overlay.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace orrery::overlays {
namespace {

std::string signedDuration(double ns)
{
    const std::string text = formatDurationNs(std::int64_t(std::abs(ns)));
    return ns < 0 ? "−" + text : "+" + text;
}

const std::string* resultOf(const graph::Graph& graph, std::uint64_t key)
{
    if (key >= canvas::inputKey(0) || !graph.contains(NodeId(std::size_t(key))))
        return nullptr;
    for (ValueId output : graph.node(NodeId(std::size_t(key))).outputs)
        if (output.valid())
            return &graph.value(output).name;
    return nullptr;
}

void paintChange(canvas::DisplayGraph& graph, const graph::Graph& shown, KeysAre keys,
                 const OverlayInput& input)
{
    if (!input.change)
        return;
    const auto& changes = keys == KeysAre::DataflowNodes ? input.change->dataflow : input.change->compute;
    double largest = 0, total = 0;
    for (const auto& [name, change] : changes) {
        largest = std::max(largest, std::abs(std::max(0.0, change.afterNs) - std::max(0.0, change.beforeNs)));
        total += std::max(0.0, std::max(change.beforeNs, change.afterNs));
    }
    const auto overlayOf = [&](double difference) {
        canvas::Overlay overlay;
        overlay.measured = overlay.isChange = true;
        const bool isNoise = largest <= 0 || std::abs(difference) < noiseShare * total;
        overlay.heat = isNoise ? 0.5f : float(0.5 + 0.5 * difference / largest);
        overlay.label = isNoise ? "±0" : signedDuration(difference);
        return overlay;
    };
    std::vector<double> ofGroup(graph.groups.size(), 0);
    std::vector<std::uint8_t> isMeasured(graph.groups.size(), 0);
    for (canvas::DisplayNode& node : graph.nodes) {
        const std::string* result = resultOf(shown, node.key);
        auto found = result ? changes.find(*result) : changes.end();
        if (found == changes.end())
            continue;
        const TimeChange& change = found->second;
        const double difference = std::max(0.0, change.afterNs) - std::max(0.0, change.beforeNs);
        if (!change.within.empty() && change.beforeNs <= 0) { // it never had a time of its own
            node.overlay.label = "in " + displayText(change.within, 40);
            continue;
        }
        node.overlay = overlayOf(difference);
        if (!change.within.empty())
            node.overlay.label += " · in " + displayText(change.within, 40);
        else if (change.beforeNs < 0)
            node.overlay.label = "added · " + signedDuration(difference);
        std::uint32_t group = node.group;
        for (std::size_t depth = 0; group != canvas::noIndex && depth < graph.groups.size(); ++depth) {
            ofGroup[group] += difference;
            isMeasured[group] = 1;
            group = graph.groups[group].parent;
        }
    }
    for (std::size_t g = 0; g < graph.groups.size(); ++g)
        if (isMeasured[g]) {
            graph.groups[g].overlay = overlayOf(ofGroup[g]);
            graph.groups[g].overlay.heat = std::clamp(graph.groups[g].overlay.heat, 0.0f, 1.0f);
        }
    graph.legend = {input.change->title, signedDuration(-largest), signedDuration(largest), true};
}

} // namespace

OverlaySpec change()
{
    return {
        .id = "change",
        .title = "Change",
        .toolTip = "Time that each node takes more or less than in another revision of the model",
        .notMeasured = "nothing is compared. Measure revisions in the History panel and compare two.",
        .adds = Adds::Yes,
        .paint = paintChange,
    };
}

} // namespace orrery::overlays
