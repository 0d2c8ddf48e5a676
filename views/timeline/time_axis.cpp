// SPDX-License-Identifier: Apache-2.0
#include "views/timeline/time_axis.h"

#include <fmt/format.h>

#include <cmath>
#include <limits>

namespace orrery::timeline {
namespace {

constexpr double edgeShare = 0.1; // of the width: how far one can pan beyond the bounds
constexpr int minorsPerMajor = 5;
constexpr int ticksMaximum = 4096;

struct Unit {
    double ns;
    const char* name;
};
constexpr Unit units[] = {{1e9, "s"}, {1e6, "ms"}, {1e3, "µs"}, {1, "ns"}};

// The least of 1, 2, 5 times a power of ten that is at least `ns`.
double niceStep(double ns)
{
    const double power = std::pow(10, std::floor(std::log10(std::max(ns, 1.0))));
    for (const double factor : {1.0, 2.0, 5.0})
        if (factor * power >= ns)
            return factor * power;
    return 10 * power;
}

std::int64_t saturated(double ns)
{
    constexpr double limit = 9.2e18;
    return std::int64_t(std::clamp(ns, -limit, limit));
}

std::int64_t plus(std::int64_t a, std::int64_t b)
{
    std::int64_t sum = 0;
    if (!__builtin_add_overflow(a, b, &sum))
        return sum;
    return b > 0 ? std::numeric_limits<std::int64_t>::max() : std::numeric_limits<std::int64_t>::min();
}

} // namespace

double TimeAxis::offsetOf(std::int64_t ns) const
{
    // Exact near the begin, where a plain conversion of a large clock to double is not.
    const std::uint64_t difference = std::uint64_t(ns) - std::uint64_t(m_bounds.begin);
    return ns >= m_bounds.begin ? double(difference) : -double(-difference);
}

std::int64_t TimeAxis::timeAt(double x) const
{
    return plus(m_bounds.begin, saturated(std::floor(m_start + x * m_nsPerPixel + 0.5)));
}

void TimeAxis::setBounds(TimeRange bounds)
{
    if (bounds.empty())
        bounds.end = plus(bounds.begin, 1'000'000);
    if (bounds == m_bounds)
        return;
    const bool all = showsAll();
    const TimeRange seen = visible();
    m_bounds = bounds;
    if (all || !bounds.overlaps(seen.begin, seen.end))
        showAll();
    else
        m_start = offsetOf(seen.begin);
    clampView();
}

void TimeAxis::setWidth(double pixels)
{
    const bool all = showsAll();
    m_width = std::max(pixels, 1.0);
    if (all)
        showAll();
    clampView();
}

TimeRange TimeAxis::visible() const { return {timeAt(0), timeAt(m_width)}; }

// A length divided by the width and multiplied by it again may come out a little shorter.
bool TimeAxis::showsAll() const
{
    constexpr double rounding = 1e-9;
    return m_width * m_nsPerPixel >= m_bounds.lengthNs() * (1 - rounding);
}

void TimeAxis::zoomAbout(double x, double factor)
{
    const double under = m_start + x * m_nsPerPixel;
    const double most = m_bounds.lengthNs() * (1 + edgeShare) / m_width;
    m_nsPerPixel =
        std::clamp(m_nsPerPixel / factor, leastSpanNs / m_width, std::max(most, leastSpanNs / m_width));
    m_start = under - x * m_nsPerPixel;
    clampView();
}

void TimeAxis::panBy(double pixels)
{
    m_start += pixels * m_nsPerPixel;
    clampView();
}

void TimeAxis::show(TimeRange range, double marginShare)
{
    const double length = std::max(range.lengthNs(), 1.0);
    m_nsPerPixel = std::max(length * (1 + 2 * marginShare), leastSpanNs) / m_width;
    m_start = offsetOf(range.begin) + length / 2 - m_nsPerPixel * m_width / 2;
    clampView();
}

void TimeAxis::showAll() { show(m_bounds, 0); }

void TimeAxis::reveal(TimeRange range)
{
    const double first = xOf(range.begin), last = xOf(range.end);
    if (first >= 0 && last <= m_width)
        return;
    if (last - first > m_width * 0.8) {
        show(range, 0.1);
        return;
    }
    const bool apart = last < 0 || first > m_width;
    const double margin = m_width * 0.1;
    if (apart)
        panBy((first + last - m_width) / 2);
    else
        panBy(first < 0 ? first - margin : last - m_width + margin);
}

void TimeAxis::clampView()
{
    const double whole = m_bounds.lengthNs();
    const double most = std::max(whole * (1 + edgeShare), leastSpanNs);
    m_nsPerPixel = std::clamp(m_nsPerPixel, leastSpanNs / m_width, most / m_width);
    const double seen = m_nsPerPixel * m_width, margin = edgeShare * seen;
    m_start = seen >= whole ? (whole - seen) / 2 : std::clamp(m_start, -margin, whole + margin - seen);
}

std::vector<Tick> TimeAxis::ticks(double leastPixels) const
{
    std::vector<Tick> result;
    const double step = niceStep(leastPixels * m_nsPerPixel);
    const double minor = std::max(step / minorsPerMajor, 1.0);
    const double every = std::round(step / minor);
    const double first = std::ceil(std::max(m_start, 0.0) / minor);
    const double end = std::min(m_start + m_width * m_nsPerPixel, m_bounds.lengthNs());
    // Counted, so that it ends even where a double no longer tells two marks apart.
    for (int n = 0; n < ticksMaximum; ++n) {
        const double i = first + n, offset = i * minor;
        if (offset > end)
            break;
        Tick tick{plus(m_bounds.begin, saturated(offset)),
                  (offset - m_start) / m_nsPerPixel,
                  std::fmod(i, every) == 0,
                  {}};
        if (tick.major)
            tick.text = timeText(offset, step);
        result.push_back(std::move(tick));
    }
    return result;
}

std::string TimeAxis::textAt(std::int64_t ns) const { return timeText(offsetOf(ns), m_nsPerPixel); }

std::string timeText(double offsetNs, double stepNs)
{
    stepNs = std::max(stepNs, 1.0);
    // The unit of the number, not of the step: 12.00005 s rather than twelve digits of µs.
    const double size = std::max(std::abs(offsetNs), stepNs);
    const Unit* unit = &units[3];
    for (const Unit& one : units)
        if (size >= one.ns) {
            unit = &one;
            break;
        }
    const double ratio = stepNs / unit->ns;
    const int decimals = ratio >= 1 ? 0 : std::min(9, int(std::ceil(-std::log10(ratio) - 1e-9)));
    return fmt::format("{:.{}f} {}", offsetNs == 0 ? 0.0 : offsetNs / unit->ns, decimals, unit->name);
}

} // namespace orrery::timeline
