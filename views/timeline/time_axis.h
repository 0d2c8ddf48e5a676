#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// TimeAxis: which stretch of a run's clock is seen, and where on the screen. The one mapping of nanoseconds
// to device-independent pixels for every view that has time on its x axis; give two views the same TimeAxis
// value and they line up to the pixel. Pixel 0 is the left edge of the plot area, `width()` its right edge.
//
// Always holds: the visible stretch lies within a tenth of a width around the bounds, is at most the bounds
// with that margin and at least `leastSpanNs` long; a mapping there and back errs by less than a nanosecond
// as long as the bounds are shorter than 2^52 ns (52 days). A plain value: no Qt, no thread, no allocation
// but in ticks() and text.

#include "trace_db/time_range.h"

#include <cstdint>
#include <string>
#include <vector>

namespace orrery::timeline {

using trace_db::TimeRange;

// A mark on the ruler. `text` is empty on a minor one.
struct Tick {
    std::int64_t ns = 0;
    double x = 0;
    bool major = false;
    std::string text = {};
};

class TimeAxis {
public:
    static constexpr double leastSpanNs = 20; // seen at once: no clock here is finer

    // What there is to see; keeps the visible stretch when it still fits, else shows all.
    void setBounds(TimeRange bounds);
    const TimeRange& bounds() const { return m_bounds; }
    void setWidth(double pixels); // keeps the left edge and the scale
    double width() const { return m_width; }

    double offsetOf(std::int64_t ns) const; // nanoseconds since the begin of the bounds
    double nsPerPixel() const { return m_nsPerPixel; }
    double xOf(std::int64_t ns) const { return (offsetOf(ns) - m_start) / m_nsPerPixel; }
    std::int64_t timeAt(double x) const; // saturates at the ends of int64
    TimeRange visible() const;
    bool showsAll() const;

    // The time under `x` stays under it. factor > 1 shows more detail.
    void zoomAbout(double x, double factor);
    void panBy(double pixels);                             // > 0: towards later times
    void show(TimeRange range, double marginShare = 0.05); // as large as it fits
    void showAll();
    // Pans just so far that the stretch is seen, centred when it was out of sight; zooms out if it must.
    void reveal(TimeRange range);

    // Marks at 1, 2 or 5 times a power of ten nanoseconds, counted from the begin of the bounds, majors at
    // least `leastPixels` apart, with four minors between two.
    std::vector<Tick> ticks(double leastPixels = 90) const;

    // Time since the begin of the bounds, exact enough to tell two neighbouring pixels apart: "1.20435 s".
    std::string textAt(std::int64_t ns) const;

    friend bool operator==(const TimeAxis&, const TimeAxis&) = default;

private:
    void clampView();

    TimeRange m_bounds = {0, 1'000'000};
    double m_width = 1000;
    double m_start = 0; // of the view, ns since the begin of the bounds
    double m_nsPerPixel = 1000;
};

// `offsetNs` in a unit that suits `stepNs`, with as many decimals as tell two steps apart: 1.5 ms, 2.000 s.
std::string timeText(double offsetNs, double stepNs);

} // namespace orrery::timeline
