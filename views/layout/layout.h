#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// Layout as a pure function of plain structs: sizes, edges and nested groups in; rectangles and polylines
// out. The same request gives the same result, on any thread. Every expanded group is laid out on its own and
// becomes a box in its parent, so that cost stays linear and groups can be cached. Distances in
// device-independent pixels, y downwards. Cycles, self-loops, parallel edges, disconnected parts, no nodes at
// all: all fine. No recursion.

#include "engine/base/result.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <stop_token>
#include <vector>

namespace orrery::layout {

inline constexpr std::uint32_t noGroup = 0xffffffffu;

struct Point {
    double x = 0, y = 0;
    friend bool operator==(const Point&, const Point&) = default;
};

struct Size {
    double width = 0, height = 0;
    friend bool operator==(const Size&, const Size&) = default;
};

struct Rect {
    double x = 0, y = 0, width = 0, height = 0; // x, y: the top left corner
    double right() const { return x + width; }
    double bottom() const { return y + height; }
    Point center() const { return {x + width / 2, y + height / 2}; }
};

enum class Direction : std::uint8_t { TopToBottom, LeftToRight };

struct LayoutNode {
    Size size;
    std::uint32_t group = noGroup;
};

struct LayoutEdge {
    std::uint32_t from = 0, to = 0;
    std::uint16_t fromPort =
        0; // edges with equal from and fromPort carry one value: they share lines across groups
};

struct LayoutGroup {
    std::uint32_t parent = noGroup;
    Size header; // kept free at the top of the frame; its width is the least width of the frame
};

struct LayoutOptions {
    Direction direction = Direction::TopToBottom;
    double nodeGap = 24;
    double rankGap = 40;
    double groupPadding = 16;
};

struct LayoutRequest {
    std::vector<LayoutNode> nodes;
    std::vector<LayoutEdge> edges;
    std::vector<LayoutGroup> groups;
    LayoutOptions options;
};

struct LayoutResult {
    std::vector<Rect> nodes;
    std::vector<Rect> groups;
    std::vector<std::uint32_t> edgeStart; // edge e has points[edgeStart[e]] to points[edgeStart[e + 1]]
    std::vector<Point> points;
    std::vector<std::uint8_t> backEdge; // per edge: 1 when it runs against the direction, closing a cycle
    Rect bounds;
};

// One group's inside (or the top level) as a flat problem: boxes and edges. Entry and exit boxes are points
// where edges of the parent level come in and go out; entries lie on the first rank, exits on the last.
struct Level {
    enum class Box : std::uint8_t { Node, Entry, Exit };
    struct Edge {
        std::uint32_t from = 0, to = 0;
        std::uint32_t net = 0; // edges of one box with equal nets carry one value and may share lines
        double fromOffset = 0,
               toOffset = 0; // along the rank, from the box's middle: a port of a group's frame
        std::uint8_t fromFixed = 0, toFixed = 0; // 1: the offset is such a port; 0: the layout chooses one
    };
    std::vector<Size> boxes;
    std::vector<Box> kinds;
    std::vector<Edge> edges;
    LayoutOptions options;
};

struct LevelResult {
    std::vector<Point> centers;
    std::vector<std::uint32_t> edgeStart;
    std::vector<Point> points;
    std::vector<std::uint8_t> backEdge;
    Size size; // everything lies in [0, width] × [0, height]
};

// Lays out one level in another way; nothing when it cannot or would take too long. See graphviz_layout.h.
using LevelRefiner = std::function<std::optional<LevelResult>(const Level&)>;

// Fails when an index is out of range, groups form a cycle, or a size is negative, not finite or over 1e6.
Result<void> validate(const LayoutRequest& request);

// The row of every node, counted from 0, if all were on one level: tells which edges would be long before
// there is a layout. Ends of edges must be below nodeCount.
std::vector<std::uint32_t> ranks(std::size_t nodeCount, const std::vector<LayoutEdge>& edges);

// Fails where validate() does, or with Cancelled soon after stop is requested.
Result<LayoutResult> layout(const LayoutRequest& request, const LevelRefiner& refine = {},
                            std::stop_token stop = {});

} // namespace orrery::layout
