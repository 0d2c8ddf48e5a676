#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// Track: one strip of the timeline, and where it lies. tracksOf() decides which there are and in what order:
// steps, the threads with one row per depth, waits for the recorder, live memory, counters. Pure.

#include "views/timeline/timeline_data.h"

#include <QString>

#include <vector>

namespace orrery::timeline {

enum class TrackKind : std::uint8_t { Steps, Lane, Waits, Live, Counter };

struct Track {
    TrackKind kind = TrackKind::Steps;
    LaneKey lane = {};       // of Lane and Waits
    std::size_t counter = 0; // index in TimelineData::counters
    QString title = {};      // empty on the rows below a thread's first
    QString note = {};       // muted, to the right of the title or below it
    double most = 0;         // of Live and Counter: the top of the scale
    int y = 0, height = 0;   // device-independent pixels, below the ruler

    bool hasSpans() const
    {
        return kind == TrackKind::Steps || kind == TrackKind::Lane || kind == TrackKind::Waits;
    }
    // The same strip in another snapshot.
    bool isSameAs(const Track& other) const;
};

std::vector<Track> tracksOf(const TimelineData& data);
int heightOf(const std::vector<Track>& tracks);

// "arena_in_use" → "Arena in use"; escaped, since it comes out of a file.
QString counterTitle(const std::string& name);
QString valueText(double value, const std::string& unit);

} // namespace orrery::timeline
