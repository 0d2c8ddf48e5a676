// SPDX-License-Identifier: Apache-2.0
//
// TimelineView's keys and mouse.
#include "views/timeline/timeline_view.h"

#include <QKeyEvent>
#include <QMouseEvent>
#include <QScrollBar>

#include <algorithm>
#include <cmath>

namespace orrery::timeline {
namespace {

constexpr double zoomPerKey = 1.35, panPerKey = 0.12; // of the width
constexpr double zoomPerNotch = 1.25;
constexpr int markReach = 4; // pixels: M on a mark takes it away

} // namespace

bool TimelineView::event(QEvent* event)
{
    // Its keys are letters, which the window may use as shortcuts.
    if (event->type() == QEvent::ShortcutOverride) {
        const auto* key = static_cast<QKeyEvent*>(event);
        const bool plain = !(key->modifiers() & (Qt::ControlModifier | Qt::AltModifier | Qt::MetaModifier));
        static const QList<int> keys = {Qt::Key_W,     Qt::Key_A,       Qt::Key_S,      Qt::Key_D,
                                        Qt::Key_F,     Qt::Key_M,       Qt::Key_R,      Qt::Key_Period,
                                        Qt::Key_Comma, Qt::Key_Home,    Qt::Key_Up,     Qt::Key_Down,
                                        Qt::Key_Left,  Qt::Key_Right,   Qt::Key_Escape, Qt::Key_Return,
                                        Qt::Key_Enter, Qt::Key_Greater, Qt::Key_Less};
        if (plain && keys.contains(key->key())) {
            event->accept();
            return true;
        }
    }
    return QAbstractScrollArea::event(event);
}

bool TimelineView::viewportEvent(QEvent* event)
{
    if (event->type() == QEvent::Leave) {
        m_inside = false;
        viewport()->update();
    }
    return QAbstractScrollArea::viewportEvent(event);
}

void TimelineView::keyPressEvent(QKeyEvent* event)
{
    if (!m_state.data || !command(event->key(), event->modifiers()))
        QAbstractScrollArea::keyPressEvent(event);
}

bool TimelineView::command(int key, Qt::KeyboardModifiers modifiers)
{
    if (modifiers & (Qt::ControlModifier | Qt::AltModifier | Qt::MetaModifier))
        return false;
    const bool shift = modifiers & Qt::ShiftModifier;
    TimeAxis axis = m_state.axis;
    switch (key) {
    case Qt::Key_W:
    case Qt::Key_S:
        axis.zoomAbout(anchor(), key == Qt::Key_W ? zoomPerKey : 1 / zoomPerKey);
        setAxis(axis);
        return true;
    case Qt::Key_A:
    case Qt::Key_D:
    case Qt::Key_Left:
    case Qt::Key_Right:
        axis.panBy((key == Qt::Key_D || key == Qt::Key_Right ? panPerKey : -panPerKey) * axis.width());
        setAxis(axis);
        return true;
    case Qt::Key_Home:
        axis.showAll();
        setAxis(axis);
        verticalScrollBar()->setValue(0);
        return true;
    case Qt::Key_F:
        fitSelection();
        return true;
    case Qt::Key_Period:
    case Qt::Key_Greater: // with Shift on some keyboards
        step(Direction::Next, shift);
        return true;
    case Qt::Key_Comma:
    case Qt::Key_Less:
        step(Direction::Previous, shift);
        return true;
    case Qt::Key_M:
        toggleMark();
        return true;
    case Qt::Key_R:
        takeRange();
        return true;
    case Qt::Key_Escape:
        letGo();
        return true;
    case Qt::Key_Up:
    case Qt::Key_Down:
        moveTrack(key == Qt::Key_Up ? -1 : 1);
        return true;
    case Qt::Key_Return:
    case Qt::Key_Enter:
        if (m_state.selected)
            emit opActivated(*m_state.selected);
        return true;
    default:
        return false;
    }
}

void TimelineView::fitSelection()
{
    TimeAxis axis = m_state.axis;
    if (const auto time = selectedTime())
        axis.show(*time, 0.25);
    else if (!m_state.range.empty())
        axis.show(m_state.range, 0.02);
    else
        axis.showAll();
    setAxis(axis);
}

void TimelineView::takeRange()
{
    TimeRange range = m_state.axis.visible();
    if (const auto time = selectedTime())
        range = *time;
    else if (const auto& marks = m_state.marks; marks.size() >= 2)
        range = trace_db::rangeBetween(marks[marks.size() - 2], marks.back());
    setRange(range);
    emit rangeChosen(range);
}

void TimelineView::toggleMark()
{
    const std::int64_t ns =
        m_inside || !selectedTime() ? m_state.axis.timeAt(anchor()) : selectedTime()->begin;
    const double x = m_state.axis.xOf(ns);
    auto& marks = m_state.marks;
    const auto near = std::find_if(marks.begin(), marks.end(), [&](std::int64_t mark) {
        return std::abs(m_state.axis.xOf(mark) - x) <= markReach;
    });
    if (near != marks.end())
        marks.erase(near);
    else
        marks.push_back(ns);
    repaintAll();
}

// What was taken last goes first: the range, then the selection, then the marks.
void TimelineView::letGo()
{
    if (!m_state.range.empty()) {
        setRange({});
        emit rangeChosen({});
    } else if (selectedTime()) {
        clearSelection();
    } else {
        m_state.marks.clear();
        repaintAll();
    }
}

void TimelineView::moveTrack(int by)
{
    if (m_state.tracks.empty())
        return;
    const int last = int(m_state.tracks.size()) - 1;
    m_state.currentTrack = std::clamp(m_state.currentTrack + by, 0, last);
    revealTrack(std::size_t(m_state.currentTrack));
    repaintAll();
}

void TimelineView::step(Direction direction, bool sameNode)
{
    const auto time = selectedTime();
    const std::int64_t from = time                           ? time->begin
                              : direction == Direction::Next ? m_state.axis.visible().begin - 1
                                                             : m_state.axis.visible().end;
    auto show = [this](const std::optional<FoundOp>& found) {
        if (!found)
            return;
        select(*found, true);
        reveal({found->event.ts, std::max(found->event.end(), found->event.ts + 1)});
        if (m_state.currentTrack >= 0)
            revealTrack(std::size_t(m_state.currentTrack));
    };
    if (sameNode && m_state.occurrences) {
        const auto call = direction == Direction::Next ? m_state.occurrences->after(from)
                                                       : m_state.occurrences->before(from);
        if (call)
            m_source.find(call->first, call->second.begin, Direction::At, show);
        return;
    }
    if (m_state.currentTrack < 0 || std::size_t(m_state.currentTrack) >= m_state.tracks.size())
        for (std::size_t i = 0; i < m_state.tracks.size() && m_state.currentTrack < 0; ++i)
            if (m_state.tracks[i].kind == TrackKind::Lane)
                m_state.currentTrack = int(i);
    if (m_state.currentTrack < 0)
        return;
    const Track& track = m_state.tracks[std::size_t(m_state.currentTrack)];
    if (track.kind == TrackKind::Steps)
        stepSteps(direction);
    else if (track.hasSpans())
        m_source.find(track.lane, from, direction, show);
}

void TimelineView::stepSteps(Direction direction)
{
    const auto& steps = m_state.data->steps->leaves();
    const std::int64_t from = selectedTime() ? selectedTime()->begin : m_state.axis.visible().begin - 1;
    auto at = direction == Direction::Next
                  ? std::upper_bound(steps.begin(), steps.end(), from,
                                     [](std::int64_t ts, const SpanNode& step) { return ts < step.begin; })
                  : std::lower_bound(steps.begin(), steps.end(), from,
                                     [](const SpanNode& step, std::int64_t ts) { return step.begin < ts; });
    if (direction == Direction::Previous) {
        if (at == steps.begin())
            return;
        --at;
    }
    if (at == steps.end())
        return;
    selectStep(*at);
    reveal({at->begin, at->end});
}

void TimelineView::wheelEvent(QWheelEvent* event)
{
    const double notches = event->angleDelta().y() / 120.0, aside = event->angleDelta().x() / 120.0;
    TimeAxis axis = m_state.axis;
    const bool canScroll = verticalScrollBar()->maximum() > 0;
    const double x = event->position().x() - headerWidth;
    if ((event->modifiers() & Qt::ControlModifier) || (!event->modifiers() && !canScroll && aside == 0)) {
        axis.zoomAbout(std::max(0.0, x), std::pow(zoomPerNotch, notches));
        setAxis(axis);
    } else if ((event->modifiers() & Qt::ShiftModifier) || aside != 0) {
        axis.panBy(-(aside != 0 ? aside : notches) * 80);
        setAxis(axis);
    } else {
        verticalScrollBar()->setValue(verticalScrollBar()->value() - int(notches * 60));
    }
    event->accept();
}

void TimelineView::mousePressEvent(QMouseEvent* event)
{
    if (event->button() != Qt::LeftButton || !m_state.data)
        return;
    m_pressed = m_last = event->pos();
    m_moved = false;
    if (event->pos().x() < headerWidth) {
        m_drag = Drag::None;
        const int y = event->pos().y() - rulerHeight + m_state.scroll;
        for (std::size_t i = 0; i < m_state.tracks.size(); ++i)
            if (y >= m_state.tracks[i].y && y < m_state.tracks[i].y + m_state.tracks[i].height)
                m_state.currentTrack = int(i);
        repaintAll();
        return;
    }
    const bool range = event->pos().y() < rulerHeight || (event->modifiers() & Qt::ShiftModifier);
    m_drag = range ? Drag::Range : Drag::Pan;
    m_rangeFrom = m_state.axis.timeAt(event->pos().x() - headerWidth);
}

void TimelineView::mouseMoveEvent(QMouseEvent* event)
{
    m_mouse = event->pos();
    m_inside = m_mouse.x() >= headerWidth;
    if (m_drag == Drag::None) {
        const auto hovered = at(m_mouse);
        if (hovered && m_state.tracks[hovered->track].kind == TrackKind::Lane && hovered->column.topNs >= 0) {
            const std::pair asked{m_state.tracks[hovered->track].lane, hovered->column.topBegin};
            if (m_glanced != asked) {
                m_glanced = asked;
                m_source.glance(asked.first, asked.second, [this](std::optional<FoundOp> found) {
                    m_glance = std::move(found);
                    viewport()->update();
                });
            }
        }
        viewport()->setCursor(m_mouse.y() < rulerHeight && m_inside ? Qt::IBeamCursor : Qt::ArrowCursor);
        viewport()->update();
        return;
    }
    if (!m_moved && (m_mouse - m_pressed).manhattanLength() < 4)
        return;
    m_moved = true;
    if (m_drag == Drag::Pan) {
        TimeAxis axis = m_state.axis;
        axis.panBy(m_last.x() - m_mouse.x());
        verticalScrollBar()->setValue(verticalScrollBar()->value() + m_last.y() - m_mouse.y());
        setAxis(axis);
    } else {
        setRange(trace_db::rangeBetween(m_rangeFrom, m_state.axis.timeAt(m_mouse.x() - headerWidth)));
    }
    m_last = m_mouse;
}

void TimelineView::mouseReleaseEvent(QMouseEvent* event)
{
    const Drag drag = std::exchange(m_drag, Drag::None);
    if (event->button() != Qt::LeftButton || drag == Drag::None)
        return;
    if (!m_moved) {
        clickAt(event->pos());
    } else if (drag == Drag::Range) {
        emit rangeChosen(m_state.range);
    }
    viewport()->update();
}

void TimelineView::clickAt(const QPoint& position)
{
    const auto hovered = at(position);
    if (!hovered || hovered->column.topNs < 0) {
        if (hovered)
            m_state.currentTrack = int(hovered->track);
        clearSelection();
        return;
    }
    m_state.currentTrack = int(hovered->track);
    const Track& track = m_state.tracks[hovered->track];
    if (track.kind == TrackKind::Steps) {
        const auto& steps = m_state.data->steps->leaves();
        const auto found =
            std::lower_bound(steps.begin(), steps.end(), hovered->column.topBegin,
                             [](const SpanNode& step, std::int64_t ts) { return step.begin < ts; });
        if (found != steps.end())
            selectStep(*found);
        return;
    }
    m_source.find(track.lane, hovered->column.topBegin, Direction::At, [this](std::optional<FoundOp> found) {
        if (found)
            select(*found, true);
    });
}

void TimelineView::mouseDoubleClickEvent(QMouseEvent* event)
{
    if (event->button() == Qt::LeftButton && event->pos().x() >= headerWidth)
        fitSelection();
}

} // namespace orrery::timeline
