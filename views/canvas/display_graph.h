#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// DisplayGraph: what one picture of a graph shows, as plain values. A projection makes it from a Graph or
// from trace rows; layout and canvas know nothing else. All text is UTF-8 that went through
// orrery::displayText already. Indices are dense: nodes[i].id == i, and edges and groups refer to these. Keys
// are stable across rebuilds of the same graph (a NodeId's value, or a projection's own number with a tag in
// the upper 32 bits) and unique among nodes and groups together; selection, collapsing and animation go by
// key.

#include "views/theme/op_category.h"

#include <cstdint>
#include <string>
#include <vector>

namespace orrery::canvas {

using theme::OpCategory;

inline constexpr std::uint32_t noIndex = 0xffffffffu;
inline constexpr std::uint64_t noKey = 0xffffffffffffffffull;

// Keys of what is no dataflow node: a tag above the 32 bits of the index.
constexpr std::uint64_t inputKey(std::uint32_t index) { return (1ull << 32) | index; }
constexpr std::uint64_t outputKey(std::uint32_t index) { return (2ull << 32) | index; }
constexpr std::uint64_t constantKey(std::uint32_t index) { return (3ull << 32) | index; }
constexpr std::uint64_t groupKey(std::uint32_t index) { return (4ull << 32) | index; }
constexpr std::uint64_t stubKey(std::uint32_t index) { return (5ull << 32) | index; }

enum class NodeKind : std::uint8_t { Op, GraphInput, GraphOutput, Constant, Group, Stub };
enum class EdgeKind : std::uint8_t { Data, Back, Control };
enum class Badge : std::uint8_t { None, Info, Warning, Error };

// A measurement on a node. Shown only when the graph has a legend; then every node has a row for it, and one
// that is not measured says so.
struct Overlay {
    bool measured = false;
    float heat = 0; // 0 … 1 on the theme's heat scale; of a change: 0 less, 0.5 the same, 1 more
    bool isChange = false;
    std::string label; // "1.25 ms · 12 %"; of one that is not measured: why, or empty

    // 0 … 1: which of two that share a pixel shows; below 0 for one that is not measured.
    float prominence() const
    {
        const float fromMiddle = heat < 0.5f ? 1 - 2 * heat : 2 * heat - 1;
        return !measured ? -1 : isChange ? fromMiddle : heat;
    }
};

// What the heat scale means; without a title there is no overlay.
struct OverlayLegend {
    std::string title;   // "Self time per run, mean of 20"
    std::string minimum; // "0 ms"
    std::string maximum; // "4.2 ms"
    bool isChange = false;
    bool shown() const { return !title.empty(); }
};

struct DisplayNode {
    std::uint32_t id = 0; // own index
    std::uint64_t key = noKey;
    NodeKind kind = NodeKind::Op;
    OpCategory category = OpCategory::Other;
    Badge badge = Badge::None;      // worst problem here
    std::uint32_t group = noIndex;  // innermost group
    std::uint32_t bodyDepth = 0;    // how many bodies of If, Loop or Scan it lies in
    std::string title;              // op type
    std::string subtitle;           // name
    std::string scope;              // "/"-separated path above the node, for groupByScope(); may be empty
    std::vector<std::string> lines; // key attributes and shapes: "kernel 3×3, stride 2"
    std::string toolTip;            // plain text
    Overlay overlay;
    std::vector<std::uint32_t> origins; // dataflow NodeIds that this came from
};

struct DisplayEdge {
    std::uint32_t from = 0;
    std::uint32_t to = 0;
    std::uint16_t fromPort = 0;
    std::uint16_t toPort = 0;
    EdgeKind kind = EdgeKind::Data;
    std::uint64_t key = noKey; // the value's id; several edges may carry one value
    std::string label;         // tensor type and shape: "f32 1×64×56×56"
};

struct DisplayGroup {
    std::uint64_t key = noKey;
    std::uint32_t parent = noIndex;
    std::string title;      // last part(s) of the scope
    bool collapsed = false; // how it is first shown; the view remembers what the user toggled
    Badge badge = Badge::None;
    Overlay overlay; // of all members together
};

struct DisplayGraph {
    std::string title;
    std::vector<DisplayNode> nodes;
    std::vector<DisplayEdge> edges;
    std::vector<DisplayGroup> groups; // in any order; parents form a forest
    OverlayLegend legend;
};

} // namespace orrery::canvas
