#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// GraphView: the widget that shows a DisplayGraph. Wheel zooms to the cursor, drag pans, click selects,
// double click expands or collapses a group and activates other nodes, Space fits all, F fits the selection,
// arrows walk along edges, + - 0 zoom, Ctrl-click and Shift-drag select several. With edits, lines are drawn
// from port to port, a click selects an edge, and dragging a selected node moves the selection. Layout runs
// on a worker: the own layout comes first, then Graphviz refines it unless the user has moved on. All keys in
// signals and setters are those of the DisplayGraph. Lives on the GUI thread.

#include "views/async/task.h"
#include "views/canvas/canvas_edits.h"
#include "views/canvas/graph_scene.h"
#include "views/canvas/node_places.h"
#include "views/canvas/paint_graph.h"
#include "views/canvas/sprite_cache.h"

#include <QTimer>
#include <QVariantAnimation>
#include <QWidget>

#include <functional>

namespace orrery::canvas {

enum class ViewChange : std::uint8_t {
    FitAll, // the whole graph; its beginning where the whole would be too small to read
    Keep,   // the place where the user is
    Edit,   // … and all nodes stay where they are, too
};

class GraphView : public QWidget {
    Q_OBJECT

public:
    explicit GraphView(const theme::Theme& theme, QWidget* parent = nullptr);
    ~GraphView() override;

    void setTheme(const theme::Theme& theme); // copies
    // Shows another graph, or the same one with other texts and overlays.
    void setGraph(std::shared_ptr<const DisplayGraph> graph, ViewChange change = ViewChange::FitAll);
    // Shown when there is no graph, or it has no nodes.
    void setPlaceholder(const QString& title, const QString& text);
    // Given to every layout of this view; empty turns refinement off. Called on a worker thread.
    void setRefiner(layout::LevelRefiner refiner);
    void setDirection(layout::Direction direction);
    void setMinimapVisible(bool visible);

    std::shared_ptr<const GraphScene> scene() const { return m_scene; } // null until the first layout is done
    bool isIdle() const;                                                // no layout under way, no animation
    double zoom() const { return m_state.zoom; }

    std::uint64_t selectedKey() const { return m_state.selected; }
    void setSelectedKey(std::uint64_t key); // noKey clears; emits selectionChanged when it differs
    // Beside the selected one.
    void setAlsoSelectedKeys(const std::vector<std::uint64_t>& keys);
    void setHighlightedKeys(const std::vector<std::uint64_t>& keys);
    // Several marks may share a key. A collapsed group shows what holds for all that it hides, and where the
    // execution is.
    void setMarks(const std::vector<std::pair<std::uint64_t, Mark>>& marks);
    std::uint8_t marksAt(std::uint64_t visibleKey) const; // Mark bits as they are shown
    void openContextMenu();                               // of what is selected, beside it
    // Expands what hides the node, then brings it into view.
    void reveal(std::uint64_t key);
    void setGroupExpanded(std::uint64_t key, bool expanded);
    void expandAll();
    void collapseAll();

    // Null: nothing can be edited. Borrowed.
    void setEdits(CanvasEdits* edits);
    const EdgeRef& selectedEdge() const { return m_selectedEdge; }
    void setSelectedEdge(const EdgeRef& edge); // emits edgeSelected when it differs
    // Where the user put nodes: their top left corners, by key. The others stay where they are.
    void setPlaced(Placed placed);
    const Placed& placed() const { return *m_placed; }
    void placeNode(std::uint64_t key, QPointF topLeft); // before it is there: where it is to appear
    void align(Align how);                              // what is selected
    // Forgets where the user put these, or all, and lays the graph out from the ground up.
    void layOutAgain(const std::vector<std::uint64_t>& keys);
    void layOutAgain();
    std::vector<std::uint64_t> selectedKeys() const;
    // Of a port in the widget; nothing when the node is not drawn.
    std::optional<QPointF> portPosition(const Port& port) const;

    QPointF toScene(QPointF widgetPosition) const;
    QPointF fromScene(QPointF scenePosition) const;

public slots:
    void fitAll();
    void fitSelection();
    void zoomIn();
    void zoomOut();
    void resetZoom(); // 100 %

signals:
    void selectionChanged(quint64 key);
    void selectionToggled(quint64 key);                  // Ctrl and a click: to be added or taken out
    void nodesEnclosed(std::vector<std::uint64_t> keys); // Shift and a drag around them
    void nodeActivated(quint64 key);                     // double click or Return on a node that is no group
    void edgeActivated(quint64 key);                     // click on an edge: its value's key
    void hovered(quint64 key);                           // noKey when the pointer leaves
    void contextMenuRequested(quint64 key, QPoint globalPosition);
    void edgeSelected();                           // another edge, or none
    void edgeMenuRequested(QPoint globalPosition); // of the selected edge
    void placedChanged();                          // the user moved something
    void nodePlaced();                             // by placeNode()
    void gutterClicked(quint64 key);               // beside the left edge of an operator
    void zoomChanged(double zoom);
    void layoutFinished(); // a first or refined layout is on screen
    void failed(QString message);

protected:
    void paintEvent(QPaintEvent*) override;
    void resizeEvent(QResizeEvent*) override;
    void wheelEvent(QWheelEvent*) override;
    void mousePressEvent(QMouseEvent*) override;
    void mouseMoveEvent(QMouseEvent*) override;
    void mouseReleaseEvent(QMouseEvent*) override;
    void mouseDoubleClickEvent(QMouseEvent*) override;
    void keyPressEvent(QKeyEvent*) override;
    void leaveEvent(QEvent*) override;
    void dragEnterEvent(QDragEnterEvent*) override;
    void dragMoveEvent(QDragMoveEvent*) override;
    void dragLeaveEvent(QDragLeaveEvent*) override;
    void dropEvent(QDropEvent*) override;
    bool event(QEvent*) override; // tooltips, pinch gestures

private:
    enum class Transition : std::uint8_t { FitAll, KeepAnchor, Refine, Edit };
    enum class Follow : std::uint8_t { Nothing, Home, All }; // what resizing shows until the user moves
    enum class Drag : std::uint8_t { None, Press, Pan, Band, Minimap, Link, Move };
    struct Link { // a line that is being drawn
        Port from;
        NodePorts ports; // of the node that it begins at
        QPointF end;     // in the widget
        std::unordered_map<std::uint64_t, Fit> fits;
        std::uint64_t over = noKey;
        NodePorts overPorts;
        std::vector<Fit> slotFits; // of the node that it is over
        std::optional<Port> target;
    };

    void relayout(Transition transition);
    void refine();
    void showScene(std::shared_ptr<const GraphScene> scene, Transition transition);
    void foldMarks();
    void anchorAt(std::uint64_t key);
    bool isExpanded(std::uint64_t groupKey) const;
    std::uint64_t keyAt(QPointF position) const; // node or group header; noKey
    std::uint64_t gutterAt(QPointF position) const;
    void zoomAt(QPointF position, double factor);
    void animateTo(const Placement& target);
    void setView(double zoom, QPointF offset);
    void userMoved(); // pans and zooms by hand: fits no longer follow, refinements of before are not shown
    Placement placementOf(Follow follow) const;
    void updateHover(QPointF position);
    void endBand();
    void activate(std::uint64_t key);
    bool canEdit() const { return m_edits && m_edits->enabled() && m_scene; }
    std::optional<Port> portAt(QPointF position) const;
    EdgeRef edgeRefAt(QPointF position) const;
    DropPlace placeAt(QPointF position) const;
    std::uint32_t indexOf(const EdgeRef& edge) const;
    void startLink(const Port& from);
    void moveLink(QPointF position);
    void endLink(bool connects);
    void startMove(std::uint64_t key);
    void moveNodes(QPointF position, bool snaps);
    void endMove(bool moves);
    void reshape(); // the same graph, placed anew: at once, on this thread
    void fitVisible();
    void paintEdits(QPainter& painter) const;
    void paintLink(QPainter& painter) const;
    void paintMove(QPainter& painter) const;
    void paintLitEdge(QPainter& painter, const EdgeRef& edge, const QColor& color) const;
    void paintPorts(QPainter& painter, std::uint64_t key, const NodePorts& ports) const;
    void step(GraphScene::Step step);
    void ensureVisible(const QRectF& sceneRect);
    QRectF minimapArea() const; // empty while the whole graph is visible
    void paintPlaceholder(QPainter& painter);

    theme::Theme m_theme;
    std::shared_ptr<const DisplayGraph> m_graph;
    std::shared_ptr<const GraphScene> m_scene;
    std::unordered_set<std::uint64_t> m_toggledGroups;
    layout::LevelRefiner m_refiner;
    layout::Direction m_direction = layout::Direction::TopToBottom;
    QString m_placeholderTitle, m_placeholderText;
    std::unordered_map<std::uint64_t, std::uint8_t> m_marks; // by key, hidden ones included
    PaintState m_state; // with the zoom and the widget position of the scene's origin
    SpriteCache m_sprites;
    QImage m_minimap;
    bool m_minimapVisible = true;
    Follow m_follow = Follow::Home;
    std::uint64_t m_interactions = 0; // counts what the user did to the view
    std::uint64_t m_anchorKey = noKey;
    QPointF m_anchorPosition; // where the top left of the anchor stays in the widget
    std::uint64_t m_pendingReveal = noKey;
    Drag m_drag = Drag::None;
    QPointF m_pressPosition, m_lastPosition;
    bool m_keepsPlaces = false; // nodes stay where they are from one graph to the next
    CanvasEdits* m_edits = nullptr;
    EdgeRef m_selectedEdge, m_dropEdge; // the latter: lit, while something is dragged over it
    std::uint64_t m_dropNode = noKey;
    Port m_pressPort, m_hoveredPort;
    std::unique_ptr<Link> m_link;
    std::shared_ptr<const Placed> m_placed = std::make_shared<const Placed>();
    std::vector<std::pair<std::uint64_t, QRectF>> m_moving; // boxes as they were
    std::vector<QRectF> m_moveOthers;                       // what they may snap to
    QPointF m_movedBy;
    std::optional<double> m_snapX, m_snapY; // lines in the scene
    QRectF m_band;                          // in the widget, while it is drawn
    QPixmap m_fading;                       // the frame before a new layout
    QVariantAnimation m_move, m_fade;
    Placement m_moveFrom, m_moveTo;
    QTimer m_settle; // after a zoom gesture: sprites are made afresh
    async::Task m_layoutTask, m_refineTask;
};

} // namespace orrery::canvas
