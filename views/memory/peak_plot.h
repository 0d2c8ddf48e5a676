#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// PeakPlot: the widget of a PeakPicture. A click or the arrow keys choose a point, hovering tells of it. It
// shows what it is given and computes nothing.

#include "views/memory/peak_picture.h"

#include <QWidget>

namespace orrery::memory {

// "+1.2 %": how far the prediction is off what was measured.
QString offText(std::int64_t predictedBytes, std::int64_t measuredBytes);

class PeakPlot : public QWidget {
    Q_OBJECT

public:
    PeakPlot(const theme::Theme& theme, QWidget* parent);

    void setTheme(const theme::Theme& theme);
    // Numbers rise. `dim` is what varies, fit to be shown.
    void setPoints(std::vector<PeakPoint> points, const QString& dim, std::int64_t weightBytes);
    // A curve to compare with; empty: none.
    void setEarlier(std::vector<PeakPoint> points, const QString& what);
    void setMachineBytes(std::int64_t bytes); // 0: not known
    void select(int point);                   // -1: none; no signal
    int selected() const { return m_picture.selected; }
    const std::vector<PeakPoint>& points() const { return m_picture.points; }
    bool isLogarithmic() const { return m_picture.isLogarithmic(); }
    QPointF positionOf(int point) const { return m_picture.positionOf(point); }
    QSize sizeHint() const override { return {420, 180}; }

signals:
    void chosen(int point);

protected:
    void paintEvent(QPaintEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void leaveEvent(QEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;

private:
    int pointAt(QPointF at) const; // the nearest; -1 when none is near
    void choose(int point);
    QString tipOf(const PeakPoint& point) const;

    theme::Theme m_theme;
    PeakPicture m_picture;
};

} // namespace orrery::memory
