#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// GraphScene: one laid-out picture, ready to paint and to ask "what is here?". Immutable after buildScene();
// shared between threads as shared_ptr<const GraphScene>. Holds the *visible* graph: collapsed groups are
// nodes of kind Group, hubs are stubs at their consumers. Coordinates in device-independent pixels at zoom 1.
// buildScene() may run on any thread and needs a QGuiApplication (font metrics), but neither a window nor an
// event loop.

#include "views/canvas/display_graph.h"
#include "views/canvas/spatial_index.h"
#include "views/layout/layout.h"
#include "views/theme/theme.h"

#include <QPointF>
#include <QRectF>

#include <memory>
#include <stop_token>
#include <unordered_map>
#include <unordered_set>

namespace orrery::canvas {

class GraphScene;

struct SceneOptions {
    layout::Direction direction = layout::Direction::TopToBottom;
    std::unordered_set<std::uint64_t> toggledGroups; // shown otherwise than DisplayGroup::collapsed says
    layout::LevelRefiner refine;                     // optional: Graphviz
    // Where the user put nodes: their top left corners, by key.
    std::shared_ptr<const std::unordered_map<std::uint64_t, QPointF>> placed;
    // Optional: the picture before an edit. What is in it stays where it is, unless too much is new.
    std::shared_ptr<const GraphScene> before;
};

class GraphScene {
public:
    const DisplayGraph& graph() const { return m_graph; } // the visible one; indices below refer to it
    QRectF bounds() const { return m_bounds; }
    std::size_t nodeCount() const { return m_nodeRects.size(); }
    std::size_t edgeCount() const { return m_edgeStart.empty() ? 0 : m_edgeStart.size() - 1; }

    const QRectF& nodeRect(std::uint32_t node) const { return m_nodeRects[node]; }
    const QRectF& groupRect(std::uint32_t group) const
    {
        return m_groupRects[group];
    } // frame of an expanded group
    const QRectF& edgeRect(std::uint32_t edge) const { return m_edgeRects[edge]; }
    // The points of an edge from producer to consumer; at least two.
    const QPointF* edgePoints(std::uint32_t edge) const { return m_points.data() + m_edgeStart[edge]; }
    std::size_t edgePointCount(std::uint32_t edge) const { return m_edgeStart[edge + 1] - m_edgeStart[edge]; }
    // Where the edge's label is painted; null when it has none of its own. See edge_labels.h.
    const QRectF& edgeLabelRect(std::uint32_t edge) const { return m_edgeLabelRects[edge]; }
    bool isBackEdge(std::uint32_t edge) const { return m_backEdge[edge] != 0; }

    std::vector<std::uint32_t> edgesOf(std::uint32_t node) const; // in, then out, in port order
    std::uint32_t nodeOfKey(std::uint64_t key) const;             // noIndex when not visible
    std::uint32_t groupOfKey(std::uint64_t key) const;
    // The rectangle of a node or expanded group, or of the collapsed group that hides the node; empty when
    // unknown.
    QRectF rectOfKey(std::uint64_t key) const;
    // What stands for this key in the picture: itself, or the innermost collapsed group that hides it; or
    // noKey.
    std::uint64_t visibleKey(std::uint64_t key) const;
    // The key of a stub's producer; noKey for other nodes.
    std::uint64_t stubTarget(std::uint32_t node) const;

    // Topmost node at the point; noIndex when there is none.
    std::uint32_t nodeAt(QPointF point) const;
    // The expanded group whose header is at the point.
    std::uint32_t groupHeaderAt(QPointF point) const;
    // The nearest edge within the distance; none where hundreds of them lie on top of each other.
    std::uint32_t edgeAt(QPointF point, double distance) const;
    void nodesIn(const QRectF& area, std::vector<std::uint32_t>& out) const;
    void edgesIn(const QRectF& area, std::vector<std::uint32_t>& out) const;
    // From a node along edges (arrow keys): forward follows outputs, backward inputs, sideways the same rank.
    enum class Step : std::uint8_t { Forward, Backward, Previous, Next };
    std::uint32_t neighbour(std::uint32_t node, Step step) const;

    double groupHeaderHeight() const { return m_groupHeaderHeight; }
    layout::Direction direction() const { return m_direction; }
    // Whether nodes stand where they did in SceneOptions::before.
    bool keepsPlaces() const { return m_keepsPlaces; }

private:
    friend Result<std::shared_ptr<const GraphScene>> buildScene(const DisplayGraph&, const theme::Theme&,
                                                                const SceneOptions&, std::stop_token);
    DisplayGraph m_graph;
    QRectF m_bounds;
    std::vector<QRectF> m_nodeRects, m_groupRects, m_edgeRects, m_edgeLabelRects;
    std::vector<std::uint32_t> m_edgeStart;
    std::vector<QPointF> m_points;
    std::vector<std::uint8_t> m_backEdge;
    std::vector<std::uint32_t> m_incidentStart, m_incident; // edges of each node: in, then out
    std::unordered_map<std::uint64_t, std::uint32_t> m_nodeOfKey, m_groupOfKey;
    std::unordered_map<std::uint64_t, std::uint64_t>
        m_hiddenBy; // key of a hidden node or group → visible key
    std::unordered_map<std::uint32_t, std::uint64_t> m_stubTargets;
    SpatialIndex m_nodeIndex, m_edgeIndex;
    double m_groupHeaderHeight = 0;
    layout::Direction m_direction = layout::Direction::TopToBottom;
    bool m_keepsPlaces = false;
};

// Fails when the graph's indices are inconsistent, or with Cancelled.
Result<std::shared_ptr<const GraphScene>> buildScene(const DisplayGraph& graph, const theme::Theme& theme,
                                                     const SceneOptions& options = {},
                                                     std::stop_token stop = {});

} // namespace orrery::canvas
