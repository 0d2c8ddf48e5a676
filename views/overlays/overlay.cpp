// SPDX-License-Identifier: Apache-2.0
#include "views/overlays/overlay.h"

#include <fmt/format.h>

#include <algorithm>

namespace orrery::overlays {
namespace {

using canvas::DisplayGraph;
using canvas::DisplayNode;

// Of a compute node's origins, the one that its number is shown on.
std::uint32_t mainOrigin(const graph::Node& node, const std::unordered_map<std::uint32_t, std::string>& types)
{
    std::string_view type = node.opType;
    if (node.domain == "orrery" && type.starts_with("Fused"))
        type.remove_prefix(5);
    for (NodeId origin : node.origins)
        if (auto found = types.find(origin.value); found != types.end() && found->second == type)
            return origin.value;
    return node.origins.empty() ? canvas::noIndex : node.origins.front().value;
}

struct Shown {
    std::unordered_map<std::uint64_t, double> values;         // by key
    std::unordered_map<std::uint64_t, std::string> insteadOf; // by key: why there is no number of its own
};

Shown byDataflowNode(const DisplayGraph& graph, const OverlaySpec& spec, const OverlayValues& values,
                     const graph::Graph& compute)
{
    std::unordered_map<std::uint32_t, std::string> types, names;
    for (const DisplayNode& node : graph.nodes)
        if (node.key < canvas::inputKey(0)) {
            types[std::uint32_t(node.key)] = node.title;
            names[std::uint32_t(node.key)] = node.subtitle.empty() ? node.title : node.subtitle;
        }
    Shown shown;
    for (const auto& [id, value] : values.byNode) {
        if (!compute.contains(NodeId(id)))
            continue;
        const graph::Node& node = compute.node(NodeId(id));
        const std::uint32_t main = mainOrigin(node, types);
        double& sum = shown.values[main];
        sum = spec.adds == Adds::Yes ? sum + value : std::max(sum, value);
        for (NodeId origin : node.origins)
            if (origin.value != main)
                shown.insteadOf[origin.value] = "in " + names[main];
    }
    return shown;
}

} // namespace

void applyOverlay(DisplayGraph& graph, const OverlaySpec& spec, const OverlayValues* values, KeysAre keys,
                  const graph::Graph* compute)
{
    graph.legend = {std::string(spec.title) + ": " + std::string(spec.notMeasured), "", ""};
    if (values == nullptr || values->byNode.empty() || compute == nullptr)
        return;
    Shown shown;
    if (keys == KeysAre::DataflowNodes)
        shown = byDataflowNode(graph, spec, *values, *compute);
    else
        for (const auto& [id, value] : values->byNode)
            shown.values[id] = value;

    double total = 0, largest = 0;
    for (const auto& [key, value] : shown.values) {
        total += value;
        largest = std::max(largest, value);
    }
    auto overlayOf = [&](double value) {
        canvas::Overlay overlay;
        overlay.measured = true;
        if (value == 0) // plain on the graph: a number on each empty node hides the others
            return overlay;
        overlay.label = spec.format(value);
        if (spec.adds == Adds::Yes && total > 0)
            overlay.label += fmt::format(" · {:.1f} %", 100 * value / total);
        const bool noise = spec.adds == Adds::Yes && value < noiseShare * total;
        overlay.heat = noise || largest <= 0 ? 0 : float(value / largest);
        return overlay;
    };

    std::vector<double> ofGroup(graph.groups.size(), 0);
    std::vector<std::uint8_t> groupMeasured(graph.groups.size(), 0);
    for (DisplayNode& node : graph.nodes) {
        if (auto found = shown.values.find(node.key); found != shown.values.end()) {
            node.overlay = overlayOf(found->second);
            std::uint32_t group = node.group;
            for (std::size_t depth = 0; group != canvas::noIndex && depth < graph.groups.size(); ++depth) {
                double& sum = ofGroup[group];
                sum = spec.adds == Adds::Yes ? sum + found->second : std::max(sum, found->second);
                groupMeasured[group] = 1;
                group = graph.groups[group].parent;
            }
        } else if (auto why = shown.insteadOf.find(node.key); why != shown.insteadOf.end()) {
            node.overlay.label = why->second;
        }
    }
    for (std::size_t g = 0; g < graph.groups.size(); ++g)
        if (groupMeasured[g]) {
            graph.groups[g].overlay = overlayOf(ofGroup[g]);
            graph.groups[g].overlay.heat = std::min(1.0f, graph.groups[g].overlay.heat);
        }
    graph.legend = {values->title, spec.format(0), spec.format(largest)};
}

} // namespace orrery::overlays
