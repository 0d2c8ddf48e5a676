#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// CellGrid: a slice of a tensor as a table. Nothing is kept per cell, row or column: only what is seen is
// read, formatted and painted, so 100 million rows scroll like ten. Row and column headers are the tensor's
// own indices. One rectangle can be selected and copied as tab-separated text; a cell can be typed over when
// the grid is editable. Arrows, Page Up/Down, Home, End, Shift with these, Ctrl+A, Ctrl+C, Enter or F2.

#include "views/tensor_view/color_scale.h"
#include "views/tensor_view/number_format.h"

#include <QAbstractScrollArea>
#include <QLineEdit>

#include <optional>

namespace orrery::tensor_view {

class CellGrid : public QAbstractScrollArea {
    Q_OBJECT

public:
    struct CellColors {
        ColorScale scale;
        ValueRange range;
    };

    explicit CellGrid(QWidget* parent);

    void setTheme(const theme::Theme& theme);
    void setTensor(const graph::Tensor& tensor); // the slice becomes the whole of it
    void setSlice(const SliceView& slice);
    void setFormat(NumberFormat format);
    void setColors(std::optional<CellColors> colors);
    void setEditable(bool isEditable) { m_isEditable = isEditable; }

    Cell current() const { return m_current; }
    void setCurrent(Cell cell); // brings it into view
    std::int64_t topRow() const { return m_top.row; }
    std::optional<std::int64_t> currentFlat() const; // nothing in an empty table
    // Of the selected rectangle; empty when it is too large, and copyRefused() is emitted.
    QString selectedText();

signals:
    void currentChanged();
    void edited(std::int64_t flat, QString text);
    void copyRefused(QString why);

protected:
    void paintEvent(QPaintEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void mouseDoubleClickEvent(QMouseEvent* event) override;
    void scrollContentsBy(int dx, int dy) override;
    void focusInEvent(QFocusEvent* event) override;
    void focusOutEvent(QFocusEvent* event) override;
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    enum class Select : std::uint8_t { Move, Extend };

    void moveTo(Cell cell, Select select);
    void ensureVisible(Cell cell);
    void updateMetrics();
    void updateScrollBars();
    void edit();
    void finishEdit(bool isAccepted);
    std::optional<Cell> cellAt(QPoint point) const; // the nearest one
    QRect rectOf(Cell cell) const;
    std::int64_t rowsSeen() const;
    std::int64_t columnsSeen() const;
    CellRect selection() const;
    void paintCells(QPainter& painter) const;
    void paintHeaders(QPainter& painter) const;

    graph::Tensor m_tensor;
    SliceView m_slice;
    NumberFormat m_format;
    std::optional<CellColors> m_colors;
    bool m_isEditable = false;
    Cell m_top; // first that is seen
    Cell m_current, m_anchor;
    int m_rowHeight = 22, m_columnWidth = 60, m_headerWidth = 40;
    QColor m_text, m_muted, m_border, m_headerFill, m_accent, m_onAccent, m_bad;
    QLineEdit* m_editor = nullptr; // while a cell is typed over
};

} // namespace orrery::tensor_view
