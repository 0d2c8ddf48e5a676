#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// From spans and levels to one number set per device pixel: what a track looks like before it has colours.
// Pure; x is in device pixels, 0 at the left edge of the plot.

#include "views/timeline/timeline_source.h"

#include <set>
#include <vector>

namespace orrery::timeline {

// Nanoseconds to device pixels, and how many there are.
struct PixelScale {
    TimeAxis axis;
    double ratio = 1; // device pixels per pixel of the axis
    int width = 0;    // device pixels

    double xOf(std::int64_t ns) const { return axis.xOf(ns) * ratio; }
    double nsPerPixel() const { return axis.nsPerPixel() / ratio; }
};

PixelScale scaleOf(const TimeAxis& axis, double ratio);

// The decoded chunks that a picture may use: it notes which of them it needs and which are missing. A picture
// whose groups lie so oddly that it needs more than `chunksMaximum` shows groups for the rest.
class DetailUse {
public:
    static constexpr std::size_t chunksMaximum = 160;

    explicit DetailUse(const Detail& detail)
        : m_detail(detail)
    {}
    const SpanChunk* ops(std::uint32_t chunk);
    const std::vector<LevelPoint>* live(const LevelNode& group);
    const Wanted& wanted() const { return m_wanted; }

private:
    const Detail& m_detail;
    std::set<std::uint32_t> m_ops, m_live; // needed
    Wanted m_wanted;
};

// What lies under one pixel of a lane.
struct SpanColumn {
    float covered = 0;                  // share of the pixel, 0 to 1 and a little more by rounding
    std::uint16_t flags = 0;            // of the longest event
    bool edge = false;                  // the last pixel of an event that is wide enough to have an end
    std::uint32_t top = trace_db::noId; // node of the longest event
    std::uint32_t count = 0;            // events that are summed up here; 1: it is one event
    std::int64_t topBegin = 0;          // of the longest event
    std::int64_t topNs = -1;            // -1: nothing here
};

// One event wide enough for a text.
struct SpanLabel {
    float x0 = 0, x1 = 0;
    std::uint32_t top = trace_db::noId;
    std::uint16_t flags = 0;
};

class SpanColumns {
public:
    static constexpr double leastLabelWidth = 22; // device-independent pixels

    void reset(const PixelScale& scale);
    // A group counts with its density, and its longest event decides the colour.
    void add(const SpanNode& node);
    // A whole lane's tree. What it shows of a group lies no farther off than one and a half pixels.
    void add(const SpanTree& tree, const LaneKey& lane, DetailUse& detail);

    const std::vector<SpanColumn>& columns() const { return m_columns; }
    const std::vector<SpanLabel>& labels() const { return m_labels; }

private:
    PixelScale m_scale;
    std::int64_t m_begin = 0, m_end = 0; // seen
    std::int64_t m_left = 0;             // pixels that may still be touched: what overlaps more is damaged
    std::vector<SpanColumn> m_columns;
    std::vector<SpanLabel> m_labels;
};

// Least and largest value under a pixel; least > most: not known there.
struct LevelColumn {
    float least = 1, most = 0;
};

class LevelColumns {
public:
    void reset(const PixelScale& scale);
    // Trees in order of time. The last value of the last one holds until `knownUntil`.
    void add(const LevelTree& tree, DetailUse& detail);
    void finish(std::int64_t knownUntil);

    const std::vector<LevelColumn>& columns() const { return m_columns; }

private:
    void put(double x, double least, double most);
    void hold(double x); // the value up to x

    PixelScale m_scale;
    std::int64_t m_begin = 0, m_end = 0;
    std::int64_t m_left = 0; // as in SpanColumns
    bool m_known = false;
    double m_value = 0;
    double m_x = 0; // the value holds from here on
    std::vector<LevelColumn> m_columns;
};

} // namespace orrery::timeline
