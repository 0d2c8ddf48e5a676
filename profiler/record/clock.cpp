// SPDX-License-Identifier: Apache-2.0
#include "profiler/record/clock.h"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <limits>
#include <string>
#if defined(__x86_64__)
#include <cpuid.h>
#endif

namespace orrery::record {

namespace {

// The counter runs at one rate in all states (CPUID 8000'0007h, EDX bit 8), and the kernel has not found it
// unstable: it takes an unstable one off its list.
bool counterIsUsable()
{
#if defined(__x86_64__)
    unsigned eax = 0, ebx = 0, ecx = 0, edx = 0;
    if (__get_cpuid(0x80000007, &eax, &ebx, &ecx, &edx) == 0 || (edx & (1u << 8)) == 0)
        return false;
    std::ifstream sources("/sys/devices/system/clocksource/clocksource0/available_clocksource");
    for (std::string source; sources >> source;)
        if (source == "tsc")
            return true;
#endif
    return false;
}

struct Reading {
    std::uint64_t ticks = 0;
    std::int64_t ns = 0;
};

// Of several readings, the one with the least time between both clocks.
Reading readBoth(const Clock& clock)
{
    Reading best;
    std::uint64_t bestWidth = std::numeric_limits<std::uint64_t>::max();
    for (int i = 0; i < 16; ++i) {
        std::uint64_t before = clock.now();
        std::int64_t ns = monotonicNs();
        std::uint64_t width = clock.now() - before;
        if (width < bestWidth) {
            bestWidth = width;
            best = {before + width / 2, ns};
        }
    }
    return best;
}

constexpr std::int64_t minimumBaselineNs = 20'000'000;

} // namespace

std::int64_t ClockParameters::toNs(std::uint64_t ticks) const
{
    if (source == ClockSource::Monotonic)
        return static_cast<std::int64_t>(
            std::min<std::uint64_t>(ticks, std::numeric_limits<std::int64_t>::max()));
    bool after = ticks >= baseTicks;
    std::uint64_t distance = after ? ticks - baseTicks : baseTicks - ticks;
    double ns = std::min(static_cast<double>(distance) * nsPerTick, 4e18);
    auto whole = static_cast<std::int64_t>(ns);
    std::int64_t result = 0;
    if (__builtin_add_overflow(baseNs, after ? whole : -whole, &result))
        return after ? std::numeric_limits<std::int64_t>::max() : 0;
    return std::max<std::int64_t>(result, 0);
}

bool ClockParameters::plausible() const
{
    return (source == ClockSource::Monotonic || source == ClockSource::TimeStampCounter) &&
           std::isfinite(nsPerTick) && nsPerTick > 0 && nsPerTick <= 1e9 && baseNs >= 0;
}

Clock::Clock()
    : Clock(counterIsUsable() ? ClockSource::TimeStampCounter : ClockSource::Monotonic)
{}

Clock::Clock(ClockSource source)
    : m_source(source)
{
    Reading first = readBoth(*this);
    m_firstTicks = first.ticks;
    m_firstNs = first.ns;
}

Clock Clock::monotonic() { return Clock(ClockSource::Monotonic); }

ClockParameters Clock::parameters() const
{
    if (m_source == ClockSource::Monotonic)
        return {};
    std::int64_t passed = monotonicNs() - m_firstNs;
    if (passed < minimumBaselineNs) {
        timespec wait{0, static_cast<long>(minimumBaselineNs - passed)};
        nanosleep(&wait, nullptr);
    }
    Reading second = readBoth(*this);
    double rate =
        static_cast<double>(second.ns - m_firstNs) / static_cast<double>(second.ticks - m_firstTicks);
    return {m_source, second.ticks, second.ns, rate};
}

} // namespace orrery::record
