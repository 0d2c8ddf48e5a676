#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// TimePlot: what the pictures with time on the x axis share: the axis, a moment that the user looks at, a
// range that he chose, the steps of the run, the ruler. W and S or the wheel zoom, A and D or dragging pan,
// a click sets the moment, Shift and dragging a range, R takes the step at the moment as the range, 0 shows
// all, Escape clears the range. It paints nothing else.

#include "trace_db/queries/alloc_index.h"
#include "views/theme/theme.h"
#include "views/timeline/time_axis.h"

#include <QWidget>

#include <memory>
#include <optional>

namespace orrery::memory {

using timeline::TimeAxis;
using trace_db::TimeRange;

class TimePlot : public QWidget {
    Q_OBJECT

public:
    TimePlot(const theme::Theme& theme, QWidget* parent);

    void setTheme(const theme::Theme& theme);
    void setBounds(TimeRange bounds);
    void setIndex(std::shared_ptr<const trace_db::AllocIndex> index); // for its steps; may be null
    void setMoment(std::optional<std::int64_t> ts);                   // no signal; comes into view
    void setRange(TimeRange range);                                   // no signal
    void show(TimeRange range);
    const TimeAxis& axis() const { return m_axis; }
    std::optional<std::int64_t> moment() const { return m_moment; }
    TimeRange range() const { return m_range; }
    QSize sizeHint() const override { return {480, 160}; }

signals:
    void viewChanged(); // the visible stretch or the width
    void momentChosen(qint64 ts);
    void rangeChosen(orrery::trace_db::TimeRange range); // empty: cleared

protected:
    const theme::Theme& theme() const { return m_theme; }
    virtual QRectF plot() const; // where time is
    double xOf(std::int64_t ts) const { return plot().left() + m_axis.xOf(ts); }
    std::int64_t timeAt(double x) const { return m_axis.timeAt(x - plot().left()); }
    // A plain click at a place in the plot; sets the moment unless something else was hit.
    virtual void clicked(QPointF at);
    virtual void hovered(std::optional<QPointF> /*at*/) {}
    virtual void themeChanged() {}

    void paintRuler(QPainter& painter) const;
    void paintSteps(QPainter& painter) const;
    void paintRange(QPainter& painter) const;
    void paintMoment(QPainter& painter) const;
    void paintByteAxis(QPainter& painter, double top) const; // from 0 to top, upwards
    void paintFocus(QPainter& painter) const;

    void resizeEvent(QResizeEvent* event) override;
    void wheelEvent(QWheelEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void mouseReleaseEvent(QMouseEvent* event) override;
    void mouseDoubleClickEvent(QMouseEvent* event) override;
    void leaveEvent(QEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;

    void chooseMoment(std::int64_t ts);
    const trace_db::AllocIndex* index() const { return m_index.get(); }

private:
    enum class Drag : std::uint8_t { None, Pressed, Panning, Ranging };

    void moved();
    void zoomAboutMiddle(double factor);
    void chooseRange(TimeRange range);
    void stepRange();

    theme::Theme m_theme;
    TimeAxis m_axis;
    std::shared_ptr<const trace_db::AllocIndex> m_index;
    std::optional<std::int64_t> m_moment;
    TimeRange m_range;
    Drag m_drag = Drag::None;
    QPointF m_pressed;
    double m_lastX = 0;
    std::int64_t m_rangeFrom = 0;
};

} // namespace orrery::memory
