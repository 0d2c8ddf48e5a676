#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// FlameChart: a FlameTree from the top down; width is bytes. A click or Enter makes what is selected as wide
// as the chart, Backspace goes one out, Home all the way; arrows move the selection.

#include "views/memory/flame_tree.h"
#include "views/theme/theme.h"

#include <QAbstractScrollArea>

#include <functional>

namespace orrery::memory {

class FlameChart : public QAbstractScrollArea {
    Q_OBJECT

public:
    FlameChart(const theme::Theme& theme, QWidget* parent);

    void setTheme(const theme::Theme& theme);
    // color: of a node of the tree.
    void setTree(FlameTree tree, std::function<QColor(const FlameNode&, const theme::Theme&)> color);
    const FlameTree& tree() const { return m_tree; }
    void zoomTo(std::uint32_t place);
    std::uint32_t zoomed() const { return m_zoomed; }
    std::uint32_t selected() const { return m_selected; }
    void showNode(std::uint32_t node);        // of the graph: outlines it
    QRectF rectOf(std::uint32_t place) const; // empty when it is not seen
    std::uint32_t placeAt(QPointF at) const;  // noId: none

signals:
    void nodeChosen(quint32 node); // of the graph

protected:
    void paintEvent(QPaintEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    bool viewportEvent(QEvent* event) override;

private:
    struct Placed {
        std::uint32_t place;
        QRectF rect;
    };

    void place();
    void select(std::uint32_t place);
    void moveSelection(int key);

    theme::Theme m_theme;
    FlameTree m_tree;
    std::function<QColor(const FlameNode&, const theme::Theme&)> m_color;
    std::vector<Placed> m_placed; // what is at least half a pixel wide
    std::uint32_t m_zoomed = 0, m_selected = trace_db::noId, m_hovered = trace_db::noId;
    std::uint32_t m_node = trace_db::noId;
};

} // namespace orrery::memory
