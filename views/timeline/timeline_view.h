#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// TimelineView: the timeline as a widget: it paints, zooms, pans, selects, and asks its source for what a
// picture lacks. Keys and mouse as in Perfetto: W S zoom, A D pan, F fits the selection, . and , go to the
// next and previous op of the track (with Shift: of the same node), M marks, R takes a range, Esc lets go,
// Home shows all, Up and Down walk through the tracks, Enter activates. Ctrl+wheel zooms, Shift+wheel pans,
// dragging pans, dragging on the ruler or with Shift takes a range. It knows nothing of documents.

#include "views/timeline/paint_timeline.h"
#include "views/timeline/timeline_source.h"

#include <QAbstractScrollArea>

#include <deque>

namespace orrery::timeline {

class TimelineView : public QAbstractScrollArea {
    Q_OBJECT

public:
    TimelineView(TimelineSource& source, QWidget* parent);

    void setTheme(const theme::Theme& theme);
    void setNodes(std::vector<NodeLook> nodes); // by node of the compute graph
    void setRange(const TimeRange& range);      // chosen elsewhere; empty: none
    void clearSelection();
    // The shown call of the nodes whose calls are located, if it is not one of theirs: the first one, in
    // view.
    void revealOccurrence();

    const TimeAxis& axis() const { return m_state.axis; }
    void setAxis(const TimeAxis& axis); // the stretch that is seen
    const TimelineState& state() const { return m_state; }
    const std::optional<FoundOp>& selected() const { return m_state.selected; }
    const SpanNode* selectedStep() const { return m_selectedStep ? &*m_selectedStep : nullptr; }
    // Everything that the last picture needs has been decoded.
    bool isIdle() const { return !m_dirty && m_lacking.empty(); }

signals:
    void selectionChanged();
    void opChosen(const orrery::timeline::FoundOp& op); // by the user
    void opActivated(const orrery::timeline::FoundOp& op);
    void rangeChosen(orrery::timeline::TimeRange range);
    void axisChanged();

protected:
    bool event(QEvent* event) override;
    bool viewportEvent(QEvent* event) override;
    void paintEvent(QPaintEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;
    void scrollContentsBy(int dx, int dy) override;
    void keyPressEvent(QKeyEvent* event) override;
    void wheelEvent(QWheelEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void mouseReleaseEvent(QMouseEvent* event) override;
    void mouseDoubleClickEvent(QMouseEvent* event) override;

private:
    enum class Drag : std::uint8_t { None, Pan, Range };
    struct Hovered {
        std::size_t track = 0;
        SpanColumn column;
        LevelColumn level;
    };

    void takeData();
    void takeDetail(const Detail& detail);
    void askForDetail(const Wanted& wanted);
    void repaintAll();
    void updateScrollBar();
    bool command(int key, Qt::KeyboardModifiers modifiers); // false: not one of its keys
    double anchor() const;                                  // x of the plot about which keys zoom
    std::optional<Hovered> at(const QPoint& position) const;
    void select(const FoundOp& op, bool byUser);
    void selectStep(const SpanNode& step);
    void clickAt(const QPoint& position);
    void step(Direction direction, bool sameNode);
    void stepSteps(Direction direction);
    void moveTrack(int by);
    void fitSelection();
    void takeRange();
    void toggleMark();
    void letGo();
    std::optional<TimeRange> selectedTime() const;
    void reveal(const TimeRange& range);
    void revealTrack(std::size_t track);
    QStringList tipLines() const;
    void paintTip(QPainter& painter) const;

    TimelineSource& m_source;
    std::optional<theme::Theme> m_theme;
    TimelinePainter m_painter;
    TimelineState m_state;
    std::optional<SpanNode> m_selectedStep;
    Painted m_painted;
    QImage m_image;
    bool m_dirty = true;
    Wanted m_asked, m_lacking;                        // asked for last; not there yet
    std::deque<std::uint32_t> m_opOrder, m_liveOrder; // of the decoded chunks, oldest first
    QPoint m_pressed, m_last, m_mouse;
    bool m_inside = false; // the mouse is over the plot
    Drag m_drag = Drag::None;
    bool m_moved = false;
    std::int64_t m_rangeFrom = 0;
    std::optional<FoundOp> m_glance;                           // what is under the mouse, with its self time
    std::optional<std::pair<LaneKey, std::int64_t>> m_glanced; // asked for
};

} // namespace orrery::timeline
