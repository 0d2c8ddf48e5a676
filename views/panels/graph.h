#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// GraphPanel: the centre of the window. One canvas, a tab for each projection, a choice of overlay, the
// search bar. Selection goes to and comes from Focus, by origins. The picture is made on a worker; the newest
// wins.

#include "views/canvas/graph_view.h"
#include "views/panels/graph_picture.h"
#include "views/panels/panel.h"

class QTabBar;
class QToolButton;

namespace orrery::panels {

class GraphCanvas;
class GraphPieces;
class GraphPlaces;
class SearchBar;

class GraphPanel final : public Panel {
    Q_OBJECT

public:
    GraphPanel(document::Document& document, const theme::Theme& theme, QWidget* parent);
    ~GraphPanel() override;

    bool isIdle() const override;
    canvas::GraphView& view() { return *m_view; }
    const canvas::DisplayGraph* graph() const { return m_shown.get(); }
    void openSearch();
    // Edits of the canvas that are also done by keyboard.
    GraphCanvas& edits() { return *m_edits; }
    // Where the user put nodes; its moves can be undone.
    GraphPlaces& places() { return *m_places; }
    const GraphPlaces& places() const { return *m_places; }
    // What leaves the graph and comes in.
    GraphPieces& pieces() { return *m_pieces; }
    const GraphPieces& pieces() const { return *m_pieces; }
    // Brings the current node into view.
    void revealCurrent();

signals:
    void openRequested(QString path); // a file that was dropped on the canvas

protected:
    void resizeEvent(QResizeEvent* event) override;

private:
    void themeChanged() override;
    void makeTopBar();
    const projections::ProjectionSpec& projection() const;
    std::optional<overlays::OverlaySpec> overlay() const;
    void rebuild(); // soon: what changes together is drawn once
    void rebuildNow();
    void show(std::shared_ptr<const canvas::DisplayGraph> graph);
    void showPlaceholder();
    void followFocus();
    void onSelected(quint64 key);
    void selectAll(std::vector<std::uint64_t> keys);
    void toggleSelected(quint64 key);
    void placeSearchBar();
    void followDebugger();
    void showMarks();
    void openNodeMenu(quint64 key, QPoint globalPosition);

    std::vector<projections::ProjectionSpec> m_projections;
    std::vector<overlays::OverlaySpec> m_overlays;
    QWidget* m_topBar;
    QTabBar* m_tabs;
    QToolButton* m_overlayButton;
    QWidget* m_canvasArea;
    canvas::GraphView* m_view;
    GraphCanvas* m_edits;
    GraphPlaces* m_places;
    GraphPieces* m_pieces;
    SearchBar* m_search;
    std::shared_ptr<const canvas::DisplayGraph> m_shown;
    std::shared_ptr<const graph::Graph> m_shownGraph; // that it was made of
    std::string_view m_shownProjection;
    QString m_shownOf;        // path of what is drawn
    bool m_selecting = false; // the canvas itself changes the focus
    bool m_following = false; // the focus changes the canvas
    NodeId m_shownNext;       // the debugger's, that the canvas has followed
    bool m_rebuildSoon = false;
    async::Task m_task; // last: its jobs use what is above
};

} // namespace orrery::panels
