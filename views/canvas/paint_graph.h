#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// Painting a scene with any QPainter: the widget, an image, SVG, PDF. No widget is needed. The painter's
// coordinates are those of the target; PaintState says which part of the scene is where. SpriteCache belongs
// to the caller and is used on one thread.

#include "views/canvas/graph_scene.h"
#include "views/canvas/sprite_cache.h"

#include <QPainter>

#include <unordered_map>
#include <unordered_set>

namespace orrery::canvas {

// Something that the debugger shows on a node, or that it carries a plan hint.
enum class Mark : std::uint8_t {
    Current = 1, // the next to run
    Breakpoint = 2,
    DisabledBreakpoint = 4,
    Executed = 8,
    Pending = 16, // still to come
    Failed = 32,  // what ended the run
    ConditionalBreakpoint = 64,
    Hinted = 128,
};

// Pixels beside a node, at 100 %, that belong to its gutter: where breakpoints are set.
inline constexpr double gutterWidth = 14;

struct PaintState {
    double zoom = 1;       // target pixels per scene pixel
    double spriteZoom = 0; // sprites made at this zoom are scaled while a gesture lasts; 0: always exact
    QPointF offset;        // target position of the scene's origin
    QRectF viewport;       // part of the target to paint
    std::uint64_t selected = noKey;
    std::unordered_set<std::uint64_t> alsoSelected;
    std::unordered_set<std::uint64_t> highlighted;              // origins of what is selected elsewhere
    std::unordered_map<std::uint64_t, std::uint8_t> marks;      // key → Mark bits
    std::uint32_t hoveredNode = noIndex, hoveredEdge = noIndex; // scene indices
    std::uint64_t hoveredGutter = noKey;
};

enum class Quality : std::uint8_t {
    Interactive, // level of detail by size on screen, sprites, aliased lines where many
    Export,      // everything as vectors and text, at any zoom
};

void paintGraph(QPainter& painter, const GraphScene& scene, const theme::Theme& theme,
                const PaintState& state, Quality quality, SpriteCache* cache = nullptr);

// The key to the heat colours: gradient, minimum and maximum, and the colour of what was not measured. Paints
// nothing without a legend. Returns the area taken, whose bottom left corner is at the position.
QRectF paintLegend(QPainter& painter, const OverlayLegend& legend, const theme::Theme& theme,
                   QPointF bottomLeft);

// Where a scene goes when it fills a target, with a margin; for exports and fit. Never above maxZoom.
struct Placement {
    double zoom = 1;
    QPointF offset;
};
Placement placeInside(const QRectF& sceneArea, const QRectF& target, double margin, double maxZoom);

} // namespace orrery::canvas
