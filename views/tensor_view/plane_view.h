#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// PlaneView: a plane of cells that one zooms and pans: heat maps and pictures are painted on it. Wheel or +
// and − zoom about the cursor, dragging pans, 0 or a double click fits, arrows move the current cell. Planes
// much longer than wide are stretched, so that a 1 × 4096 one is more than a hair.

#include "views/tensor_view/slice_view.h"
#include "views/theme/theme.h"

#include <QWidget>

#include <optional>

namespace orrery::tensor_view {

class PlaneView : public QWidget {
    Q_OBJECT

public:
    explicit PlaneView(QWidget* parent);

    virtual void setTheme(const theme::Theme& theme);
    std::int64_t rows() const { return m_rows; }
    std::int64_t columns() const { return m_columns; }
    void fit();
    std::optional<Cell> current() const { return m_current; }
    void setCurrent(Cell cell); // brings it into view
    std::optional<Cell> cellAt(QPointF point) const;
    QRectF rectOf(double row, double column, double rows, double columns) const; // in widget pixels

    QSize sizeHint() const override { return {320, 260}; }

signals:
    void viewChanged();                                            // zoomed, panned, resized
    void pointedAt(std::optional<orrery::tensor_view::Cell> cell); // under the cursor, or the current one
    void chosen(orrery::tensor_view::Cell cell);                   // clicked

protected:
    void setPlane(std::int64_t rows, std::int64_t columns); // fits when the size is another
    virtual void paintPlane(QPainter& painter) = 0;

    void paintEvent(QPaintEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;
    void wheelEvent(QWheelEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void mouseReleaseEvent(QMouseEvent* event) override;
    void mouseDoubleClickEvent(QMouseEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void leaveEvent(QEvent* event) override;

private:
    void zoom(double factor, QPointF about);
    void keepInside();

    std::int64_t m_rows = 0, m_columns = 0;
    double m_scaleX = 1, m_scaleY = 1; // pixels of a cell
    QPointF m_origin;                  // of the plane, in widget pixels
    bool m_isFitted = true;
    std::optional<Cell> m_current;
    std::optional<QPointF> m_pressedAt, m_draggedFrom;
    QColor m_background, m_marker, m_border;
};

} // namespace orrery::tensor_view
