#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// LinesView: rows of a slice as lines over its columns (a slice of one column is one line). Where several
// elements share a pixel, the band from least to greatest is painted; NaN and infinities are marked at the
// bottom. Wheel, + and − zoom along x, dragging pans, 0 or a double click shows all, arrows move the cursor.

#include "views/async/task.h"
#include "views/tensor_view/line_series.h"
#include "views/tensor_view/subject.h"
#include "views/theme/theme.h"

#include <QWidget>

namespace orrery::tensor_view {

class LinesView : public QWidget {
    Q_OBJECT

public:
    static constexpr std::int64_t mostLines = 8; // as many as there are colours to tell them apart

    explicit LinesView(QWidget* parent);

    void setTheme(const theme::Theme& theme);
    void setContent(SubjectPointer subject, const SliceView& slice);
    void setFirstLine(std::int64_t row); // shown: this one and those that follow
    std::int64_t lineCount() const { return m_subject ? m_slice.rows() : 0; }
    const std::vector<std::vector<LinePoint>>& lines() const { return m_lines; }
    bool isBusy() const { return m_task.busy(); }
    QSize sizeHint() const override { return {320, 220}; }

protected:
    void paintEvent(QPaintEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;
    void wheelEvent(QWheelEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void mouseDoubleClickEvent(QMouseEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void leaveEvent(QEvent* event) override;

private:
    void render();
    void zoom(double factor, double at); // at: 0 … 1 of the plot's width
    void pan(std::int64_t columns);
    void showAll();
    QRectF plot() const;
    ValueRange valueRange() const;
    void paintLine(QPainter& painter, std::size_t line, const ValueRange& range) const;
    void paintAxes(QPainter& painter, const ValueRange& range) const;
    void paintLegend(QPainter& painter) const;
    std::int64_t columnAt(double x) const;

    theme::Theme m_theme;
    SubjectPointer m_subject;
    SliceView m_slice;
    std::int64_t m_first = 0;                     // line
    std::int64_t m_from = 0, m_count = 0;         // columns that are seen
    std::int64_t m_madeFrom = 0, m_madeCount = 0; // those of m_lines
    std::vector<std::vector<LinePoint>> m_lines;
    std::int64_t m_cursor = -1; // column
    double m_dragX = 0;
    async::Task m_task;
};

} // namespace orrery::tensor_view
