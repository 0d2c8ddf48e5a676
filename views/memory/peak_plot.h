#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// PeakPlot: the predicted peak of memory over a number that varies, inputs and activations stacked; weights
// and the machine's memory as lines where they are in range, measured peaks as diamonds. Numbers that each
// grow by half or more are told on a log2 axis; between two points bytes are drawn as growing in proportion
// to the number. A click or the arrow keys choose a point. It paints what it is given and computes nothing.

#include "views/theme/theme.h"

#include <QWidget>

#include <cstdint>
#include <optional>
#include <vector>

namespace orrery::memory {

struct PeakPoint {
    std::int64_t number = 0;
    std::int64_t inputBytes = 0;      // alive at the peak
    std::int64_t activationBytes = 0; // alive at the peak
    std::int64_t measuredBytes = -1;  // -1: not measured
    QString at;                       // the op at the peak, fit to be shown
    QString error;                    // why there is no prediction; empty: there is one

    std::int64_t peakBytes() const { return inputBytes + activationBytes; }
};

// "+1.2 %": how far the prediction is off what was measured.
QString offText(std::int64_t predictedBytes, std::int64_t measuredBytes);

class PeakPlot : public QWidget {
    Q_OBJECT

public:
    PeakPlot(const theme::Theme& theme, QWidget* parent);

    void setTheme(const theme::Theme& theme);
    // Numbers rise. `dim` is what varies, fit to be shown.
    void setPoints(std::vector<PeakPoint> points, const QString& dim, std::int64_t weightBytes);
    void setMachineBytes(std::int64_t bytes); // 0: not known
    void select(int point);                   // -1: none; no signal
    int selected() const { return m_selected; }
    const std::vector<PeakPoint>& points() const { return m_points; }
    bool isLogarithmic() const { return m_isLog; }
    QPointF positionOf(int point) const; // of its mark
    QSize sizeHint() const override { return {420, 180}; }

signals:
    void chosen(int point);

protected:
    void paintEvent(QPaintEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void leaveEvent(QEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;

private:
    QRectF plot() const;
    double xOf(double number) const;
    double yOf(double bytes) const;
    int pointAt(QPointF at) const; // the nearest; -1 when none is near
    void choose(int point);
    void paintAxes(QPainter& painter) const;
    void paintStack(QPainter& painter) const;
    void paintLine(QPainter& painter, double bytes, const QString& text, const QColor& ink) const;
    void paintMarks(QPainter& painter) const;
    void paintChosen(QPainter& painter) const;
    void paintLegend(QPainter& painter) const;
    QString tipOf(const PeakPoint& point) const;

    theme::Theme m_theme;
    std::vector<PeakPoint> m_points;
    QString m_dim;
    std::int64_t m_weightBytes = 0, m_machineBytes = 0;
    double m_top = 1;
    bool m_isLog = false;
    int m_selected = -1, m_hovered = -1;
};

} // namespace orrery::memory
