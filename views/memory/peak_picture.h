#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// PeakPicture: the predicted peak of memory over a number that varies, as a value that paints itself: inputs,
// activations and work space stacked; weights and the machine's memory as lines where they are in range,
// measured peaks as diamonds, an earlier curve as a dotted line. Numbers that each grow by half or more are
// told on a log2 axis; between two points bytes are drawn as growing in proportion to the number.

#include "views/theme/theme.h"

#include <QPolygonF>

#include <cstdint>
#include <vector>

class QPainter;

namespace orrery::memory {

struct PeakPoint {
    std::int64_t number = 0;
    std::int64_t inputBytes = 0; // these three: alive at the peak
    std::int64_t activationBytes = 0;
    std::int64_t workspaceBytes = 0;
    std::int64_t measuredBytes = -1; // -1: not measured
    QString at;                      // the op at the peak, fit to be shown
    QString error;                   // why there is no prediction; empty: there is one

    std::int64_t peakBytes() const { return inputBytes + activationBytes + workspaceBytes; }
};

struct PeakPicture {
    std::vector<PeakPoint> points, earlier; // numbers rise
    QString dim, earlierText;               // fit to be shown
    std::int64_t weightBytes = 0;
    std::int64_t machineBytes = 0; // 0: not known
    int selected = -1, hovered = -1;
    QRectF area; // all of it, axes and legend included

    void rescale(); // after a change of what is above
    bool isLogarithmic() const { return m_isLog; }
    QPointF positionOf(int point) const; // of its mark
    void paint(QPainter& painter, const theme::Theme& theme) const;

private:
    QRectF plot() const;
    double xOf(double number) const;
    double yOf(double bytes) const;
    // From one point to the next, at even steps of the axis.
    QPolygonF line(const PeakPoint& a, const PeakPoint& b, std::int64_t bytesOfA,
                   std::int64_t bytesOfB) const;
    void paintAxes(QPainter& painter, const theme::Theme& theme) const;
    void paintStack(QPainter& painter, const theme::Theme& theme, std::size_t first, std::size_t end) const;
    void paintEarlier(QPainter& painter, const theme::Theme& theme) const;
    void paintLine(QPainter& painter, const theme::Theme& theme, double bytes, const QString& text,
                   const QColor& ink) const;
    void paintMarks(QPainter& painter, const theme::Theme& theme) const;
    void paintChosen(QPainter& painter, const theme::Theme& theme) const;
    void paintLegend(QPainter& painter, const theme::Theme& theme) const;

    double m_top = 1;
    bool m_isLog = false;
};

} // namespace orrery::memory
