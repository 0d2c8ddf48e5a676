// SPDX-License-Identifier: Apache-2.0
#include "views/timeline/tracks.h"

#include "engine/base/text.h"

#include <QCoreApplication>
#include <QLocale>

#include <algorithm>

namespace orrery::timeline {
namespace {

constexpr int laneHeight = 22, stepsHeight = 22, levelHeight = 46, flatHeight = 18, gap = 8;
constexpr std::size_t countersMaximum = 200; // of a damaged file

QString tr(const char* text, int n = -1) { return QCoreApplication::translate("Timeline", text, nullptr, n); }

int depthsOf(const TimelineData& data, std::uint32_t thread)
{
    int deepest = 0;
    for (const LaneKey& lane : data.lanes)
        if (lane.thread == thread && lane.kind == OpKind::Op)
            deepest = std::max(deepest, lane.depth + 1);
    return deepest;
}

} // namespace

bool Track::isSameAs(const Track& other) const
{
    return kind == other.kind && lane == other.lane && (kind != TrackKind::Counter || title == other.title);
}

QString counterTitle(const std::string& name)
{
    QString text = QString::fromStdString(displayText(name, 60)).replace('_', ' ');
    if (text.endsWith(" bytes"))
        text.chop(6);
    if (!text.isEmpty())
        text[0] = text[0].toUpper();
    return text;
}

QString valueText(double value, const std::string& unit)
{
    if (unit == "bytes")
        return QString::fromStdString(formatBytes(std::int64_t(std::clamp(value, -9e18, 9e18))));
    if (unit == "percent")
        return QString::number(value, 'f', 1) + " %";
    const QString number = QString::fromStdString(formatCount(value));
    return unit.empty() ? number : number + " " + QString::fromStdString(displayText(unit, 20));
}

std::vector<Track> tracksOf(const TimelineData& data)
{
    std::vector<Track> tracks;
    int y = gap;
    auto add = [&](Track track, int height, int space) {
        track.y = y;
        track.height = height;
        y += height + space;
        tracks.push_back(std::move(track));
    };
    if (data.steps && !data.steps->empty()) {
        Track track{.kind = TrackKind::Steps};
        track.title = tr("Steps");
        track.note = QLocale().toString(qlonglong(data.steps->leaves().size()));
        add(track, stepsHeight, gap);
    }
    for (const LaneKey& lane : data.lanes) {
        Track track{.kind = lane.kind == OpKind::Wait ? TrackKind::Waits : TrackKind::Lane, .lane = lane};
        const int depths = depthsOf(data, lane.thread);
        if (lane.kind == OpKind::Wait) {
            track.title = tr("Waits %1").arg(lane.thread);
            track.note = tr("for the recorder");
            add(track, laneHeight, gap);
            continue;
        }
        if (lane.depth == 0) {
            track.title = tr("Thread %1").arg(lane.thread);
            if (depths > 1)
                track.note = tr("%1 levels").arg(depths);
        }
        const bool last = lane.depth + 1 >= depths;
        add(track, laneHeight, last ? gap : 0);
    }
    if (!data.live.empty()) {
        Track track{.kind = TrackKind::Live};
        track.title = tr("Live memory");
        for (const auto& segment : data.live)
            track.most = std::max(track.most, segment->levels.root().most);
        track.note = tr("max %1").arg(valueText(track.most, "bytes"));
        add(track, levelHeight, gap);
    }
    for (std::size_t i = 0; i < std::min(data.counters.size(), countersMaximum); ++i) {
        const CounterTrack& counter = *data.counters[i];
        Track track{.kind = TrackKind::Counter, .counter = i};
        track.title = counterTitle(counter.name);
        const LevelNode& all = counter.levels.root();
        track.most = std::max(0.0, all.most);
        if (all.least == all.most) { // never changes: a line says it all
            track.most *= 2;
            track.note = valueText(all.most, counter.unit);
            add(track, flatHeight, gap);
            continue;
        }
        track.note = tr("max %1").arg(valueText(all.most, counter.unit));
        add(track, levelHeight, gap);
    }
    return tracks;
}

int heightOf(const std::vector<Track>& tracks)
{
    return tracks.empty() ? 0 : tracks.back().y + tracks.back().height + gap;
}

} // namespace orrery::timeline
