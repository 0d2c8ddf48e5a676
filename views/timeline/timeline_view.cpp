// SPDX-License-Identifier: Apache-2.0
#include "views/timeline/timeline_view.h"

#include "engine/base/text.h"

#include <QPainter>
#include <QScrollBar>

#include <algorithm>
#include <cmath>

namespace orrery::timeline {
namespace {

constexpr std::size_t chunksKept = 192; // decoded, 100 KB each; a picture needs some dozen

// Keeps the newest `chunksKept` of what `order` lists.
template<class Chunks>
void keep(Chunks& chunks, std::deque<std::uint32_t>& order, const Chunks& more)
{
    for (const auto& [number, chunk] : more)
        if (chunks.insert_or_assign(number, chunk).second)
            order.push_back(number);
    for (; order.size() > chunksKept; order.pop_front())
        chunks.erase(order.front());
}

QString qstring(const std::string& text) { return QString::fromStdString(text); }

} // namespace

TimelineView::TimelineView(TimelineSource& source, QWidget* parent)
    : QAbstractScrollArea(parent)
    , m_source(source)
{
    setFocusPolicy(Qt::StrongFocus);
    setFrameShape(QFrame::NoFrame);
    setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    viewport()->setMouseTracking(true);
    viewport()->setAttribute(Qt::WA_OpaquePaintEvent);
    setAccessibleName(tr("Timeline"));
    connect(&source, &TimelineSource::cleared, this, [this] {
        m_state.data.reset();
        m_state.tracks.clear();
    });
    connect(&source, &TimelineSource::dataChanged, this, &TimelineView::takeData);
    connect(&source, &TimelineSource::detailReady, this, &TimelineView::takeDetail);
    connect(&source, &TimelineSource::occurrencesReady, this, [this](const auto& occurrences) {
        m_state.occurrences = occurrences->nodes.empty() ? nullptr : occurrences;
        revealOccurrence();
        repaintAll();
    });
}

void TimelineView::setTheme(const theme::Theme& theme)
{
    m_theme = theme;
    m_painter.setTheme(theme);
    repaintAll();
}

void TimelineView::setNodes(std::vector<NodeLook> nodes)
{
    m_state.nodes = std::move(nodes);
    repaintAll();
}

void TimelineView::setRange(const TimeRange& range)
{
    if (range == m_state.range)
        return;
    m_state.range = range;
    repaintAll();
}

void TimelineView::setAxis(const TimeAxis& axis)
{
    m_state.axis = axis;
    repaintAll();
    emit axisChanged();
}

void TimelineView::takeData()
{
    const auto now = m_source.data();
    const bool another = !m_state.data;
    if (another) {
        m_state.detail = {};
        m_opOrder.clear();
        m_liveOrder.clear();
        m_asked = {};
        m_state.marks.clear();
        m_state.selected.reset();
        m_state.occurrences.reset();
        m_selectedStep.reset();
        m_glance.reset();
        m_state.currentTrack = -1;
    } else if (!now->complete || !m_state.data->complete || now->eventsRead != m_state.data->eventsRead) {
        m_asked = {}; // a chunk at the end may have grown: groups that lie beyond what was decoded
        if (!m_opOrder.empty() && now->eventsRead != m_state.data->eventsRead) {
            m_state.detail = {};
            m_opOrder.clear();
            m_liveOrder.clear();
        }
    }
    std::optional<Track> current;
    if (m_state.currentTrack >= 0 && std::size_t(m_state.currentTrack) < m_state.tracks.size())
        current = m_state.tracks[std::size_t(m_state.currentTrack)];
    m_state.data = now;
    m_state.tracks = tracksOf(*now);
    if (current) {
        const auto found = std::find_if(m_state.tracks.begin(), m_state.tracks.end(),
                                        [&](const Track& track) { return track.isSameAs(*current); });
        m_state.currentTrack = found == m_state.tracks.end() ? -1 : int(found - m_state.tracks.begin());
    }
    m_state.axis.setBounds(now->bounds);
    if (another)
        m_state.axis.showAll();
    updateScrollBar();
    repaintAll();
    if (another)
        emit selectionChanged();
}

void TimelineView::takeDetail(const Detail& detail)
{
    keep(m_state.detail.ops, m_opOrder, detail.ops);
    keep(m_state.detail.live, m_liveOrder, detail.live);
    m_lacking = {};
    repaintAll();
}

void TimelineView::askForDetail(const Wanted& wanted)
{
    if (wanted.empty()) {
        m_lacking = {};
        return;
    }
    if (wanted == m_asked)
        return; // answered, and not readable; or on its way
    m_asked = m_lacking = wanted;
    m_source.want(wanted);
}

void TimelineView::repaintAll()
{
    m_dirty = true;
    viewport()->update();
}

void TimelineView::updateScrollBar()
{
    const int room = std::max(0, viewport()->height() - rulerHeight);
    verticalScrollBar()->setPageStep(room);
    verticalScrollBar()->setSingleStep(20);
    verticalScrollBar()->setRange(0, std::max(0, heightOf(m_state.tracks) - room));
    m_state.scroll = verticalScrollBar()->value();
}

void TimelineView::resizeEvent(QResizeEvent*)
{
    m_state.axis.setWidth(std::max(1, viewport()->width() - headerWidth));
    m_state.height = viewport()->height();
    updateScrollBar();
    repaintAll();
}

void TimelineView::scrollContentsBy(int, int)
{
    m_state.scroll = verticalScrollBar()->value();
    repaintAll();
}

void TimelineView::paintEvent(QPaintEvent*)
{
    if (!m_theme)
        return;
    const double ratio = devicePixelRatioF();
    const QSize size = (QSizeF(viewport()->size()) * ratio).toSize();
    if (m_dirty || m_image.size() != size) {
        if (m_image.size() != size)
            m_image = QImage(size, QImage::Format_RGB32);
        m_state.cursor.reset();
        m_painted = m_painter.paint(m_image, ratio, m_state);
        m_dirty = false;
        askForDetail(m_painted.wanted);
    }
    QPainter painter(viewport());
    painter.drawImage(QPointF(0, 0), m_image);
    if (m_inside && m_drag == Drag::None)
        paintTip(painter);
}

double TimelineView::anchor() const
{
    return m_inside ? double(m_mouse.x() - headerWidth) : m_state.axis.width() / 2;
}

std::optional<TimelineView::Hovered> TimelineView::at(const QPoint& position) const
{
    if (!m_state.data || position.x() < headerWidth || position.y() < rulerHeight)
        return {};
    const int y = position.y() - rulerHeight + m_state.scroll;
    const auto x = std::size_t((position.x() - headerWidth) * devicePixelRatioF());
    for (std::size_t i = 0; i < m_state.tracks.size() && i < m_painted.spans.size(); ++i) {
        const Track& track = m_state.tracks[i];
        if (y < track.y || y >= track.y + track.height)
            continue;
        Hovered hovered;
        hovered.track = i;
        const auto& spans = m_painted.spans[i];
        // A pixel to each side counts too: what is one pixel wide is hard to hit.
        for (const std::size_t near : {x, x + 1, x > 0 ? x - 1 : x})
            if (near < spans.size() && spans[near].topNs >= 0) {
                hovered.column = spans[near];
                break;
            }
        if (x < m_painted.levels[i].size())
            hovered.level = m_painted.levels[i][x];
        return hovered;
    }
    return {};
}

QStringList TimelineView::tipLines() const
{
    const auto hovered = at(m_mouse);
    if (!hovered)
        return {};
    const Track& track = m_state.tracks[hovered->track];
    const std::int64_t time = m_state.axis.timeAt(m_mouse.x() - headerWidth);
    if (!track.hasSpans()) {
        const LevelColumn& level = hovered->level;
        if (level.least > level.most)
            return {};
        const std::string unit =
            track.kind == TrackKind::Live ? "bytes" : m_state.data->counters[track.counter]->unit;
        QString value = valueText(level.most, unit);
        if (level.least < level.most)
            value = tr("%1 to %2").arg(valueText(level.least, unit), value);
        return {track.title, value, tr("at %1").arg(qstring(m_state.axis.textAt(time)))};
    }
    const SpanColumn& column = hovered->column;
    if (column.topNs < 0)
        return {};
    QStringList lines;
    const QString duration = qstring(formatDurationNs(column.topNs));
    const QString start = qstring(timeText(m_state.axis.offsetOf(column.topBegin),
                                           std::max(1.0, std::min(double(column.topNs) / 100, 1000.0))));
    if (track.kind == TrackKind::Steps) {
        lines << ((column.flags & warmUpFlag) ? tr("Warm-up step %1").arg(column.top)
                                              : tr("Step %1").arg(column.top));
    } else if (track.kind == TrackKind::Waits) {
        lines << tr("Waiting for the recorder");
    } else if (column.top < m_state.nodes.size()) {
        const NodeLook& look = m_state.nodes[column.top];
        lines << look.type;
        if (look.full != look.type)
            lines << look.full;
    }
    if (column.count > 1)
        lines << tr("the longest of about %1 here").arg(column.count);
    lines << tr("%1, starts at %2").arg(duration, start);
    if (m_glance && m_glance->lane == track.lane && m_glance->event.ts == column.topBegin &&
        track.kind == TrackKind::Lane)
        lines << tr("self time %1").arg(qstring(formatDurationNs(m_glance->selfNs)))
              << tr("step %1, thread %2").arg(m_glance->event.step).arg(track.lane.thread);
    return lines;
}

void TimelineView::paintTip(QPainter& painter) const
{
    const QStringList lines = tipLines();
    QColor guide = m_theme->color(theme::Role::TextMuted);
    guide.setAlpha(110);
    if (m_mouse.x() >= headerWidth)
        painter.fillRect(QRectF(m_mouse.x(), rulerHeight, 1, viewport()->height()), guide);
    if (lines.isEmpty())
        return;
    QFont bold = m_theme->font(theme::FontRole::Body);
    bold.setWeight(QFont::DemiBold);
    const QFont small = m_theme->font(theme::FontRole::Small);
    const QFontMetricsF boldMetrics(bold), smallMetrics(small);
    const double most = 420;
    double width = 0;
    QStringList shown;
    for (int i = 0; i < lines.size(); ++i) {
        const QFontMetricsF& metrics = i == 0 ? boldMetrics : smallMetrics;
        shown << metrics.elidedText(lines[i], Qt::ElideMiddle, most);
        width = std::max(width, metrics.horizontalAdvance(shown.back()));
    }
    const double step = 17, height = step * double(lines.size()) + 12;
    QRectF box(m_mouse.x() + 14, m_mouse.y() + 16, width + 20, height);
    if (box.right() > viewport()->width() - 4)
        box.moveRight(m_mouse.x() - 10);
    if (box.bottom() > viewport()->height() - 4)
        box.moveBottom(std::max(height + 2, double(m_mouse.y()) - 8));
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(QPen(m_theme->color(theme::Role::Border), 1));
    painter.setBrush(m_theme->color(theme::Role::SurfaceRaised));
    painter.drawRoundedRect(box, 5, 5);
    for (int i = 0; i < shown.size(); ++i) {
        painter.setFont(i == 0 ? bold : small);
        painter.setPen(m_theme->color(i == 0 ? theme::Role::Text : theme::Role::TextMuted));
        painter.drawText(QRectF(box.left() + 10, box.top() + 6 + step * i, width + 2, step), Qt::AlignVCenter,
                         shown[i]);
    }
}

void TimelineView::clearSelection()
{
    m_state.selected.reset();
    m_selectedStep.reset();
    repaintAll();
    emit selectionChanged();
}

void TimelineView::select(const FoundOp& op, bool byUser)
{
    m_selectedStep.reset();
    m_state.selected = op;
    for (std::size_t i = 0; i < m_state.tracks.size(); ++i)
        if (m_state.tracks[i].hasSpans() && m_state.tracks[i].kind != TrackKind::Steps &&
            m_state.tracks[i].lane == op.lane)
            m_state.currentTrack = int(i);
    repaintAll();
    emit selectionChanged();
    if (byUser)
        emit opChosen(op);
}

void TimelineView::selectStep(const SpanNode& step)
{
    m_state.selected.reset();
    m_selectedStep = step;
    repaintAll();
    emit selectionChanged();
}

std::optional<TimeRange> TimelineView::selectedTime() const
{
    if (m_state.selected)
        return TimeRange{m_state.selected->event.ts,
                         std::max(m_state.selected->event.end(), m_state.selected->event.ts + 1)};
    if (m_selectedStep)
        return TimeRange{m_selectedStep->begin, m_selectedStep->end};
    return {};
}

void TimelineView::reveal(const TimeRange& range)
{
    m_state.axis.reveal(range);
    repaintAll();
    emit axisChanged();
}

void TimelineView::revealTrack(std::size_t track)
{
    const Track& at = m_state.tracks[track];
    const int room = viewport()->height() - rulerHeight;
    if (at.y < m_state.scroll)
        verticalScrollBar()->setValue(at.y - 8);
    else if (at.y + at.height > m_state.scroll + room)
        verticalScrollBar()->setValue(at.y + at.height + 8 - room);
}

void TimelineView::revealOccurrence()
{
    if (!m_state.occurrences || m_state.occurrences->count() == 0)
        return;
    const auto& nodes = m_state.occurrences->nodes;
    if (m_state.selected && std::binary_search(nodes.begin(), nodes.end(), m_state.selected->event.node))
        return;
    m_state.selected.reset();
    m_selectedStep.reset();
    emit selectionChanged();
    const TimeRange seen = m_state.axis.visible();
    const auto next = m_state.occurrences->after(seen.begin);
    if ((next && next->second.begin <= seen.end) || !next)
        return; // one is in view, or lies before it: pan no farther than the user asked for
    reveal({next->second.begin, next->second.end});
}

} // namespace orrery::timeline
