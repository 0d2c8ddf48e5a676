// SPDX-License-Identifier: Apache-2.0
#include "views/timeline/paint_timeline.h"

#include <QFontMetricsF>

#include <algorithm>
#include <cmath>
#include <cstring>

namespace orrery::timeline {
namespace {

using theme::FontRole;
using theme::Role;

constexpr std::size_t spritesMaximum = 2048;
constexpr int textPadding = 4;

// a where part is 0, b where it is 1; opaque.
QRgb mix(QRgb a, QRgb b, double part)
{
    const int p = int(std::clamp(part, 0.0, 1.0) * 256);
    auto channel = [p](int x, int y) { return x + (((y - x) * p) >> 8); };
    return qRgb(channel(qRed(a), qRed(b)), channel(qGreen(a), qGreen(b)), channel(qBlue(a), qBlue(b)));
}

QRgb* line(QImage& image, int y) { return reinterpret_cast<QRgb*>(image.scanLine(y)); }

} // namespace

const QImage& TextSprites::sprite(const QString& text, const QColor& color, const QFont& font, double ratio)
{
    if (m_sprites.size() > spritesMaximum)
        m_sprites.clear();
    const Key key{text, color.rgba(), ratio};
    if (const auto found = m_sprites.find(key); found != m_sprites.end())
        return found->second;
    const QFontMetricsF metrics(font);
    QImage image(std::max(1, int(std::ceil(metrics.horizontalAdvance(text) * ratio)) + 2),
                 int(std::ceil(metrics.height() * ratio)), QImage::Format_ARGB32_Premultiplied);
    image.setDevicePixelRatio(ratio);
    image.fill(Qt::transparent);
    QPainter painter(&image);
    painter.setFont(font);
    painter.setPen(color);
    painter.drawText(QPointF(0, metrics.ascent()), text);
    return m_sprites.emplace(key, std::move(image)).first->second;
}

struct TimelinePainter::Frame {
    QImage& image;
    QPainter& painter;
    double ratio;
    const TimelineState& state;
    PixelScale scale;
    DetailUse detail;
    Painted painted = {};
    int left = 0; // device pixels of the headers
    int top = 0;  // of the ruler
    QRgb background = 0;

    int px(double dip) const { return int(std::lround(dip * ratio)); }
    // The device rows of a track that are seen.
    std::pair<int, int> rows(const Track& track) const
    {
        const int y = px(rulerHeight + track.y - state.scroll);
        return {std::max(top, y), std::min(image.height(), y + px(track.height))};
    }
};

void TimelinePainter::setTheme(const theme::Theme& theme)
{
    m_theme = theme;
    m_sprites.clear();
}

QRgb TimelinePainter::colorOf(const Frame& frame, const Track& track, const SpanColumn& column) const
{
    switch (track.kind) {
    case TrackKind::Waits:
        return m_theme->color(Role::Warning).rgb();
    case TrackKind::Steps:
        if (column.flags & warmUpFlag)
            return m_theme->color(Role::TextMuted).rgb();
        return mix(m_theme->color(Role::Accent).rgb(), frame.background, column.top % 2 == 0 ? 0 : 0.18);
    default:
        break;
    }
    // Neighbours of one kind are told apart by a shade.
    if (column.top < frame.state.nodes.size())
        return mix(frame.state.nodes[column.top].color, frame.background, (column.top * 5 % 7) * 0.022);
    return m_theme->color(Role::NotMeasured).rgb();
}

void TimelinePainter::paintSpans(Frame& frame, std::size_t index)
{
    const Track& track = frame.state.tracks[index];
    const auto [y0, y1] = frame.rows(track);
    m_spans.reset(frame.scale);
    if (track.kind == TrackKind::Steps) {
        m_spans.add(*frame.state.data->steps, {}, frame.detail);
    } else {
        for (const auto& segment : frame.state.data->ops)
            if (const auto lane = segment->lanes.find(track.lane); lane != segment->lanes.end())
                m_spans.add(lane->second, track.lane, frame.detail);
    }
    const auto& columns = m_spans.columns();
    m_row.assign(columns.size(), frame.background);
    for (std::size_t x = 0; x < columns.size(); ++x) {
        const SpanColumn& column = columns[x];
        const QRgb ground = m_row[x];
        if (column.topNs < 0)
            continue;
        double strength = 0.22 + 0.78 * std::min(1.0f, column.covered);
        if (column.edge)
            strength *= 0.35;
        if (m_warm[x])
            strength *= 0.5;
        m_row[x] = mix(ground, colorOf(frame, track, column), strength);
    }
    const int space = std::max(1, frame.px(1));
    for (int y = y0; y < y1 - space; ++y)
        std::memcpy(line(frame.image, y) + frame.left, m_row.data(),
                    std::min(m_row.size(), std::size_t(frame.image.width() - frame.left)) * sizeof(QRgb));
    frame.painted.spans[index] = columns;
    paintOccurrences(frame, track);
    paintLabels(frame, track);
}

void TimelinePainter::paintOccurrences(Frame& frame, const Track& track)
{
    if (track.kind != TrackKind::Lane || !frame.state.occurrences)
        return;
    const auto found = frame.state.occurrences->calls.find(track.lane);
    if (found == frame.state.occurrences->calls.end())
        return;
    const auto& calls = found->second;
    const auto [y0, y1] = frame.rows(track);
    const int thick = std::max(1, frame.px(2)), space = std::max(1, frame.px(1));
    const QRgb color = m_theme->color(Role::Highlight).rgb();
    auto at = calls.begin();
    int drawnTo = 0;
    while (at != calls.end() && drawnTo < frame.scale.width) {
        // The first call that ends beyond what is drawn: a search per pixel, not a step per call.
        const std::int64_t from = frame.scale.axis.timeAt(drawnTo / frame.ratio);
        at = std::lower_bound(at, calls.end(), from,
                              [](const Occurrences::Call& call, std::int64_t ts) { return call.end < ts; });
        if (at == calls.end())
            break;
        const int x0 = std::max(drawnTo, int(std::clamp(frame.scale.xOf(at->begin), -1.0, 1e6)));
        if (x0 >= frame.scale.width)
            break;
        const int x1 = std::clamp(int(std::clamp(std::ceil(frame.scale.xOf(at->end)), -1.0, 1e6)), x0 + 1,
                                  frame.scale.width);
        for (int y = y0; y < y1 - space; ++y)
            if (y < y0 + thick || y >= y1 - space - thick)
                std::fill(line(frame.image, y) + frame.left + x0, line(frame.image, y) + frame.left + x1,
                          color);
        drawnTo = std::max(x1, drawnTo + 1);
    }
}

void TimelinePainter::paintLabels(Frame& frame, const Track& track)
{
    const QFont font = m_theme->font(FontRole::Small);
    const QColor onPale = m_theme->color(Role::Text);
    const QColor onColor = track.kind == TrackKind::Steps ? theme::Theme::textOn(m_theme->color(Role::Accent))
                                                          : m_theme->color(Role::NodeHeaderText);
    const auto [y0, y1] = frame.rows(track);
    if (y1 - y0 < frame.px(track.height) - 1)
        return; // partly out of sight
    for (const SpanLabel& label : m_spans.labels()) {
        QString scoped, name, type;
        const auto middle = std::size_t(
            std::clamp((double(label.x0) + double(label.x1)) / 2, 0.0, double(frame.scale.width - 1)));
        const QColor& color = m_warm[middle] ? onPale : onColor;
        if (track.kind == TrackKind::Steps) {
            name = (label.flags & warmUpFlag) ? QStringLiteral("warm-up %1").arg(label.top)
                                              : QStringLiteral("step %1").arg(label.top);
            type = QString::number(label.top);
        } else if (track.kind == TrackKind::Waits) {
            name = QStringLiteral("wait");
        } else if (label.top < frame.state.nodes.size()) {
            scoped = frame.state.nodes[label.top].scoped;
            name = frame.state.nodes[label.top].name;
            type = frame.state.nodes[label.top].type;
        }
        const double x0 = std::max(0.0, double(label.x0) / frame.ratio);
        const double room =
            std::min(double(label.x1) / frame.ratio, frame.state.axis.width()) - x0 - 2 * textPadding;
        for (const QString& text : {scoped, name, type}) {
            if (text.isEmpty())
                continue;
            const QImage& sprite = m_sprites.sprite(text, color, font, frame.ratio);
            const double width = sprite.width() / frame.ratio;
            if (width > room)
                continue;
            const double centred = x0 + textPadding + (room - width) / 2;
            const double y = rulerHeight + track.y - frame.state.scroll +
                             (track.height - 1 - sprite.height() / frame.ratio) / 2;
            frame.painter.drawImage(QPointF(std::round((headerWidth + centred) * frame.ratio) / frame.ratio,
                                            std::round(y * frame.ratio) / frame.ratio),
                                    sprite);
            break;
        }
    }
}

void TimelinePainter::paintLevels(Frame& frame, std::size_t index)
{
    const Track& track = frame.state.tracks[index];
    const TimelineData& data = *frame.state.data;
    m_levels.reset(frame.scale);
    QColor base;
    if (track.kind == TrackKind::Live) {
        for (const auto& segment : data.live)
            m_levels.add(segment->levels, frame.detail);
        base = m_theme->series()[0];
    } else {
        m_levels.add(data.counters[track.counter]->levels, frame.detail);
        base = m_theme->series()[(1 + track.counter) % m_theme->series().size()];
    }
    m_levels.finish(data.bounds.end);
    const auto [y0, y1] = frame.rows(track);
    const int bottom = frame.px(rulerHeight + track.y - frame.state.scroll + track.height);
    const int room = frame.px(track.height) - frame.px(3);
    // The line of the largest value, what lies between it and the least, and the area below.
    const QRgb solid = base.rgb(), between = mix(frame.background, solid, 0.6);
    const QRgb area = mix(frame.background, solid, 0.26);
    const int thick = std::max(1, frame.px(1.5));
    const double most = track.most > 0 ? track.most : 1;
    const auto& columns = m_levels.columns();
    struct Bar {
        int high, low; // rows: of the largest value, and of the least
    };
    std::vector<Bar> bars(columns.size(), {bottom, bottom});
    for (std::size_t x = 0; x < columns.size(); ++x) {
        const LevelColumn& column = columns[x];
        if (column.least > column.most)
            continue;
        auto row = [&](float value) {
            return bottom - int(std::lround(std::clamp(double(value) / most, 0.0, 1.0) * room));
        };
        const int high = row(column.most);
        bars[x] = {std::min(high, bottom - thick), std::max(row(column.least), high + thick)};
    }
    const std::size_t width = std::min(columns.size(), std::size_t(frame.image.width() - frame.left));
    for (int y = y0; y < y1; ++y) {
        QRgb* row = line(frame.image, y) + frame.left;
        for (std::size_t x = 0; x < width; ++x)
            if (y >= bars[x].high)
                row[x] = y < bars[x].high + thick ? solid : y < bars[x].low ? between : area;
    }
    frame.painted.levels[index] = columns;
}

void TimelinePainter::paintRuler(Frame& frame)
{
    QPainter& painter = frame.painter;
    const TimelineState& state = frame.state;
    const double width = headerWidth + state.axis.width();
    painter.fillRect(QRectF(0, 0, width, rulerHeight), m_theme->color(Role::Window));
    painter.setPen(QPen(m_theme->color(Role::Border), 0));
    painter.drawLine(QPointF(0, rulerHeight - 0.5), QPointF(width, rulerHeight - 0.5));
    painter.setFont(m_theme->font(FontRole::Small));
    const QFontMetricsF metrics(m_theme->font(FontRole::Small));
    // Room for the longest text of this zoom.
    const double text = metrics.horizontalAdvance(QString::fromStdString(
        timeText(state.axis.offsetOf(state.axis.visible().end), 90 * state.axis.nsPerPixel())));
    const auto ticks = state.axis.ticks(std::max(90.0, text + 30));
    painter.setClipRect(QRectF(headerWidth, 0, state.axis.width(), state.height));
    QColor grid = m_theme->color(Role::Border);
    grid.setAlpha(110);
    for (const Tick& tick : ticks) {
        const double x = headerWidth + std::round(tick.x * frame.ratio) / frame.ratio;
        painter.fillRect(QRectF(x, rulerHeight - (tick.major ? 8 : 4), 1 / frame.ratio, tick.major ? 8 : 4),
                         m_theme->color(Role::TextMuted));
        if (!tick.major)
            continue;
        painter.setPen(m_theme->color(Role::TextMuted));
        painter.drawText(QPointF(x + 4, rulerHeight - 10), QString::fromStdString(tick.text));
    }
    painter.setClipping(false);
}

void TimelinePainter::paintHeaders(Frame& frame)
{
    QPainter& painter = frame.painter;
    const TimelineState& state = frame.state;
    painter.fillRect(QRectF(0, 0, headerWidth, state.height), m_theme->color(Role::Window));
    painter.setPen(Qt::NoPen);
    const QFont body = m_theme->font(FontRole::Body), small = m_theme->font(FontRole::Small);
    painter.setClipRect(QRectF(0, rulerHeight, headerWidth, state.height - rulerHeight));
    for (std::size_t i = 0; i < state.tracks.size(); ++i) {
        const Track& track = state.tracks[i];
        const double y = rulerHeight + track.y - state.scroll;
        if (int(i) == state.currentTrack) {
            QColor here = m_theme->color(Role::Accent);
            here.setAlpha(38);
            painter.fillRect(QRectF(0, y - 2, headerWidth, track.height + 4), here);
            painter.fillRect(QRectF(0, y - 2, 3, track.height + 4), m_theme->color(Role::Accent));
        }
        const double room = headerWidth - 22;
        const bool tall = track.height > 30;
        const QFontMetricsF bodyMetrics(body), smallMetrics(small);
        const double noteWidth = smallMetrics.horizontalAdvance(track.note);
        painter.setFont(body);
        painter.setPen(m_theme->color(Role::Text));
        const double line = tall ? 20 : track.height;
        painter.drawText(
            QRectF(12, y, tall ? room : room - noteWidth - 8, line), Qt::AlignVCenter,
            bodyMetrics.elidedText(track.title, Qt::ElideRight, tall ? room : room - noteWidth - 8));
        painter.setFont(small);
        painter.setPen(m_theme->color(Role::TextMuted));
        if (tall)
            painter.drawText(QRectF(12, y + 19, room, 18), Qt::AlignVCenter,
                             smallMetrics.elidedText(track.note, Qt::ElideRight, room));
        else
            painter.drawText(QRectF(12, y, room, track.height), Qt::AlignVCenter | Qt::AlignRight,
                             track.note);
    }
    painter.setClipping(false);
    painter.fillRect(QRectF(headerWidth - 1, 0, 1, state.height), m_theme->color(Role::Border));
}

void TimelinePainter::paintMarks(Frame& frame)
{
    QPainter& painter = frame.painter;
    const TimelineState& state = frame.state;
    const QRectF plot(headerWidth, 0, state.axis.width(), state.height);
    painter.setClipRect(plot);
    auto xOf = [&](std::int64_t ns) {
        return headerWidth + std::clamp(state.axis.xOf(ns), -10.0, plot.width() + 10);
    };
    if (!state.range.empty()) {
        const double x0 = xOf(state.range.begin), x1 = std::max(xOf(state.range.end), x0 + 1);
        QColor shade = m_theme->color(Role::Window);
        shade.setAlpha(150);
        painter.fillRect(QRectF(plot.left(), rulerHeight, x0 - plot.left(), plot.height()), shade);
        painter.fillRect(QRectF(x1, rulerHeight, plot.right() - x1, plot.height()), shade);
        QColor band = m_theme->color(Role::Accent);
        painter.fillRect(QRectF(x0, rulerHeight - 3, x1 - x0, 3), band);
        painter.fillRect(QRectF(x0, 0, 1, plot.height()), band);
        painter.fillRect(QRectF(x1 - 1, 0, 1, plot.height()), band);
    }
    for (const std::int64_t mark : state.marks) {
        const double x = xOf(mark);
        const QColor color = m_theme->color(Role::Current);
        painter.fillRect(QRectF(x, 0, 1, plot.height()), color);
        painter.setRenderHint(QPainter::Antialiasing);
        painter.setPen(Qt::NoPen);
        painter.setBrush(color);
        painter.drawPolygon(QPolygonF({{x - 5, 0}, {x + 6, 0}, {x + 0.5, 8}}));
        painter.setRenderHint(QPainter::Antialiasing, false);
    }
    if (state.cursor) {
        QColor color = m_theme->color(Role::TextMuted);
        color.setAlpha(120);
        painter.fillRect(QRectF(xOf(*state.cursor), rulerHeight, 1, plot.height()), color);
    }
    painter.setClipRect(plot.adjusted(0, rulerHeight, 0, 0));
    if (state.selected)
        for (const Track& track : state.tracks)
            if ((track.kind == TrackKind::Lane || track.kind == TrackKind::Waits) &&
                track.lane == state.selected->lane) {
                const double x0 = xOf(state.selected->event.ts);
                const double x1 = std::max(xOf(state.selected->event.end()), x0 + 2);
                painter.setPen(QPen(m_theme->color(Role::Selection), 2));
                painter.setBrush(Qt::NoBrush);
                painter.drawRect(QRectF(x0, rulerHeight + track.y - state.scroll, x1 - x0, track.height - 1));
            }
    painter.setClipping(false);
}

Painted TimelinePainter::paint(QImage& image, double ratio, const TimelineState& state)
{
    const QColor ground = m_theme->color(Role::Canvas);
    image.fill(ground);
    image.setDevicePixelRatio(ratio);
    QPainter painter(&image);
    Frame frame{image, painter, ratio, state, scaleOf(state.axis, ratio), DetailUse(state.detail)};
    frame.left = frame.px(headerWidth);
    frame.top = frame.px(rulerHeight);
    frame.scale.width = std::clamp(image.width() - frame.left, 1, frame.scale.width);
    frame.background = ground.rgb();
    frame.painted.spans.resize(state.tracks.size());
    frame.painted.levels.resize(state.tracks.size());
    m_warm.assign(std::size_t(frame.scale.width), 0);
    if (state.data) {
        for (const TimeRange& warm : state.data->warmUps) {
            const double width = frame.scale.width;
            const auto x0 = std::size_t(std::clamp(frame.scale.xOf(warm.begin), 0.0, width));
            const auto x1 = std::size_t(std::clamp(std::ceil(frame.scale.xOf(warm.end)), 0.0, width));
            std::fill(m_warm.begin() + std::ptrdiff_t(x0), m_warm.begin() + std::ptrdiff_t(std::max(x0, x1)),
                      1);
        }
        for (std::size_t i = 0; i < state.tracks.size(); ++i) {
            const auto [y0, y1] = frame.rows(state.tracks[i]);
            if (y0 >= y1)
                continue;
            if (state.tracks[i].hasSpans())
                paintSpans(frame, i);
            else
                paintLevels(frame, i);
        }
    }
    paintRuler(frame);
    paintMarks(frame);
    paintHeaders(frame);
    frame.painted.wanted = frame.detail.wanted();
    return std::move(frame.painted);
}

} // namespace orrery::timeline
